package dev.mirrorspark.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.decode.LocalSpark;
import dev.mirrorspark.prompts.PromptImport;
import dev.mirrorspark.report.Progress;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.Trajectories;
import dev.mirrorspark.table.Warehouse;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Problems that do not fit the policy's context of 48 tokens. */
class LongProblemsIT {
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
  void aProblemThatFillsTheContextIsNamedAndTheRunGoesOn() throws Exception {
    TinyRun.write(folder);
    Path train = folder.resolve("train.jsonl");
    String problem = "{\"prompt\": \"%s?\", \"answer\": \"1\"}\n".formatted("t=1".repeat(20));
    Files.writeString(train, Files.readString(train) + problem);
    Path warmup = folder.resolve("warmup.jsonl");
    String example =
        "{\"prompt\": \"w=100;?\", \"answer\": \"1\", \"solution\": \"%s#1\"}\n"
            .formatted("a;".repeat(30));
    Files.writeString(warmup, Files.readString(warmup) + example);
    var config =
        TinyRun.config(
            folder, "train.prompts_per_iteration=8", "train.iterations=2", "train.samples=2");
    var printed = new ByteArrayOutputStream();
    var progress =
        Progress.terminal(new PrintStream(printed, true, StandardCharsets.UTF_8), false, 200);
    var session = new Session(spark, Warehouse.open(spark, config.warehouse()), config, progress);
    PromptImport.importAll(spark, session.warehouse(), config, Set.of("integer"));
    SftRun.run(session);
    TrainingRun.run(session);
    String said = printed.toString(StandardCharsets.UTF_8);
    assertTrue(
        said.contains("train.jsonl:17) is left out: it has 62 tokens, the policy's context is 48"),
        said);
    assertTrue(
        said.contains("is left out: prompt and solution have 71 tokens, the model takes 48"), said);
    var sampled = session.warehouse().read(Trajectories.TABLE).select(Prompts.PROMPT_ID).distinct();
    assertEquals(16, sampled.count(), "each of the others, once in two iterations");
    var longResponses = TinyRun.config(folder, "rollout.max_tokens=48", "run=other");
    var other = new Session(spark, session.warehouse(), longResponses, progress);
    var error = assertThrows(UserError.class, () -> TrainingRun.run(other));
    assertTrue(error.getMessage().startsWith("rollout.max_tokens = 48: "), error.getMessage());
  }
}
