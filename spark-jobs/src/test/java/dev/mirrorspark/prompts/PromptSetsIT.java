package dev.mirrorspark.prompts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.Warehouse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PromptSetsIT {
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
  void generatesOnceAndKeepsWhatIsThere() {
    assertEquals(100, PromptSets.generate(warehouse, config("a", 50, 1, List.of())));
    assertEquals(0, PromptSets.generate(warehouse, config("a", 50, 1, List.of())));
    var rows = warehouse.read(Prompts.TABLE);
    assertEquals(100, rows.count());
    assertEquals(100, rows.select(Prompts.PROMPT_ID).distinct().count());
    assertEquals(20, rows.where("split = 'warmup' AND solution IS NOT NULL").count());
    assertEquals(80, rows.where("split <> 'warmup' AND solution IS NULL").count());
    assertEquals(100, PromptSets.generate(warehouse, config("b", 50, 1, List.of())));
    assertEquals(100, rows(Prompts.PROMPT_ID), "the same problems have the same ids in each set");
  }

  @Test
  void refusesASetThatWasGeneratedOtherwise() {
    PromptSets.generate(warehouse, config("a", 50, 1, List.of()));
    var error =
        assertThrows(
            UserError.class, () -> PromptSets.generate(warehouse, config("a", 51, 1, List.of())));
    assertEquals(
        "prompts.dataset 'a' holds problems generated from chain 4-5 x 1.0; train 50, heldout 30,"
            + " warmup 20; seed 1; this run asks for chain 4-5 x 1.0; train 51, heldout 30,"
            + " warmup 20; seed 1: give prompts.dataset another name",
        error.getMessage());
    assertEquals(100, warehouse.read(Prompts.TABLE).count());
  }

  @Test
  void generatedAndImportedProblemsShareNoText() throws IOException {
    PromptSets.generate(warehouse, config("a", 50, 1, List.of()));
    var heldout = warehouse.read(Prompts.TABLE).where("split = 'heldout'").collectAsList().get(0);
    var file = folder.resolve("mine.jsonl");
    Files.writeString(
        file,
        """
        {"prompt": "%s", "answer": "3"}
        {"prompt": "another", "answer": "3"}
        """
            .formatted(heldout.<String>getAs(Prompts.TEXT_OF_PROMPT)));
    var source = new RunConfig.Import(file.toString(), "", "train", "", "text", Map.of(), "none");
    var config = config("a", 50, 1, List.of(source));
    var report = PromptImport.importAll(spark, warehouse, config, Set.of("text")).get(0);
    assertEquals(1, report.kept());
    assertEquals(
        "the same problem as generated: chain 4-5 x 1.0; train 50, heldout 30, warmup 20; seed 1",
        report.rejected().get(0).reason());

    PromptImport.importAll(spark, warehouse, config("b", 50, 1, List.of(source)), Set.of("text"));
    PromptSets.generate(warehouse, config("b", 50, 1, List.of()));
    var b = warehouse.read(Prompts.TABLE).where("dataset = 'b'");
    assertEquals(102, b.count());
    assertEquals(102, b.select(Prompts.TEXT_OF_PROMPT).distinct().count());
  }

  private long rows(String column) {
    return warehouse.read(Prompts.TABLE).select(column).distinct().count();
  }

  private static RunConfig config(
      String dataset, int train, long seed, List<RunConfig.Import> imports) {
    var generators = List.of(new RunConfig.Generator("chain", 4, 5, 1));
    return Configs.of(seed, new RunConfig.Prompts(dataset, generators, train, 30, 20, 0, imports));
  }
}
