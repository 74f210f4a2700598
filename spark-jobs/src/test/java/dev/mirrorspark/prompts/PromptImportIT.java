package dev.mirrorspark.prompts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.prompts.ImportReport.RejectedRow;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.Warehouse;
import dev.mirrorspark.vision.PicturesOfTests;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import java.util.zip.GZIPOutputStream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PromptImportIT {
  private static final Set<String> TYPES = Set.of("integer", "decimal", "text", "math");
  private static SparkSession spark;

  @TempDir private Path folder;
  private Warehouse warehouse;

  @BeforeAll
  static void open() {
    spark = SparkOfTests.open();
  }

  @AfterAll
  static void close() {
    spark.stop();
  }

  @BeforeEach
  void openWarehouse() {
    warehouse = Warehouse.open(spark, folder.resolve("warehouse").toString());
  }

  @Test
  void jsonLinesKeepsTheGoodRowsAndNamesEachBadOne() throws IOException {
    var file =
        write(
            "mine.jsonl",
            """
            \uFEFF{"q": "1+1?", "a": "so #### 2", "kind": "integer", "topic": "sums", "hard": "Level 5"}

            {"q": "half?", "a": "#### 1,000.5", "kind": "decimal"}
            {"q": "broken
            ["not an object"]
            {"a": "#### 2"}
            {"q": "null?", "a": null}
            {"q": "  ", "a": "#### 2"}
            {"q": "no answer?", "a": "2"}
            {"q": "empty?", "a": ""}
            {"q": "empty after?", "a": "#### "}
            {"q": "three?", "a": "#### three"}
            {"q": "which?", "a": "#### 2", "kind": "colour"}
            {"q": "1+1?  ", "a": "#### 2"}
            {"q": "deep?", "a": "#### 2", "hard": 99999999999}
            {"q": "last?", "a": "#### 7", "hard": 3} trailing
            """);
    var fields =
        Map.of(
            "prompt",
            "q",
            "answer",
            "a",
            "answer_type",
            "kind",
            "domain",
            "topic",
            "level",
            "hard");
    var report = run("set", source(file, "integer", fields, "after_hashes"));
    assertEquals(15, report.rowsIn());
    assertEquals(2, report.kept());
    assertEquals(
        List.of(4L, 5L, 6L, 7L, 8L, 9L, 10L, 11L, 12L, 13L, 14L, 15L, 16L),
        report.rejected().stream().map(RejectedRow::line).toList());
    var reasons = report.rejected().stream().map(RejectedRow::reason).toList();
    assertTrue(reasons.get(0).startsWith("malformed JSON: "), reasons.get(0));
    assertEquals(
        List.of(
            "not a JSON object",
            "no column 'q' (or null)",
            "no column 'a' (or null)",
            "empty prompt",
            "no answer by pattern after_hashes in column 'a'",
            "empty answer",
            "empty answer",
            "the answer 'three' is no integer",
            "unknown answer type 'colour'; known: decimal, integer, math, text",
            "the same problem as " + file + ":1",
            "the level '99999999999' is too large"),
        reasons.subList(1, 12));
    assertTrue(reasons.get(12).startsWith("malformed JSON: "), reasons.get(12));

    var rows = rows("set");
    var first = rows.get(0);
    assertEquals("1+1?", first.getAs(Prompts.TEXT_OF_PROMPT));
    assertEquals("2", first.getAs(Prompts.ANSWER));
    assertEquals("sums", first.getAs(Prompts.DOMAIN));
    assertEquals(5, first.<Integer>getAs(Prompts.LEVEL));
    assertEquals(file + ":1", first.getAs(Prompts.SOURCE));
    assertEquals(PromptIdentity.promptId("1+1?", "2"), first.getAs(Prompts.PROMPT_ID));
    assertNull(first.getAs(Prompts.SOLUTION));
    var second = rows.get(1);
    assertEquals("1000.5", second.getAs(Prompts.ANSWER));
    assertEquals("decimal", second.getAs(Prompts.ANSWER_TYPE));
    assertEquals("set", second.getAs(Prompts.DOMAIN));
    assertEquals(0, second.<Integer>getAs(Prompts.LEVEL));
  }

  /** The layout of verl and TRL: messages as prompt, the answer in a nested field. */
  @Test
  void aListOfMessagesIsAPromptAndAnAnswerMayBeNested() throws IOException {
    var file =
        write(
            "verl.jsonl",
            """
            {"data_source": "gsm8k", "prompt": [{"role": "user", "content": "What is 6*7?"}], "reward_model": {"style": "rule", "ground_truth": "42"}, "extra_info": {"index": 0, "level": 3}}
            {"prompt": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": [{"type": "text", "text": "2+"}, {"type": "text", "text": "2?"}]}], "reward_model": {"ground_truth": 4}}
            {"prompt": "[1, 2] has how many?", "reward_model": {"ground_truth": "2"}}
            {"prompt": [1, 2], "reward_model": {"ground_truth": "3"}}
            {"prompt": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}], "reward_model": {"ground_truth": "1"}}
            {"prompt": [{"role": "user", "content": [{"type": "image", "image": "x"}]}], "reward_model": {"ground_truth": "1"}}
            {"prompt": {"text": "c"}, "reward_model": {"ground_truth": "1"}}
            {"prompt": ["d"], "reward_model": {"ground_truth": "1"}}
            {"prompt": [], "reward_model": {"ground_truth": "5"}}
            {"prompt": "e", "reward_model": {"style": "rule"}}
            {"prompt": "f", "reward_model": "42"}
            {"prompt": [{"role": "user"}], "reward_model": {"ground_truth": "1"}}
            """);
    var fields = Map.of("answer", "reward_model.ground_truth", "level", "extra_info.level");
    var report = run("verl", source(file, "text", fields, "none"));
    assertEquals(
        List.of(
            "5: a prompt of messages [user, assistant]; accepted: one of the user, or of the"
                + " system and the user",
            "6: a message that holds something else than text",
            "7: the prompt is neither text nor a list of messages with role and content",
            "8: the prompt is neither text nor a list of messages with role and content",
            "10: no column 'reward_model.ground_truth' (or null)",
            "11: no column 'reward_model.ground_truth' (or null)",
            "12: a message without content"),
        report.rejected().stream().map(row -> row.line() + ": " + row.reason()).toList());
    assertEquals(
        List.of(
            "What is 6*7?=42", "Be brief.\n\n2+2?=4", "[1, 2] has how many?=2", "[1,2]=3", "[]=5"),
        rows("verl").stream()
            .map(
                row ->
                    row.<String>getAs(Prompts.TEXT_OF_PROMPT)
                        + "="
                        + row.<String>getAs(Prompts.ANSWER))
            .toList());
    assertEquals(3, rows("verl").get(0).<Integer>getAs(Prompts.LEVEL));
  }

  @Test
  void nestedParquetIsReadAsItsJson() throws IOException {
    var json =
        write(
            "nested.jsonl",
            """
            {"prompt": [{"role": "user", "content": "What is 6*7?"}], "reward_model": {"style": "rule", "ground_truth": "42"}, "tags": ["a", "b"]}
            {"prompt": [{"role": "user", "content": "What is 6*8?"}], "reward_model": {"style": "rule", "ground_truth": "48"}, "tags": ["c"]}
            """);
    var file = json.replace(".jsonl", ".parquet");
    spark.read().json(json).coalesce(1).write().parquet(file);
    var fields = Map.of("answer", "reward_model.ground_truth", "domain", "tags.0");
    var report = run("nested", source(file, "integer", fields, "none"));
    assertEquals(2, report.kept(), report.toString());
    assertEquals(
        List.of("What is 6*7?=42 a", "What is 6*8?=48 c"),
        rows("nested").stream()
            .map(
                row ->
                    row.<String>getAs(Prompts.TEXT_OF_PROMPT)
                        + "="
                        + row.<String>getAs(Prompts.ANSWER)
                        + " "
                        + row.<String>getAs(Prompts.DOMAIN))
            .toList());
    var missing = source(file, "integer", Map.of("answer", "reward.ground_truth"), "none");
    var error = assertThrows(UserError.class, () -> run("nested2", missing));
    assertTrue(error.getMessage().contains("no column 'reward.ground_truth'"), error.getMessage());
  }

  @Test
  void anAnswerThatCannotBeReadIsNamed() throws IOException {
    var file =
        write(
            "unreadable.jsonl",
            """
            {"q": "fine?", "a": "\\\\frac{1}{2}"}
            {"q": "which way?", "a": "\\\\leftarrow"}
            {"q": "how high?", "a": "9^{9^{9^9}}"}
            """);
    var fields = Map.of("prompt", "q", "answer", "a");
    var report = run("unreadable", source(file, "math", fields, "none"));
    assertEquals(
        List.of(
            "the answer '\\leftarrow' cannot be read as math: command \\leftarrow is not known",
            "the answer '9^{9^{9^9}}' cannot be read as math: a power of more than 65536 bits"),
        report.rejected().stream().map(RejectedRow::reason).toList());
  }

  @Test
  void csvKnowsQuotesLineBreaksAndBadRows() throws IOException {
    var file =
        write(
            "mine.csv",
            """
            prompt,answer,level
            "one, ""two""
            three?",3,2
            four?,4

            five?,,1
            ,6,1
            "seven?",7,hard
            """);
    var report = run("set", source(file, "integer", Map.of(), "none"));
    assertEquals(5, report.rowsIn());
    assertEquals(2, report.kept());
    assertEquals(
        List.of(
            new RejectedRow(4, "2 columns where the header has 3"),
            new RejectedRow(6, "empty answer"),
            new RejectedRow(7, "empty prompt")),
        report.rejected());
    assertEquals("one, \"two\"\nthree?", rows("set").get(0).getAs(Prompts.TEXT_OF_PROMPT));
    assertEquals(file + ":8", rows("set").get(1).getAs(Prompts.SOURCE));
  }

  @Test
  void parquetNamesTheRow() {
    var file = folder.resolve("mine.parquet").toString();
    spark
        .sql(
            "SELECT * FROM VALUES ('a?', 1, 'x'), ('', 2, 'x'), ('c?', null, 'x'), ('a?', 1, 'y')"
                + " AS t(question, answer, type)")
        .coalesce(1)
        .write()
        .parquet(file);
    var fields = Map.of("prompt", "question", "domain", "type");
    var report = run("set", source(file, "integer", fields, "none"));
    assertEquals(4, report.rowsIn());
    assertEquals(1, report.kept());
    assertEquals(
        List.of(
            new RejectedRow(2, "empty prompt"),
            new RejectedRow(3, "no column 'answer' (or null)"),
            new RejectedRow(4, "the same problem as " + file + ":1")),
        report.rejected());
  }

  @Test
  void compressedFilesAndBytesThatAreNotUtf8() throws IOException {
    var file = folder.resolve("mine.jsonl.gz");
    try (var out =
        new OutputStreamWriter(
            new GZIPOutputStream(Files.newOutputStream(file)), StandardCharsets.ISO_8859_1)) {
      out.write("{\"prompt\": \"a?\", \"answer\": \"1\"}\n{\"prompt\": \"é?\", \"answer\": \"1\"}");
    }
    var report = run("set", source(file.toString(), "text", Map.of(), "none"));
    assertEquals(1, report.kept());
    assertEquals(List.of(new RejectedRow(2, "text that is not UTF-8")), report.rejected());
  }

  @Test
  void warmupRowsNeedASolution() throws IOException {
    var file =
        write(
            "warm.jsonl",
            """
            {"prompt": "a?", "answer": "1", "solution": "well, #1"}
            {"prompt": "b?", "answer": "1"}
            {"prompt": "c?", "answer": "1", "solution": " "}
            """);
    var source = new RunConfig.Import(file, "", "warmup", "d", "text", Map.of(), "none");
    var report = run("set", source);
    assertEquals(
        List.of(
            new RejectedRow(2, "no column 'solution' (or null)"),
            new RejectedRow(3, "empty solution, which a warmup row needs")),
        report.rejected());
    assertEquals("well, #1", rows("set").get(0).getAs(Prompts.SOLUTION));
  }

  @Test
  void importingAgainAppendsNothing() throws IOException {
    var first = write("a.jsonl", "{\"prompt\": \"a?\", \"answer\": \"1\"}\n");
    var second =
        write(
            "b.jsonl",
            "{\"prompt\": \"A? \", \"answer\": \"1\"}\n{\"prompt\": \"b?\", \"answer\": \"1\"}\n");
    for (boolean again : List.of(false, true)) {
      var report = run("set", source(first, "text", Map.of(), "none"));
      assertEquals(again, report.alreadyImported());
      assertEquals(1, report.kept());
      report = run("set", source(second, "text", Map.of(), "none"));
      assertEquals(again, report.alreadyImported());
      assertEquals(
          List.of(new RejectedRow(1, "the same problem as " + first + ":1")), report.rejected());
    }
    assertEquals(2, rows("set").size());
    assertFalse(run("other", source(first, "text", Map.of(), "none")).alreadyImported());
  }

  /** As NLVR has them: the name of a row's picture is made of several of its columns. */
  @Test
  void picturesAreAppendedInPartsAndAnImportThatWasStoppedGoesOn() throws IOException {
    var lines = new StringBuilder();
    Files.createDirectories(folder.resolve("images/2"));
    for (int i = 0; i < 7; i++) {
      Files.write(
          folder.resolve("images/2/dev-%d-0.png".formatted(i)), PicturesOfTests.png(20, 10, i));
      lines.append(
          "{\"s\": \"dark?\", \"a\": \"%d\", \"id\": %d, \"dir\": \"2\"}\n".formatted(i, i));
    }
    lines.append("{\"s\": \"dark?\", \"a\": \"1\", \"id\": 9, \"dir\": \"2\"}\n");
    lines.append("{\"s\": \"dark?\", \"a\": \"1\", \"id\": 1, \"dir\": \"../2\"}\n");
    lines.append("{\"s\": \"dark?\", \"a\": \"1\", \"id\": 1}\n");
    var file = write("dev.json", lines.toString());
    var fields = Map.of("prompt", "s", "answer", "a", "image", "images/{dir}/dev-{id}-0.png");
    var source = new RunConfig.Import(file, "", "train", "", "stdin_stdout", fields, "none");
    long part = 2L * PicturesOfTests.png(20, 10, 0).length - 40; // two pictures
    var stopped =
        new ProblemCheck() {
          private static final long serialVersionUID = 1L;

          @Override
          public String fault(String answer, String answerType) {
            return "";
          }

          @Override
          public List<String> faults(SparkSession spark, List<Answer> answers) {
            assertTrue(answers.size() <= 2);
            if (answers.get(0).text().equals("4")) {
              throw new IllegalStateException("stopped");
            }
            return List.of("", "");
          }
        };
    var error =
        assertThrows(IllegalStateException.class, () -> run("parts", source, stopped, part));
    assertEquals("stopped", error.getMessage());
    assertEquals(4, rows("parts").size());
    for (boolean again : List.of(false, true)) {
      var report = run("parts", source, ProblemCheck.NONE, part);
      assertEquals(again, report.alreadyImported());
      assertEquals(10, report.rowsIn());
      assertEquals(7, report.kept());
      assertEquals(
          List.of(
              new RejectedRow(8, "no picture images/2/dev-9-0.png beside the file"),
              new RejectedRow(
                  9,
                  "the picture is neither base64 nor the path of a file below the data's folder"),
              new RejectedRow(10, "no column 'dir' (or null)")),
          report.rejected());
      var rows = rows("parts");
      assertEquals(7, rows.size());
      assertEquals(7, rows.stream().map(row -> row.getAs(Prompts.PROMPT_ID)).distinct().count());
    }
    long files =
        warehouse.read(Prompts.TABLE).select(functions.input_file_name()).distinct().count();
    assertEquals(4, files, "two parts, one more of the second start, and the end");
  }

  @Test
  void wholeFilesThatCannotBeUsedAreRefusedInOneLine() throws IOException {
    var csv = write("mine.csv", "question,answer\na?,1\n");
    var empty = write("empty.jsonl", "\n");
    var useless = write("useless.jsonl", "{}\n{\"prompt\": \"\", \"answer\": \"1\"}\n");
    var notParquet = write("not.parquet", "question");
    assertRefused(
        folder + "/none.jsonl", "no file " + folder + "/none.jsonl: mend prompts.imports.0.file (");
    assertRefused(
        csv,
        csv
            + " has no column 'prompt' (its columns: question, answer): name the right one in"
            + " prompts.imports.0.fields");
    assertRefused(empty, empty + ": none of 0 rows is usable: the file is empty");
    assertRefused(
        useless, useless + ": none of 2 rows is usable; line 1: no column 'prompt' (or null)");
    assertRefused(notParquet, "cannot read " + notParquet + ": ");
    var noEnding = write("mine.txt", "a");
    assertRefused(
        noEnding,
        noEnding
            + ": the ending does not tell the format; set prompts.imports.0.format to jsonl,"
            + " csv or parquet");
    assertTrue(warehouse.read(Prompts.TABLE).isEmpty());
  }

  @Test
  void theReportPrintsCountsAndTheFirstRejectedRows() {
    var rejected =
        LongStream.rangeClosed(1, 25)
            .mapToObj(line -> new RejectedRow(line, "empty prompt"))
            .toList();
    var lines = new ImportReport("f.jsonl", 1025, 1000, rejected, false).lines();
    assertEquals("f.jsonl: 1,025 rows in, 1,000 kept, 25 rejected", lines.get(0));
    assertEquals("  line 1: empty prompt", lines.get(1));
    assertEquals(22, lines.size());
    assertEquals("  and 5 more", lines.get(21));
  }

  private void assertRefused(String file, String message) {
    var error =
        assertThrows(UserError.class, () -> run("set", source(file, "text", Map.of(), "none")));
    assertTrue(error.getMessage().startsWith(message), error.getMessage());
    assertEquals(1, error.getMessage().lines().count());
  }

  private ImportReport run(String dataset, RunConfig.Import source) {
    var prompts = new RunConfig.Prompts(dataset, List.of(), 0, 0, 0, 0, List.of(source));
    return PromptImport.importAll(spark, warehouse, Configs.of(1, prompts), TYPES).get(0);
  }

  private ImportReport run(
      String dataset, RunConfig.Import source, ProblemCheck check, long partBytes) {
    var prompts = new RunConfig.Prompts(dataset, List.of(), 0, 0, 0, 0, List.of(source));
    var config = Configs.of(1, prompts);
    return PromptImport.importAll(
            spark, warehouse, config, Set.of("stdin_stdout"), check, partBytes)
        .get(0);
  }

  private static RunConfig.Import source(
      String file, String answerType, Map<String, String> fields, String pattern) {
    return new RunConfig.Import(file, "", "train", "", answerType, fields, pattern);
  }

  private List<Row> rows(String dataset) {
    return warehouse
        .read(Prompts.TABLE)
        .where("dataset = '" + dataset + "'")
        .orderBy(Prompts.SOURCE)
        .collectAsList();
  }

  private String write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text).toString();
  }
}
