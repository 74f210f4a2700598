package dev.mirrorspark.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.decode.LocalSpark;
import dev.mirrorspark.model.ModelConfigJson;
import dev.mirrorspark.prompts.PromptSets;
import dev.mirrorspark.report.Progress;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.Warehouse;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A policy whose context is raised in stages, and an iteration beyond what it began with. */
class LongContextIT {
  @TempDir private static Path folder;
  private static SparkSession spark;

  @BeforeAll
  static void open() {
    spark = LocalSpark.open();
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  @Test
  void theLastStagesShapeIsThePolicysAndTheLoopGoesOnWithIt() throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("long.yaml"),
            """
            run: long
            warehouse: %s/warehouse
            init: {hidden: 16, layers: 1, heads: 2, kv_heads: 1, intermediate: 32, max_positions: 48}
            prompts:
              dataset: long
              generators:
                - {name: needle, min_level: 10, max_level: 19}
                - {name: automaton, min_level: 1, max_level: 3}
              train: 12
              heldout: 4
              warmup: 20
            sft:
              epochs: 1
              examples_per_step: 8
              stages:
                - {context: 160, rope_theta: 40000, long_share: 0.4, learning_rate: 1.0e-3,
                   final_learning_rate: 1.0e-4}
            rollout: {slots: 8, max_tokens: 12}
            train: {iterations: 1, prompts_per_iteration: 12, samples: 2, minibatches: 1}
            update: {micro_batch_tokens: 256, spread_above: 100, recompute: true}
            """
                .formatted(folder));
    var config = RunFile.load(Optional.of(file), List.of());
    var printed = new ByteArrayOutputStream();
    var progress =
        Progress.terminal(new PrintStream(printed, true, StandardCharsets.UTF_8), false, 200);
    var session = new Session(spark, Warehouse.open(spark, config.warehouse()), config, progress);
    PromptSets.generate(session.warehouse(), config);
    assertEquals(36, session.warehouse().read(Prompts.TABLE).count());
    var policy = SftRun.run(session);
    var shape = ModelConfigJson.read(Path.of(policy.checkpoint(), "config.json"));
    assertEquals(160, shape.maxPositions());
    assertEquals(4e4, shape.rope().theta());
    String tokenizer = Files.readString(Path.of(policy.checkpoint(), "tokenizer_config.json"));
    assertTrue(tokenizer.matches("(?s).*\"model_max_length\"\\s*:\\s*160\\b.*"), tokenizer);
    TrainingRun.run(session);
    String said = printed.toString(StandardCharsets.UTF_8);
    assertTrue(!said.contains("is left out"), "all problems fit by now: " + said);
    var trained = PolicyVersions.all(session).get(2);
    assertEquals(shape, ModelConfigJson.read(Path.of(trained.checkpoint(), "config.json")));
  }
}
