package dev.mirrorspark.loop;

import static org.apache.spark.sql.functions.col;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.decode.LocalSpark;
import dev.mirrorspark.decode.Reference;
import dev.mirrorspark.eval.EvalResult;
import dev.mirrorspark.prompts.PromptImport;
import dev.mirrorspark.report.Progress;
import dev.mirrorspark.reward.VotingProgram;
import dev.mirrorspark.sandbox.Run;
import dev.mirrorspark.sandbox.Sandbox;
import dev.mirrorspark.sandbox.Sandboxes;
import dev.mirrorspark.table.EvalResults;
import dev.mirrorspark.table.Evals;
import dev.mirrorspark.table.Warehouse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** maj@k of code: a policy that answers {@code 0} or {@code 1}, each within a program. */
class ProgramVotingIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int SAMPLES = 8;

  @TempDir private static Path folder;
  private static SparkSession spark;
  private static Sandbox sandbox;

  @BeforeAll
  static void open() throws Exception {
    sandbox = Sandboxes.start();
    spark = LocalSpark.open();
    TinyRun.write(folder);
    var heldout = new StringBuilder();
    for (int i = 0; i < 4; i++) {
      var answer = JSON.createObjectNode();
      // The generator's inputs are multiples of 3, so that 0 and 1 print different things; the
      // second problem's are 0 alone, and the third has none.
      answer.put("frame", "n = int(input())\nprint(n * {code})");
      answer.putArray("inputs").add("5");
      answer.putArray("outputs").add("5");
      if (i != 2) {
        answer.put("generator", "input()\nprint(3 * int(input()) * %d)".formatted(i == 1 ? 0 : 1));
      }
      heldout.append(
          JSON.createObjectNode().put("prompt", "h=" + i + ";?").put("answer", answer.toString())
              + "\n");
    }
    Files.writeString(folder.resolve("heldout.jsonl"), heldout);
    var session = session("run=tiny");
    PromptImport.importAll(
        spark, session.warehouse(), session.config(), Set.of("integer", "stdin_stdout"));
    SftRun.run(session);
  }

  @AfterAll
  static void close() {
    if (sandbox != null) {
      spark.stop();
      sandbox.close();
    }
  }

  @Test
  void programsThatAgreeVoteForTheSame() {
    var session = session("eval.vote_inputs=4");
    EvalResult result = EvaluationRun.run(session, OptionalInt.empty()).get(1);
    Map<String, List<EvalResults.Result>> byPrompt =
        session
            .warehouse()
            .read(EvalResults.TABLE)
            .where(col(EvalResults.SAMPLES).equalTo(SAMPLES))
            .collectAsList()
            .stream()
            .map(EvalResults.Result::from)
            .collect(Collectors.groupingBy(EvalResults.Result::promptId));
    assertEquals(4, byPrompt.size());
    double majority = 0;
    int together = 0;
    for (var responses : byPrompt.values()) {
      List<Optional<String>> right = answers(responses, true);
      List<Optional<String>> wrong = answers(responses, false);
      assertTrue(right.size() <= 1 && wrong.size() <= 1, responses.toString());
      long votes = responses.stream().filter(one -> one.answer().isPresent()).count();
      long correct = responses.stream().filter(one -> one.correct().orElseThrow()).count();
      if (right.equals(wrong)) { // nothing tells them apart
        together++;
        majority += (double) correct / votes;
      } else {
        long others = votes - correct;
        majority += correct > others ? 1 : correct == others && correct > 0 ? 0.5 : 0;
      }
    }
    assertEquals(2, together, "0 alone as input, and no input");
    var most = result.overall().atK().get(result.overall().atK().size() - 1);
    assertEquals(SAMPLES, most.k());
    assertEquals(majority / 4, most.majority().orElseThrow().share(), 1e-12);
    assertEquals(
        result.overall(), EvaluationRun.run(session, OptionalInt.empty()).get(1).overall());
    var others =
        assertThrows(
            UserError.class, () -> EvaluationRun.run(session("run=tiny"), OptionalInt.empty()));
    assertTrue(
        others.getMessage().startsWith("model.chat, eval.vote_inputs, rollout.top_k")
            && others.getMessage().contains(" run tiny has evaluated policy "),
        others.getMessage());
    var model = session.warehouse();
    assertEquals(
        1,
        model
            .read(Evals.TABLE)
            .where("mode = 'sampling' and level is null and domain is null")
            .count());
  }

  private static List<Optional<String>> answers(List<EvalResults.Result> responses, boolean right) {
    return responses.stream()
        .filter(one -> one.correct().orElseThrow() == right)
        .map(EvalResults.Result::answer)
        .filter(Optional::isPresent)
        .distinct()
        .toList();
  }

  @Test
  void functionsAreCalledAndTellEqualValuesAlike() throws Exception {
    var config = session().config();
    assertEquals("5", told(config, "def f(a, b): return a + b", "2, 3\n"));
    assertEquals(
        "7",
        told(
            config,
            "def f(a, b): return a + b\nif __name__ == '__main__':\n    print(input())",
            "3,4"));
    assertEquals(
        "5", told(config, "print('here')\ndef f(a, b):\n    print(a)\n    return 5.0", "2,3"));
    assertEquals(
        "set('a', 'b')", told(config, "def f(a, b): return {b, a}", "'b', 'a'").replace("\n", ""));
    assertEquals(
        "[1, (0.3, {'k': None})]",
        told(config, "def f(x): return [1, (0.1+0.2, {'k': x})]", "None,"));
    assertEquals("-", told(config, "def f(a, b): return a + b", "2, x"));
    assertEquals("-", told(config, "def g(a): return a", "2"));
  }

  @Test
  void theBlockVotesThatTheJudgeRuns() throws Exception {
    var config =
        session("sandbox.languages=[{name: absent, file: a.abs, run: [no-such-program, '{file}']}]")
            .config();
    var problem =
        new Reference("p", "d", "t", "{\"inputs\": [\"\"], \"outputs\": [\"1\"]}", "stdin_stdout");
    String both = "```python\nprint(1)\n```\n```absent\nprint 2\n```";
    assertEquals(
        "python", VotingProgram.of(config.sandbox(), problem, both).orElseThrow().language());
  }

  /** What a program of a problem with function f prints; a dash where it fails or is none. */
  private static String told(RunConfig config, String program, String input) throws Exception {
    String answer = JSON.createObjectNode().put("test", "assert f(2, 3) == 5").toString();
    var problem = new Reference("p", "d", "t", answer, "python_tests");
    var voter = VotingProgram.of(config.sandbox(), problem, "```python\n" + program + "\n```");
    if (voter.isEmpty()) {
      return "-";
    }
    var run = new Run("python", voter.get().source(), new Run.Once(input), voter.get().limits());
    var outcome = sandbox.judge(run);
    return outcome.exitCode() == 0 ? outcome.stdout() : "-";
  }

  private static Session session(String... sets) {
    List<String> all = new ArrayList<>(List.of(sets));
    all.add("eval={samples: 8, vote_inputs: " + (all.remove("eval.vote_inputs=4") ? 4 : 0) + "}");
    all.add("prompts.imports.1.answer_type=stdin_stdout");
    all.add("sandbox.slots=2");
    all.add("sandbox.allow_missing=[seccomp, rlimits, uid_switch, memory_cgroup, pids_cgroup]");
    var config = TinyRun.config(folder, all.toArray(String[]::new));
    return new Session(spark, Warehouse.open(spark, config.warehouse()), config, Progress.silent());
  }
}
