package dev.mirrorspark.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ExperimentFileTest {
  private static final String HEAD = "name: e\nbase: base.yaml\nseeds: [1, 2]\n";

  @TempDir Path folder;

  @BeforeEach
  void writeBase() throws IOException {
    Files.writeString(
        folder.resolve("base.yaml"),
        "train: {tau: 0.5, samples: 4}\n"
            + "prompts: {dataset: d, generators: [{name: chain, max_level: 3}]}\n");
  }

  @Test
  void theArmGoesOverTheCommonKeysAndTheseOverTheBase() {
    var file =
        load(
            HEAD
                + "warehouse: w\n"
                + "set: {train.samples: 6, rollout: {slots: 8}, train.tau: 2e-1}\n"
                + "arms:\n"
                + "  - {name: a}\n"
                + "  - {name: b, set: {train: {samples: 7}, train.adam.beta1: 0.5}}\n");
    var arms = file.config().arms();
    RunConfig a = file.run(arms.get(0), 2, Optional.empty());
    assertEquals(6, a.train().samples());
    assertEquals(0.2, a.train().tau());
    assertEquals(8, a.rollout().slots());
    assertEquals("e-a-seed-2", a.run());
    assertEquals(2, a.seed());
    assertEquals("w", a.warehouse());
    assertEquals("d-seed-2", a.prompts().dataset());
    RunConfig b = file.run(arms.get(1), 1, Optional.of("models/start"));
    assertEquals(7, b.train().samples());
    assertEquals(0.5, b.train().adam().beta1());
    assertEquals(0.2, b.train().tau());
    assertEquals("models/start", b.model().path());
    assertEquals("d-seed-1", b.prompts().dataset());
    assertEquals(List.of("train.samples=7", "train.adam.beta1=0.5"), file.shown(arms.get(1)));
    RunConfig warmup = file.warmup(file.config().arms().get(0), 1);
    assertEquals("e-seed-1-warmup", warmup.run());
    assertEquals(a.prompts().generators(), warmup.prompts().generators());
    assertEquals("d-seed-1", warmup.prompts().dataset());
    assertEquals("e", file.common().run());
  }

  /** What only a later stage reads does not set one experiment's warm-up apart from another's. */
  @Test
  void experimentsCanShareTheirWarmups() {
    String warmup = HEAD.replaceFirst("name: \\w+", "name: %s") + "warmup: both\n%s";
    String arms = "\narms: [{name: a}]\n";
    var first = load(warmup.formatted("first", "set: {train.samples: 3, sft.epochs: 2}") + arms);
    var other = load(warmup.formatted("other", "set: {eval.every: 4, sft.epochs: 2}") + arms);
    assertEquals("both-seed-2-warmup", first.warmup(arm(first), 2).run());
    assertEquals(first.warmup(arm(first), 2), other.warmup(arm(other), 2));
    assertEquals(2, first.warmup(arm(first), 2).sft().epochs());
    assertEquals("first-a-seed-2", first.run(arm(first), 2, Optional.empty()).run());
    assertEquals(3, first.run(arm(first), 2, Optional.empty()).train().samples());
  }

  /** A model of another size needs a warm-up of its own, which the arms of that size share. */
  @Test
  void armsThatChangeTheModelShareAnotherWarmup() {
    var file =
        load(
            HEAD
                + "arms:\n"
                + "  - {name: large-40, set: {rollout.max_tokens: 40}}\n"
                + "  - {name: small-40, set: {rollout.max_tokens: 40, init.hidden: 64}}\n"
                + "  - {name: large-80, set: {rollout.max_tokens: 80}}\n"
                + "  - {name: small-80, set: {rollout.max_tokens: 80, init: {hidden: 64}}}\n"
                + "questions: [{name: q, title: t, x: rollout.max_tokens, y: eval greedy}]\n");
    var arms = file.config().arms();
    List<String> warmups =
        arms.stream().map(one -> file.warmup(one, 1)).map(RunConfig::run).toList();
    assertEquals(
        List.of(
            "e-seed-1-warmup",
            "e-small-40-seed-1-warmup",
            "e-seed-1-warmup",
            "e-small-40-seed-1-warmup"),
        warmups);
    assertEquals(file.warmup(arms.get(1), 1), file.warmup(arms.get(3), 1));
    assertEquals(64, file.warmup(arms.get(3), 1).init().hidden());
    assertEquals(
        Map.of(
            "large", List.of(arms.get(0), arms.get(2)), "small", List.of(arms.get(1), arms.get(3))),
        file.lines(file.config().questions().get(0)));
    assertEquals(80, arms.get(3).number("rollout.max_tokens").orElseThrow());
  }

  private static ExperimentConfig.Arm arm(ExperimentFile file) {
    return file.config().arms().get(0);
  }

  @Test
  void keysThatAreLeftOutHaveDefaults() {
    var config = load(HEAD + "arms: [{name: a}]\nquestions: [{name: q, title: t}]\n").config();
    assertEquals("runs/experiments", config.warehouse());
    assertTrue(config.sharedWarmup());
    assertEquals(
        List.of(new ExperimentConfig.Question("q", "t", "iteration", "accuracy", List.of())),
        config.questions());
  }

  @Test
  void settingsOfTheCommandLineComeLast() {
    var file =
        load(
            HEAD + "set: {train.samples: 6}\narms: [{name: a, set: {train.tau: 1}}]\n",
            "seeds=[7]",
            "set.train.samples=3",
            "arms.0.set.train.tau=0.25");
    assertEquals(List.of(7L), file.config().seeds());
    RunConfig run = file.run(file.config().arms().get(0), 7, Optional.empty());
    assertEquals(3, run.train().samples());
    assertEquals(0.25, run.train().tau());
  }

  @Test
  void whatAnArmSetsInAListStaysWithTheArm() {
    var file =
        load(
            HEAD
                + "shared_warmup: false\n"
                + "arms: [{name: a, set: {prompts.generators.0.max_level: 9}}, {name: b}]\n");
    List<Integer> levels = new ArrayList<>();
    for (var arm : file.config().arms()) {
      var run = file.run(arm, 1, Optional.empty());
      levels.add(run.prompts().generators().get(0).maxLevel());
    }
    assertEquals(List.of(9, 3), levels);
  }

  @Test
  void aPromptSetThatIsNotGeneratedKeepsItsName() throws IOException {
    Files.writeString(folder.resolve("base.yaml"), "prompts: {dataset: curated}\n");
    var file = load(HEAD + "arms: [{name: a}]\n");
    assertEquals("curated", file.warmup(arm(file), 2).prompts().dataset());
  }

  /** Those in conf/experiments name keys and arms that there are. */
  @Test
  void theExperimentsOfTheProjectAreAccepted() throws IOException {
    var conf = Path.of("conf/experiments");
    List<Path> files = new ArrayList<>();
    try (var found = Files.list(Files.exists(conf) ? conf : Path.of("..").resolve(conf))) {
      found.forEach(files::add);
    }
    assertEquals(5, files.size());
    for (Path file : files) {
      var config = ExperimentFile.load(file, List.of()).config();
      assertEquals(config.name() + ".yaml", file.getFileName().toString());
      assertEquals(List.of(1L, 2L, 3L), config.seeds());
    }
  }

  @ParameterizedTest
  @MethodSource
  void badFilesAreToldInOneLine(String yaml, String expected) {
    assertMessage(expected, yaml);
  }

  static Stream<Arguments> badFilesAreToldInOneLine() {
    String arm = "arms: [{name: a}]\n";
    return Stream.of(
        arguments("nam: e\n", "e.yaml, line 1: nam = \"e\": no such key; did you mean name?"),
        arguments("base: b\nseeds: [1]\n" + arm, "name is missing; accepted: text"),
        arguments(HEAD, "arms is missing; accepted: a list, each with the keys name, set"),
        arguments(HEAD + "arms: []\n", "line 4: arms = [] is not accepted; accepted: a list of"),
        arguments(HEAD + "arms: [{nme: a}]\n", "arms.0.nme = \"a\": no such key; did you mean"),
        arguments(HEAD + "arms: [{name: a b}]\n", "arms.0.name = \"a b\" is not accepted"),
        arguments(HEAD + "arms: [{name: a}, {name: a}]\n", "a name that no other arm has"),
        arguments("name: e\nbase: base.yaml\nseeds: [1, 1]\n" + arm, "line 3: seeds = [1,1] is"),
        arguments("name: e\nbase: base.yaml\nseeds: [x]\n" + arm, "seeds.0 = \"x\" is not"),
        arguments(
            HEAD + arm + "questions: [{name: q, title: t, x: tokens}]\n",
            "line 5: questions.0.x = \"tokens\" is not accepted; accepted: iteration, rollout"),
        arguments(
            HEAD + arm + "questions: [{name: q, title: t, arms: [b]}]\n",
            "questions.0.arms = [\"b\"] is not accepted; accepted: names of arms: a"),
        arguments(HEAD + arm + "set: 3\n", "set = 3 is not accepted; accepted: a section of keys"),
        // keys of the run file, dotted or in sections
        arguments(
            HEAD + "set:\n  train.tua: 1\n" + arm,
            "e.yaml, line 5: train.tua = 1: no such key; did you mean train.tau?"),
        arguments(
            HEAD + "arms:\n  - name: a\n    set:\n      train:\n        tau: -1\n",
            "e.yaml, line 8: train.tau = -1 is not accepted; accepted: a number above 0"),
        arguments(
            HEAD + "set: {train.tau: 1, train: {tau: 2}}\n" + arm,
            "line 4: set.train.tau is given twice; keep one"),
        arguments(
            HEAD + "set: {train: {tau: 1}, train.tau: 2}\n" + arm,
            "line 4: set.train.tau is given twice; keep one"),
        arguments(HEAD + "a.b: 1\n", "line 4: \"a.b\" is no key"),
        arguments(HEAD + "set: {a..b: 1}\n", "line 4: \"a..b\" is no key"),
        arguments(
            HEAD + arm + "set: {run: x}\n",
            "line 5: run = \"x\" is not accepted here: the experiment gives each run its own"),
        arguments(
            HEAD + "arms: [{name: a, set: {prompts.train: 2}}]\n",
            "line 4: prompts.train = 2 is not accepted here: all arms have the same problems"),
        arguments(
            HEAD + arm + "questions: [{name: q, title: t, x: mean_tokens, y: entropy}]\n",
            "questions.0.y = \"entropy\" is not accepted; accepted: accuracy, eval greedy, eval"),
        arguments(
            HEAD + arm + "questions: [{name: q, title: t, x: rollout.max_tokens}]\n",
            "questions.0.x = \"rollout.max_tokens\" is not accepted; accepted: a key that each of"),
        arguments(
            HEAD + arm + "questions: [{name: q, title: t, x: rollout.engine}]\n",
            "questions.0.x = \"rollout.engine\" is not accepted; accepted: iteration, rollout"));
  }

  @Test
  void filesThatAreMissingAreNamed() {
    Path absent = folder.resolve("absent.yaml");
    assertEquals(
        absent + ": no such file; give the path of an experiment file (YAML)",
        assertThrows(UserError.class, () -> ExperimentFile.load(absent, List.of())).getMessage());
    assertMessage(
        folder.resolve("other.yaml") + ": no such file; give the path of a run file",
        "name: e\nbase: other.yaml\nseeds: [1]\narms: [{name: a}]\n");
  }

  private void assertMessage(String expected, String yaml) {
    String message = assertThrows(UserError.class, () -> load(yaml)).getMessage();
    assertTrue(message.contains(expected), message);
    assertEquals(1, message.lines().count(), message);
  }

  private ExperimentFile load(String yaml, String... sets) {
    try {
      Path file = Files.writeString(folder.resolve("e.yaml"), yaml);
      return ExperimentFile.load(file, List.of(sets));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
