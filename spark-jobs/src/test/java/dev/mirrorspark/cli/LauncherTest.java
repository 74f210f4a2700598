package dev.mirrorspark.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code submit/mirrorspark} in a checkout of its own whose Java prints its arguments instead of
 * running anything.
 */
class LauncherTest {
  private static final String JAR = "spark-jobs/target/mirrorspark-spark-jobs-1.jar";
  private static final String SPARK_SUBMIT = "org.apache.spark.deploy.SparkSubmit";

  @TempDir private Path folder;
  private Path home;
  private final Map<String, String> environment = new TreeMap<>();

  private record Outcome(int exitCode, List<String> out, String err) {
    /** The value after an option, its last occurrence. */
    String after(String option) {
      int at = out.lastIndexOf(option);
      assertTrue(at >= 0, option + " is missing in " + out);
      return out.get(at + 1);
    }

    List<String> from(String argument) {
      int at = out.lastIndexOf(argument);
      assertTrue(at >= 0, argument + " is missing in " + out);
      return out.subList(at, out.size());
    }
  }

  @BeforeEach
  void makeCheckout() throws IOException {
    home = Files.createDirectories(folder.toRealPath().resolve("a checkout/mirrorspark"));
    Files.createDirectories(home.resolve("submit"));
    Files.copy(
        Path.of("../submit/mirrorspark"),
        home.resolve("submit/mirrorspark"),
        StandardCopyOption.COPY_ATTRIBUTES);
    write("pom.xml", "");
    write("spark-jobs/pom.xml", "");
    write("spark-jobs/src/main/java/A.java", "");
    program(
        "mvnw",
        "echo built \"$@\" >>built; mkdir -p spark-jobs/target; cd spark-jobs/target"
            + "; touch mirrorspark-spark-jobs-1.jar classpath-without-spark.txt classpath.txt");
    java("17.0.15");
    write(
        "spark-jobs/target/classpath.txt",
        "/m2/spark-core_2.12-3.5.5.jar:/m2/guava-33.1.0-jre.jar");
    write(
        "spark-jobs/target/classpath-without-spark.txt",
        "/m2/delta-spark_2.12-3.3.0.jar:/m2/slf4j-api-2.0.7.jar:/m2/guava-33.1.0-jre.jar");
    write(JAR, "");
    environment.put("JAVA_HOME", home.resolve("jdk").toString());
  }

  @Test
  void withoutADistributionSparkSubmitRunsOnMavensJars() throws Exception {
    var started = run("train", "--config", "a b.yaml");
    assertEquals(0, started.exitCode(), started.err());
    assertTrue(started.out().contains("--add-opens=java.base/java.nio=ALL-UNNAMED"));
    assertTrue(started.out().contains("-Xmx4g"));
    assertEquals(
        "/m2/spark-core_2.12-3.5.5.jar:/m2/guava-33.1.0-jre.jar:"
            + home
            + "/"
            + JAR
            + ":"
            + home
            + "/conf",
        started.after("-cp"));
    assertEquals("local[*,4]", started.after("--master"));
    assertTrue(started.out().contains("spark.executorEnv.OPENBLAS_NUM_THREADS=1"));
    assertTrue(started.out().indexOf(SPARK_SUBMIT) < started.out().indexOf("--master"));
    assertEquals(
        List.of(
            "--class",
            "dev.mirrorspark.cli.Mirrorspark",
            home + "/" + JAR,
            "train",
            "--config",
            "a b.yaml"),
        started.from("--class"));
  }

  @Test
  void anySparkOptionIsPassedThrough() throws Exception {
    var started =
        run(
            "--master=spark://host:7077",
            "--conf",
            "spark.x=a b",
            "--supervise",
            "--num-executors",
            "3",
            "--driver-memory",
            "9g",
            "--conf",
            "spark.executorEnv.OMP_NUM_THREADS=8",
            "train",
            "--set",
            "run=x");
    assertEquals(0, started.exitCode(), started.err());
    var spark = started.from(SPARK_SUBMIT);
    assertEquals(
        List.of(
            "--master",
            "spark://host:7077",
            "--conf",
            "spark.x=a b",
            "--supervise",
            "--num-executors",
            "3",
            "--driver-memory",
            "9g",
            "--conf",
            "spark.executorEnv.OMP_NUM_THREADS=8"),
        spark.subList(1, 12));
    assertEquals(1, spark.stream().filter("--master"::equals).count());
    assertEquals(1, spark.stream().filter("--driver-memory"::equals).count());
    assertFalse(spark.contains("spark.executorEnv.OMP_NUM_THREADS=1"));
    assertTrue(started.out().contains("-Xmx9g"));
    assertEquals(List.of("train", "--set", "run=x"), started.from("train"));
  }

  @Test
  void settingsOfTheDefaultsFileCount() throws Exception {
    write("conf/spark-defaults.conf", "# spark.master local\nspark.driver.memory   7g \n");
    write("other.conf", "spark.master=yarn\n");
    assertTrue(run("train").out().contains("-Xmx7g"));
    var started = run("--properties-file", home.resolve("other.conf").toString(), "train");
    assertFalse(started.out().contains("--master"));
  }

  @Test
  void aDistributionRunsTheThinJarWithTheLibrariesItLacks() throws Exception {
    program("spark/bin/spark-submit", "printf '%s\\n' \"$@\"");
    write("spark/jars/slf4j-api-2.0.7.jar", "");
    write("spark/jars/guava-14.0.1.jar", "");
    environment.put("SPARK_HOME", home.resolve("spark").toString());
    var started =
        run(
            "--master",
            "yarn",
            "--jars",
            "mine.jar",
            "--driver-java-options",
            "-Dx=y",
            "train",
            "-c",
            "a");
    assertEquals(0, started.exitCode(), started.err());
    assertEquals(
        "mine.jar,/m2/delta-spark_2.12-3.3.0.jar,/m2/guava-33.1.0-jre.jar",
        started.after("--jars"));
    assertTrue(started.after("--driver-java-options").contains("-Dx=y"));
    assertTrue(started.out().contains("spark.driver.userClassPathFirst=true"));
    assertTrue(started.out().contains("spark.executor.userClassPathFirst=true"));
    assertFalse(
        run("--master", "local[2,4]", "train")
            .out()
            .contains("spark.executor.userClassPathFirst=true"));
    assertTrue(started.out().contains("spark.executorEnv.OMP_NUM_THREADS=1"));
    assertEquals(List.of(home + "/" + JAR, "train", "-c", "a"), started.from(home + "/" + JAR));
    environment.put("SPARK_HOME", home.resolve("nowhere").toString());
    assertTrue(run("train").err().contains("holds no bin/spark-submit"));
  }

  @Test
  void executorsOfALocalClusterStartFromLinksToMavensJars() throws Exception {
    var started = run("--master", "local-cluster[2,1,1024]", "train");
    assertEquals(0, started.exitCode(), started.err());
    assertTrue(started.out().contains("spark.executor.extraClassPath=" + home + "/" + JAR));
    assertTrue(
        Files.isSymbolicLink(
            home.resolve("spark-jobs/target/spark-home/jars/spark-core_2.12-3.5.5.jar")));
  }

  @Test
  void thePrintedCommandIsNotRun() throws Exception {
    environment.put("MIRRORSPARK_PRINT_COMMAND", "1");
    Files.delete(home.resolve(JAR));
    var printed = run("--conf", "spark.x=a b", "train");
    assertEquals(0, printed.exitCode(), printed.err());
    assertEquals(1, printed.out().size());
    String line = printed.out().get(0);
    assertTrue(line.startsWith("OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 "), line);
    assertTrue(line.contains(SPARK_SUBMIT + " --conf spark.x=a\\ b "), line);
    assertFalse(Files.exists(home.resolve("built")));
  }

  @Test
  void helpNeedsNoSpark() throws Exception {
    for (var arguments : List.of(List.of("--help"), List.of("train", "-h"), List.<String>of())) {
      var started = run(arguments.toArray(String[]::new));
      assertFalse(started.out().contains(SPARK_SUBMIT), started.out().toString());
      var expected = new ArrayList<>(List.of("dev.mirrorspark.cli.Mirrorspark"));
      expected.addAll(arguments);
      assertEquals(expected, started.from("dev.mirrorspark.cli.Mirrorspark"));
    }
  }

  @Test
  void helpIsPrintedFromThePagesOfThisBuild() throws Exception {
    fakeJava(
        "case \"$*\" in *HelpPages*) for last; do :; done; mkdir -p \"$last/plain\";"
            + " echo pages >>\"$last/../made\";"
            + " echo train page >\"$last/plain/mirrorspark-train.txt\";"
            + " echo first page >\"$last/plain/mirrorspark.txt\";; esac\n");
    assertEquals(List.of("first page"), run("--help").out());
    assertEquals(List.of("train page"), run("train", "--help").out());
    for (var other : List.of(List.of("--version"), List.of("trian", "-h"))) {
      assertTrue(
          run(other.toArray(String[]::new)).out().contains("dev.mirrorspark.cli.Mirrorspark"));
    }
    var made = home.resolve("spark-jobs/target/made");
    assertEquals(1, Files.readAllLines(made).size());
    Files.setLastModifiedTime(home.resolve(JAR), FileTime.from(Instant.now().plusSeconds(60)));
    assertEquals(List.of("first page"), run("--help").out());
    assertEquals(2, Files.readAllLines(made).size(), "pages of an earlier build");
  }

  @Test
  void theArchiveOfClassesIsMadeOnceForTheLibrariesAndTheJdk() throws Exception {
    write("conf/quickstart.yaml", "");
    String archive = "-XX:SharedArchiveFile=" + home + "/spark-jobs/target/class-archive.jsa";
    fakeJava(
        "for word; do case $word in -XX:ArchiveClassesAtExit=*) echo a >\"${word#*=}\";; esac;"
            + " done\n");
    var first = run("train");
    assertEquals(0, first.exitCode(), first.err());
    assertTrue(first.out().contains(archive), first.out().toString());
    assertEquals(1, first.err().lines().count(), first.err());
    var second = run("train");
    assertEquals("", second.err());
    assertTrue(second.out().contains(archive));
    assertTrue(run("init", "x").out().contains(archive));
    write(JAR, "another build");
    assertEquals("", run("train").err());
    assertFalse(
        run("--driver-class-path", "/mine", "train").out().contains(archive),
        "it fits no other class path");
    environment.put("MIRRORSPARK_CLASS_ARCHIVE", "off");
    assertFalse(run("train").out().contains(archive));
    environment.remove("MIRRORSPARK_CLASS_ARCHIVE");
    write("spark-jobs/target/classpath.txt", "/m2/spark-core_2.12-3.5.6.jar");
    assertEquals(1, run("train").err().lines().count(), "other libraries");
  }

  @Test
  void whereNoArchiveCanBeMadeAllStartsWithout() throws Exception {
    write("conf/quickstart.yaml", "");
    for (int i = 0; i < 2; i++) {
      var started = run("train");
      assertEquals(0, started.exitCode(), started.err());
      assertEquals(1 - i, started.err().lines().count(), "tried once");
      assertFalse(started.out().stream().anyMatch(word -> word.contains("SharedArchiveFile")));
    }
  }

  @Test
  void shortCommandsCompileLittle() throws Exception {
    String quick = "-XX:TieredStopAtLevel=1";
    assertTrue(run("prompts", "generate").out().contains(quick));
    assertTrue(run("report", "curve").out().contains(quick));
    assertTrue(run("init", "x").out().contains(quick));
    assertFalse(run("train").out().contains(quick));
    assertFalse(run("prompts", "import").out().contains(quick));
  }

  @Test
  void theExitCodeIsTheCommands() throws Exception {
    environment.put("FAKE_EXIT", "130");
    assertEquals(130, run("train").exitCode());
  }

  @Test
  void builtOnFirstUseAndAfterAChange() throws Exception {
    Files.delete(home.resolve(JAR));
    var first = run("train");
    assertEquals(0, first.exitCode(), first.err());
    assertTrue(first.err().startsWith("mirrorspark: building"), first.err());
    assertEquals(1, first.err().lines().count(), first.err());
    assertEquals("", run("train").err());
    assertEquals(
        List.of("built -q -B -Dmaven.test.skip=true -Dspotless.check.skip=true package"),
        Files.readAllLines(home.resolve("built")));
    Files.setLastModifiedTime(
        home.resolve("spark-jobs/src/main/java/A.java"),
        FileTime.from(Instant.now().plusSeconds(60)));
    var again = run("train");
    assertTrue(again.err().startsWith("mirrorspark: building"), again.err());
  }

  @Test
  void aBuildThatFailsIsSaidSo() throws Exception {
    Files.delete(home.resolve(JAR));
    program("mvnw", "exit 1");
    var failed = run("train");
    assertEquals(1, failed.exitCode());
    assertTrue(failed.err().contains("the build failed"), failed.err());
  }

  @Test
  void javaIsChecked() throws Exception {
    java("11.0.2");
    var old = run("train");
    assertEquals(1, old.exitCode());
    assertTrue(old.err().contains("is Java 11.0.2: Java 17 is needed"), old.err());
    java("1.8.0_392");
    assertEquals(1, run("train").exitCode());
    write("jdk/release", "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"11.0.9\"\n");
    assertTrue(run("train").err().contains("is Java 11.0.9"), "as its release file says");
    Files.delete(home.resolve("jdk/release"));
    java("21.0.1");
    var newer = run("train");
    assertEquals(0, newer.exitCode());
    assertTrue(newer.err().contains("set JAVA_HOME to a JDK 17"), newer.err());
    environment.put("JAVA_HOME", home.resolve("nowhere").toString());
    assertTrue(run("train").err().contains("holds no bin/java"));
  }

  @Test
  void wrongSparkOptionsAreNamed() throws Exception {
    for (var arguments :
        List.of(List.of("--foo", "train"), List.of("--class", "x", "train"), List.of("--master"))) {
      var refused = run(arguments.toArray(String[]::new));
      assertEquals(2, refused.exitCode());
      assertTrue(
          refused.err().startsWith("mirrorspark: " + arguments.get(0) + ": "), refused.err());
    }
  }

  private Outcome run(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(home.resolve("submit/mirrorspark").toString()));
    command.addAll(List.of(arguments));
    var err = folder.resolve("err");
    var builder =
        new ProcessBuilder(command).directory(folder.toFile()).redirectError(err.toFile());
    builder
        .environment()
        .keySet()
        .removeIf(
            name -> name.matches("(SPARK|MIRRORSPARK|OMP|OPENBLAS|MALLOC|HADOOP|JAVA|LOG4J).*"));
    builder.environment().putAll(environment);
    var process = builder.start();
    List<String> out = new String(process.getInputStream().readAllBytes()).lines().toList();
    return new Outcome(process.waitFor(), out, Files.readString(err));
  }

  private void java(String version) throws IOException {
    fakeJava(version, "");
  }

  private void fakeJava(String does) throws IOException {
    fakeJava("17.0.15", does);
  }

  /** Prints its arguments, after what it does. */
  private void fakeJava(String version, String does) throws IOException {
    program(
        "jdk/bin/java",
        "if [ \"$1\" = -version ]; then echo 'openjdk version \""
            + version
            + "\"' >&2; exit; fi\n"
            + does
            + "printf '%s\\n' \"$@\"; exit ${FAKE_EXIT:-0}");
    program("jdk/bin/javac", "exit 1");
  }

  private void program(String name, String script) throws IOException {
    write(name, "#!/usr/bin/env bash\n" + script + "\n");
    Files.setPosixFilePermissions(home.resolve(name), PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private void write(String name, String text) throws IOException {
    Files.createDirectories(home.resolve(name).getParent());
    Files.writeString(home.resolve(name), text);
  }
}
