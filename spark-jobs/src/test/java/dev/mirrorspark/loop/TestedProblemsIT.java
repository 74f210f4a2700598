package dev.mirrorspark.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.decode.LocalSpark;
import dev.mirrorspark.prompts.ImportReport.RejectedRow;
import dev.mirrorspark.prompts.PromptImport;
import dev.mirrorspark.report.Progress;
import dev.mirrorspark.sandbox.Sandboxes;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.Warehouse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Problems of programming whose tests tell nothing are named at import and before a run. */
class TestedProblemsIT {
  private static final Set<String> TYPES = Set.of("python_tests", "stdin_stdout");
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private static Path folder;
  private static SparkSession spark;

  @BeforeAll
  static void open() throws InterruptedException {
    Sandboxes.start().close(); // skips where there is none
    spark = LocalSpark.open();
  }

  @AfterAll
  static void close() {
    if (spark != null) {
      spark.stop();
    }
  }

  private static String line(String prompt, Map<String, Object> answer) throws IOException {
    return JSON.writeValueAsString(
            Map.of(
                "prompt",
                prompt,
                "answer",
                JSON.writeValueAsString(answer),
                "answer_type",
                answer.containsKey("test") ? "python_tests" : "stdin_stdout"))
        + "\n";
  }

  private static Session session(String dataset) {
    var sets =
        new ArrayList<>(
            List.of(
                "run=" + dataset,
                "warehouse=" + folder.resolve("warehouse"),
                "prompts.dataset=" + dataset,
                "prompts.imports.0={file: " + folder.resolve("problems.jsonl") + "}"));
    sets.addAll(Sandboxes.SETS);
    var config = RunFile.parse("", sets);
    var warehouse = Warehouse.open(spark, config.warehouse());
    return new Session(spark, warehouse, config, Progress.silent());
  }

  @Test
  void rowsWhoseTestsTellNothingAreNamedAtImportAndBeforeARun() throws IOException {
    String good = line("Square a number.", Map.of("test", "assert f(2) == 4"));
    Files.writeString(
        folder.resolve("problems.jsonl"),
        good
            + line("Nothing.", Map.of("test", "# assert f(2) == 4"))
            + line("Not 4.", Map.of("test", "assert f(2) != 4"))
            + line("Missing.", Map.of("test", "import no_such_module\nassert f(2) == 4"))
            + line("Double.", Map.of("inputs", List.of("1"), "outputs", List.of("2")))
            + line("Silence.", Map.of("inputs", List.of("1"), "outputs", List.of(" \n")))
            + line("No tests.", Map.of("inputs", List.of("1"))));
    var checked = session("checked");
    for (int time = 0; time < 2; time++) {
      var report =
          PromptImport.importAll(
                  spark,
                  checked.warehouse(),
                  checked.config(),
                  TYPES,
                  TestedProblems.check(checked.config()))
              .get(0);
      assertEquals(2, report.kept(), report.toString());
      assertEquals(
          List.of(
              new RejectedRow(2, "its tests never use the program"),
              new RejectedRow(3, "its tests pass a program that returns None"),
              new RejectedRow(
                  4, "its tests cannot run: ModuleNotFoundError: No module named 'no_such_module'"),
              new RejectedRow(
                  6, "its tests pass a program that prints nothing: all outputs are blank"),
              new RejectedRow(
                  7,
                  "the answer needs as many inputs as outputs, and one at least; it has 1 and 0")),
          report.rejected());
    }
    long before = commits(checked);
    TestedProblems.check(checked);
    TestedProblems.check(checked);
    assertEquals(before + 1, commits(checked), "looked at once");
    assertEquals(2, checked.warehouse().read(Prompts.TABLE).count());

    var unchecked = session("unchecked");
    PromptImport.importAll(spark, unchecked.warehouse(), unchecked.config(), TYPES);
    var refused = assertThrows(UserError.class, () -> TestedProblems.check(unchecked));
    assertTrue(
        refused.getMessage().contains("5 of 7 programming problems cannot be judged"),
        refused.getMessage());
    assertTrue(
        refused.getMessage().contains("problems.jsonl:3: its tests pass a program"),
        refused.getMessage());
  }

  private static long commits(Session session) {
    return spark
        .sql(
            "DESCRIBE HISTORY delta.`%s`"
                .formatted(session.config().warehouse() + "/" + Prompts.TABLE.name()))
        .count();
  }
}
