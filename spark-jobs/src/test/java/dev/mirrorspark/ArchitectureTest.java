package dev.mirrorspark;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.Location;
import dev.mirrorspark.loop.Session;
import dev.mirrorspark.policy.PolicyHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The layers of the program, and what keeps it walkable. */
class ArchitectureTest {
  private static final String ROOT = "dev.mirrorspark";
  private static final Path MAIN = Path.of("src/main/java");
  private static final Path TESTS = Path.of("src/test/java");

  /** Lowest first. A package may use those of lower layers only: siblings meet in tables. */
  private static final List<Set<String>> LAYERS =
      List.of(
          Set.of("config"),
          Set.of("files", "algorithm", "template", "http", "reduce", "vision"),
          Set.of("model", "table", "math", "sandbox"),
          Set.of("policy"),
          Set.of("decode"),
          Set.of(
              "prompts",
              "curate",
              "rollout",
              "serve",
              "reward",
              "rewardmodel",
              "gate",
              "train",
              "long2short",
              "eval",
              "report",
              "testgen",
              "track"),
          Set.of("loop", "scenes"),
          Set.of("experiment", "bench", "view", "rapids"),
          Set.of("cli"));

  /** Names of packages and classes that say nothing of what they hold. */
  private static final String EMPTY_NAMES =
      ".*(\\.(util|utils|common|helpers?|managers?|impl)\\..*"
          + "|[.$a-z](Util|Utils|Common|Helpers?|Managers?|Impl)(?![a-z]).*)";

  /** Packages that read cells by position until they are rewritten. */
  private static final String[] STILL_BY_POSITION = {ROOT + ".train.."};

  private static final int MAX_LINES = 500;
  private static final int LINES_OF_A_SCREEN = 70;

  private static JavaClasses all;
  private static JavaClasses main;

  @BeforeAll
  static void readClasses() {
    // Where this class and the program's own were compiled to: one folder or two.
    all =
        new ClassFileImporter()
            .importLocations(
                Stream.of(ArchitectureTest.class, Session.class)
                    .map(type -> type.getProtectionDomain().getCodeSource().getLocation())
                    .map(Location::of)
                    .collect(Collectors.toSet()));
    main = all.that(describe("have their source in src/main", ArchitectureTest::ofTheProgram));
    assertTrue(main.contain(Session.class));
  }

  private static boolean ofTheProgram(JavaClass type) {
    var source = type.getSource().orElseThrow().getFileName().orElseThrow();
    return Files.exists(MAIN.resolve(type.getPackageName().replace('.', '/')).resolve(source));
  }

  @Test
  void everyClassIsInALayer() {
    Set<String> known = LAYERS.stream().flatMap(Set::stream).collect(Collectors.toSet());
    Set<String> found = new TreeSet<>();
    main.forEach(type -> found.add(type.getPackageName().substring(ROOT.length() + 1)));
    assertEquals(new TreeSet<>(known), found);
  }

  @Test
  void packagesUseLowerLayersOnly() {
    Set<String> below = new TreeSet<>();
    for (Set<String> layer : LAYERS) {
      for (String name : layer) {
        var others =
            LAYERS.stream()
                .flatMap(Set::stream)
                .filter(other -> !other.equals(name) && !below.contains(other))
                .map(other -> ROOT + "." + other + "..")
                .toArray(String[]::new);
        noClasses()
            .that()
            .resideInAPackage(ROOT + "." + name + "..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(others)
            .because("%s lies above %s only".formatted(name, below))
            .check(main);
      }
      below.addAll(layer);
    }
  }

  @Test
  void packagesAreFreeOfCycles() {
    slices().matching(ROOT + ".(*)..").should().beFreeOfCycles().check(main);
  }

  @Test
  void modelAndConfigKnowNoSpark() {
    noClasses()
        .that()
        .resideInAnyPackage(ROOT + ".model..", ROOT + ".math..", ROOT + ".config..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.apache.spark..", "org.apache.hadoop..", "io.delta..", "scala..")
        .check(main);
  }

  /** Other platforms have Delta's public interfaces, not these classes. */
  @Test
  void deltasOwnClassesAreAShortCutInOnePlace() {
    noClasses()
        .that()
        .doNotHaveFullyQualifiedName(ROOT + ".table.OwnDeltaLog")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.apache.spark.sql.delta..")
        .check(main);
  }

  @Test
  void onlyThePolicyHostHasMutableStatics() {
    fields()
        .that()
        .areStatic()
        .and()
        .areNotDeclaredIn(PolicyHost.class)
        .should()
        .beFinal()
        .andShould()
        .notHaveRawType(
            describe(
                "a concurrent collection or an atomic value",
                type -> type.getPackageName().startsWith("java.util.concurrent")))
        .check(main);
  }

  @Test
  void namesSayWhatAThingIs() {
    noClasses().should().haveNameMatching(EMPTY_NAMES).check(all);
  }

  @Test
  void everyNameIsUsedOnce() {
    Map<String, Set<String>> packages = new TreeMap<>();
    for (JavaClass type : main) {
      if (!type.isNestedClass() && !type.getSimpleName().equals("package-info")) {
        packages
            .computeIfAbsent(type.getSimpleName(), name -> new TreeSet<>())
            .add(type.getPackageName());
      }
    }
    packages.values().removeIf(those -> those.size() == 1);
    assertEquals(Map.of(), packages);
  }

  /** Elsewhere a cell is read by its column's name, so that a query may change its order. */
  @Test
  void cellsAreReadByPositionInPackageTableOnly() {
    noClasses()
        .that()
        .resideOutsideOfPackage(ROOT + ".table..")
        .and()
        .resideOutsideOfPackages(STILL_BY_POSITION)
        .should()
        .callMethodWhere(
            describe(
                "the method reads a cell of a row by position",
                call ->
                    call.getTargetOwner().isAssignableTo(Row.class)
                        && call.getName().matches("(get|isNullAt|getAs|get[A-Z]\\w*)")
                        && !call.getName().equals("get") // by code for any column
                        && call.getTarget()
                            .getRawParameterTypes()
                            .get(0)
                            .isEquivalentTo(int.class)))
        .check(main);
  }

  @Test
  void filesAreShort() throws IOException {
    List<String> tooLong = new ArrayList<>();
    for (Path root : List.of(MAIN, TESTS)) {
      try (var files = Files.walk(root)) {
        for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
          long lines = lines(file);
          if (lines > MAX_LINES) {
            tooLong.add(file + ": " + lines + " lines");
          }
        }
      }
    }
    assertEquals(List.of(), tooLong);
  }

  @Test
  void everyPackageSaysWhatItDoes() throws IOException {
    List<String> silent = new ArrayList<>();
    try (var folders = Files.list(MAIN.resolve(ROOT.replace('.', '/')))) {
      for (Path folder : folders.filter(Files::isDirectory).sorted().toList()) {
        Path page = folder.resolve("package-info.java");
        if (!Files.exists(page) || !Files.readString(page).startsWith("/**\n * ")) {
          silent.add(page.toString());
        }
      }
    }
    assertEquals(List.of(), silent);
  }

  @Test
  void anIterationFitsOnAScreen() throws IOException {
    long lines = lines(MAIN.resolve("dev/mirrorspark/loop/RlIteration.java"));
    assertTrue(lines <= LINES_OF_A_SCREEN, "RlIteration.java has " + lines + " lines");
  }

  /** Each idea of the paper that a reader looks for stands in a class of its name. */
  @Test
  void theIdeasOfThePaperHaveTheirClasses() {
    var names = new TreeSet<String>();
    main.forEach(type -> names.add(type.getSimpleName()));
    for (String idea :
        List.of(
            "PromptSampling",
            "RolloutStage",
            "RejectionSampling",
            "MirrorDescent",
            "Rest",
            "LengthReward",
            "RepeatDetector",
            "Grpo",
            "Dpo",
            "Distill",
            "PairRule",
            "TrainingPass",
            "RlIteration")) {
      assertTrue(names.contains(idea), idea + " is missing");
    }
  }

  private static long lines(Path file) throws IOException {
    try (var lines = Files.lines(file)) {
      return lines.count();
    }
  }
}
