package dev.mirrorspark.loop;

import static org.apache.spark.sql.functions.col;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.decode.Attempt;
import dev.mirrorspark.decode.LocalSpark;
import dev.mirrorspark.decode.Reference;
import dev.mirrorspark.decode.StopReason;
import dev.mirrorspark.loop.PlantedProblems.Expected;
import dev.mirrorspark.prompts.PromptImport;
import dev.mirrorspark.report.Progress;
import dev.mirrorspark.reward.Verdict.Outcome;
import dev.mirrorspark.reward.Verifiers;
import dev.mirrorspark.sandbox.Sandboxes;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.TableSchema;
import dev.mirrorspark.table.TestCases;
import dev.mirrorspark.table.TestProblems;
import dev.mirrorspark.table.Warehouse;
import dev.mirrorspark.testgen.ProblemFiles;
import dev.mirrorspark.testgen.TestCaseStage;
import dev.mirrorspark.testgen.Yields;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Test cases on real Spark, Delta and sandbox, for problems of which the outcome is known. */
class GeneratedCasesIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int CASES = 6;
  private static final int MIN_VALID = 2;

  private static final List<String> IDS =
      List.of(
          "all-right",
          "one-wrong-on-one-case",
          "six-of-ten-on-case-1",
          "seven-of-ten-on-case-1",
          "two-crash",
          "generator-repeats-late",
          "generator-floods",
          "generator-always-the-same",
          "generator-leaves-range-one-too-early",
          "special-judge",
          "one-submission");

  @TempDir private static Path folder;
  private static SparkSession spark;
  private static Warehouse warehouse;
  private static Map<String, Expected> expected;
  private static final ByteArrayOutputStream SAID = new ByteArrayOutputStream();

  @BeforeAll
  static void make() throws InterruptedException {
    Sandboxes.start().close();
    spark = LocalSpark.open();
    warehouse = Warehouse.open(spark, folder.resolve("warehouse").toString());
    expected = PlantedProblems.write(folder.resolve("planted.jsonl"), CASES, MIN_VALID, IDS);
    assertEquals(IDS.size(), expected.size());
    run("run=planted", "testcases.into=kept");
  }

  @AfterAll
  static void stop() {
    if (spark != null) {
      spark.stop();
    }
  }

  private static RunConfig config(String... sets) {
    List<String> all = new ArrayList<>();
    all.add("warehouse=" + folder.resolve("warehouse"));
    all.add("testcases.files.0=" + folder.resolve("planted.jsonl"));
    all.add("testcases.cases=" + CASES);
    all.add("testcases.min_valid=" + MIN_VALID);
    all.add("testcases.cpu_seconds=2");
    all.add("testcases.batch=6");
    all.add("sandbox.slots=2");
    all.add("sandbox.allow_missing=[seccomp, rlimits, uid_switch, memory_cgroup, pids_cgroup]");
    all.addAll(List.of(sets));
    return RunFile.load(Optional.empty(), all);
  }

  private static Session session(RunConfig config) {
    var out = new PrintStream(SAID, true, StandardCharsets.UTF_8);
    return new Session(spark, warehouse, config, Progress.terminal(out, false, 80));
  }

  private static void run(String... sets) {
    TestCasesRun.run(session(config(sets)), OptionalInt.empty());
  }

  private static Dataset<Row> rows(TableSchema table, String run) {
    return warehouse.read(table).where(col("run").equalTo(run));
  }

  private static List<Row> prompts(String dataset) {
    return warehouse
        .read(Prompts.TABLE)
        .where(col(Prompts.DATASET).equalTo(dataset))
        .orderBy(Prompts.PROMPT_ID)
        .collectAsList();
  }

  @Test
  void everyProblemIsDecidedAsPlanned() {
    Map<String, Expected> found = new TreeMap<>();
    for (Row row : rows(TestProblems.TABLE, "planted").collectAsList()) {
      found.put(
          row.getAs(TestProblems.PROBLEM),
          new Expected(
              row.getAs(TestProblems.OUTCOME),
              row.getAs(TestProblems.INPUTS),
              row.getAs(TestProblems.VALID),
              row.getAs(TestProblems.PASSING)));
    }
    assertEquals(expected, found);
    assertEquals(
        List.of("11", "10", "9", "7", "6", "4"),
        Yields.rows(rows(TestProblems.TABLE, "planted")).stream().map(row -> row.get(1)).toList());
    String said = SAID.toString(StandardCharsets.UTF_8);
    assertTrue(said.contains("kept: enough submissions pass them"), said);
  }

  @Test
  void theCasesTellWhatHappened() {
    Row first =
        rows(TestCases.TABLE, "planted")
            .where(col(TestCases.PROBLEM).equalTo("six-of-ten-on-case-1"))
            .orderBy(TestCases.NUMBER)
            .first();
    assertEquals(false, first.getAs(TestCases.VALID));
    assertEquals("disagreement", first.getAs(TestCases.REASON));
    assertEquals("6 of 10 give the same output; 7 are needed", first.getAs(TestCases.DETAIL));
    assertEquals(List.of(0, 1, 2, 3, 4, 5), first.getList(first.fieldIndex(TestCases.AGREEING)));
    var flood =
        rows(TestProblems.TABLE, "planted")
            .where(col(TestProblems.PROBLEM).equalTo("generator-floods"))
            .first();
    String reason = flood.getAs(TestProblems.REASON);
    assertTrue(reason.contains("5 x no_input, the first: runtime error: more than 64 KiB"), reason);
  }

  @Test
  void theKeptOnesTrainAsTheyAre() throws Exception {
    List<Row> kept = prompts("kept");
    assertEquals(4, kept.size());
    for (Row prompt : kept) {
      String text = prompt.getAs(Prompts.TEXT_OF_PROMPT);
      JsonNode answer = JSON.readTree(prompt.<String>getAs(Prompts.ANSWER));
      String id = text.replaceAll("Numbers, (.*)\\. Two.*", "$1");
      assertEquals(expected.get(id).valid(), answer.get("inputs").size(), id);
      assertEquals("code", prompt.getAs(Prompts.DOMAIN));
      assertEquals(Prompts.TRAIN, prompt.getAs(Prompts.SPLIT));
      assertEquals(
          List.of(Outcome.CORRECT, Outcome.WRONG, Outcome.WRONG),
          verdicts(
              prompt,
              "n = input()\nprint(sum(map(int, input().split())))",
              "n = input()\nprint(sum(map(int, input().split())) + 1)",
              "print(7)"));
    }
  }

  private static List<Outcome> verdicts(Row prompt, String... programs) {
    var reference =
        new Reference(
            prompt.getAs(Prompts.PROMPT_ID),
            prompt.getAs(Prompts.DOMAIN),
            prompt.getAs(Prompts.TEXT_OF_PROMPT),
            prompt.getAs(Prompts.ANSWER),
            prompt.getAs(Prompts.ANSWER_TYPE));
    List<Attempt> attempts = new ArrayList<>();
    for (String program : programs) {
      String response = "```python\n" + program + "\n```";
      attempts.add(new Attempt(reference, attempts.size(), response, StopReason.STOP));
    }
    return Verifiers.load(spark, config()).judge(attempts).stream()
        .map(judged -> judged.verdict().outcome())
        .toList();
  }

  @Test
  void theSameCommandRunsNothingAgainAndAnotherIsRefused() {
    var before = Warehouse.TABLES.stream().map(warehouse::version).toList();
    run("run=planted", "testcases.into=kept", "testcases.batch=1");
    assertEquals(before, Warehouse.TABLES.stream().map(warehouse::version).toList());
    refused("finished problem all-right with", "run=planted", "testcases.into=kept", "seed=2");
    refused("'kept' holds problems already, not of run other", "run=other", "testcases.into=kept");
    assertEquals(before, Warehouse.TABLES.stream().map(warehouse::version).toList());
  }

  private static void refused(String why, String... sets) {
    String message = assertThrows(UserError.class, () -> run(sets)).getMessage();
    assertTrue(message.contains(why), message);
  }

  /** A batch of which only the cases were written: they are not made again. */
  @Test
  void whatAnInterruptedBatchHasLeftIsUsed() {
    var some = List.of("six-of-ten-on-case-1", "two-crash", "generator-floods", "special-judge");
    Path file = folder.resolve("some.jsonl");
    var planned = PlantedProblems.write(file, CASES, MIN_VALID, some);
    var config = config("run=resumed", "testcases.into=resumed", "testcases.files.0=" + file);
    var problems =
        ProblemFiles.read(config, spark.sessionState().newHadoopConf()).stream()
            .filter(problem -> !problem.specialJudge())
            .toList();
    new TestCaseStage(spark, config)
        .make(
            problems.subList(0, 2),
            runs -> {},
            made -> warehouse.append(TestCases.TABLE, made, "resumed/testcases", 0));
    long commits = warehouse.version(TestCases.TABLE);
    TestCasesRun.run(session(config), OptionalInt.empty());
    assertEquals(commits + 1, warehouse.version(TestCases.TABLE), "the third problem alone");
    assertEquals(planned.size(), rows(TestProblems.TABLE, "resumed").count());
    // The same cases as in the other run, whatever else ran beside them.
    Object[] ids = some.toArray();
    assertEquals(cases("planted", ids).collectAsList(), cases("resumed", ids).collectAsList());
    assertEquals(1, prompts("resumed").size());
  }

  private static Dataset<Row> cases(String run, Object[] ids) {
    return rows(TestCases.TABLE, run)
        .where(col(TestCases.PROBLEM).isin(ids))
        .drop("run", TestCases.SECONDS)
        .orderBy(TestCases.PROBLEM, TestCases.NUMBER);
  }

  /** A small policy that was warmed up on generators writes them for problems it has not seen. */
  @Test
  void aPolicyWritesGenerators() throws Exception {
    var warmup = new StringBuilder();
    for (int i = 0; i < 96; i++) {
      warmup.append(
          JSON.createObjectNode()
                  .put("prompt", "w=" + i + ";?")
                  .put("answer", "1")
                  .put("solution", "```\nprint(input())\n```\n#1")
              + "\n");
    }
    Files.writeString(folder.resolve("warmup.jsonl"), warmup);
    var problems = new StringBuilder();
    for (int i = 0; i < 3; i++) {
      var problem = JSON.createObjectNode().put("id", "p" + i).put("question", "t=" + i + ";?");
      var submissions = problem.putArray("submissions");
      submissions.add("print(int(input()) %% %d)".formatted(i + 5));
      submissions.add("x = int(input())\nprint(x - x // %d * %d)".formatted(i + 5, i + 5));
      problems.append(problem).append('\n');
    }
    Files.writeString(folder.resolve("unseen.jsonl"), problems);
    String[] sets = {
      "run=policy",
      "init={hidden: 32, layers: 2, heads: 2, kv_heads: 1, intermediate: 64, max_positions: 64}",
      "init.characters=`printu()\n",
      "prompts.dataset=warmup",
      "prompts.imports.0={file: " + folder.resolve("warmup.jsonl") + ", split: warmup}",
      "prompts.imports.0.answer_type=integer",
      "sft={epochs: 12, examples_per_step: 16, learning_rate: 0.01, warmup_steps: 4}",
      "rollout={slots: 16, max_tokens: 40}",
      "update={micro_batch_tokens: 1024}",
      "testcases.files.0=" + folder.resolve("unseen.jsonl"),
      "testcases.into=written",
      "testcases.generator=policy",
      "testcases.policy={template: \"{question}\", tries: 6, temperature: 1.0}",
    };
    var session = session(config(sets));
    PromptImport.importAll(spark, warehouse, session.config(), Set.of("integer"));
    SftRun.run(session);
    TestCasesRun.run(session, OptionalInt.empty());
    for (Row row : rows(TestProblems.TABLE, "policy").collectAsList()) {
      assertEquals("kept", row.getAs(TestProblems.OUTCOME), row.toString());
      String generator = row.getAs(TestProblems.GENERATOR);
      assertTrue(generator.contains("print(input())"), generator);
    }
    assertEquals(3, prompts("written").size());
  }
}
