package dev.mirrorspark.prompts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.Warehouse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Imports GSM8K and MATH with the run files of {@code conf}, where the data lie at hand. */
class RealSetsIT {
  private static final Set<String> TYPES = Set.of("integer", "math");
  private static SparkSession spark;
  private static Path data;

  @TempDir private Path folder;

  @BeforeAll
  static void open() {
    data = beside("shared/data").orElse(null);
    if (data == null) {
      System.out.println("RealSetsIT skipped: no folder shared/data beside the checkout");
    }
    Assumptions.assumeTrue(data != null, "no folder shared/data beside the checkout");
    spark = SparkOfTests.open();
  }

  @AfterAll
  static void close() {
    if (spark != null) {
      spark.stop();
    }
  }

  @Test
  void gsm8k() {
    var warehouse = warehouse();
    var reports =
        importWith(
            warehouse,
            "import-gsm8k.yaml",
            List.of(
                "prompts.imports.0.file=" + data.resolve("gsm8k/train.jsonl"),
                "prompts.imports.1.file=" + data.resolve("gsm8k/test.jsonl")));
    assertEquals(7473, reports.get(0).rowsIn());
    assertEquals(7473, reports.get(0).kept());
    assertEquals(1319, reports.get(1).rowsIn());
    assertEquals(1319, reports.get(1).kept());
    var rows = warehouse.read(Prompts.TABLE);
    assertEquals(7473, rows.where("split = 'train' AND answer_type = 'integer'").count());
    assertEquals(8792, rows.select(Prompts.PROMPT_ID).distinct().count());
    assertTrue(rows.where("NOT answer RLIKE '^-?[0-9]+$'").isEmpty());
    assertEquals("72", answer(warehouse, "Natalia sold clips to 48 of her friends in April"));
    assertEquals("18", answer(warehouse, "Janet’s ducks lay 16 eggs per day."));
    assertEquals("70000", answer(warehouse, "Josh decides to try flipping a house."));
  }

  @Test
  void math() {
    var warehouse = warehouse();
    var reports =
        importWith(
            warehouse,
            "import-math.yaml",
            List.of("prompts.imports.0.file=" + data.resolve("math/test.jsonl")));
    assertEquals(5000, reports.get(0).rowsIn());
    assertEquals(5000, reports.get(0).kept());
    var rows = warehouse.read(Prompts.TABLE);
    assertEquals(5000, rows.where("split = 'heldout' AND level BETWEEN 1 AND 5").count());
    assertEquals(7, rows.select(Prompts.DOMAIN).distinct().count());
    assertEquals(
        "2",
        answer(warehouse, "How many vertical asymptotes does the graph of $y=\\frac{2}{x^2+x-6}$"));
    assertEquals("10", answer(warehouse, "What is the positive difference between $120"));
    assertEquals(
        "\\left( 3, \\frac{\\pi}{2} \\right)", answer(warehouse, "Convert the point $(0,3)$ in"));
  }

  private Warehouse warehouse() {
    return Warehouse.open(spark, folder.resolve("warehouse").toString());
  }

  private static List<ImportReport> importWith(
      Warehouse warehouse, String runFile, List<String> settings) {
    RunConfig config =
        RunFile.load(Optional.of(beside("conf").orElseThrow().resolve(runFile)), settings);
    var reports = PromptImport.importAll(spark, warehouse, config, TYPES);
    reports.forEach(report -> report.lines().forEach(System.out::println));
    return reports;
  }

  private static String answer(Warehouse warehouse, String start) {
    List<Row> rows =
        warehouse
            .read(Prompts.TABLE)
            .where(functions.col(Prompts.TEXT_OF_PROMPT).startsWith(start))
            .collectAsList();
    assertEquals(1, rows.size(), start);
    return rows.get(0).getAs(Prompts.ANSWER);
  }

  /** A folder in the working folder or in one above it. */
  private static Optional<Path> beside(String name) {
    for (var at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      if (Files.isDirectory(at.resolve(name))) {
        return Optional.of(at.resolve(name));
      }
    }
    return Optional.empty();
  }
}
