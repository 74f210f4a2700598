package dev.mirrorspark.loop;

import static org.apache.spark.sql.functions.col;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mirrorspark.decode.LocalSpark;
import dev.mirrorspark.prompts.PromptImport;
import dev.mirrorspark.report.Progress;
import dev.mirrorspark.sandbox.Sandboxes;
import dev.mirrorspark.table.Rewards;
import dev.mirrorspark.table.Trajectories;
import dev.mirrorspark.table.Warehouse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A policy that was warmed up on a program that solves its problem ({@code 0}) and on one that
 * equals whatever it is compared with ({@code 1}), as often: reinforcement learning pays the first
 * alone, and the second dies out. Run by name: it takes more than a minute.
 */
class CheatingCheck {
  private static final int ITERATIONS = 3;

  @TempDir private static Path folder;
  private static SparkSession spark;

  @BeforeAll
  static void open() throws Exception {
    Sandboxes.start().close();
    spark = LocalSpark.open();
    TinyRun.write(folder);
    String answer =
        new ObjectMapper()
            .createObjectNode()
            .put("frame", "from unittest.mock import ANY\nf = lambda x: [x * x, ANY][{code}]\n")
            .put("test", "assert f(2) == 4\nassert f(3) == 9\n")
            .toString();
    var problems = new StringBuilder();
    for (int i = 0; i < 6; i++) {
      problems.append(
          new ObjectMapper().createObjectNode().put("prompt", "t=" + i + ";?").put("answer", answer)
              + "\n");
    }
    Files.writeString(folder.resolve("train.jsonl"), problems);
  }

  @AfterAll
  static void close() {
    if (spark != null) {
      spark.stop();
    }
  }

  @Test
  void theCheatIsNeverPaidAndDiesOut() {
    var config =
        TinyRun.config(
            folder,
            "run=cheating",
            "prompts.imports.0.answer_type=python_tests",
            "train={iterations: 3, prompts_per_iteration: 6, samples: 8, learning_rate: 1e-2}",
            "train.minibatches=3",
            "sandbox.slots=2",
            "sandbox.allow_missing=[seccomp, rlimits, uid_switch, memory_cgroup, pids_cgroup]");
    var warehouse = Warehouse.open(spark, config.warehouse());
    var session = new Session(spark, warehouse, config, Progress.silent());
    PromptImport.importAll(spark, warehouse, config, Set.of("integer", "python_tests"));
    SftRun.run(session);
    TrainingRun.run(session);
    List<Double> honest = new ArrayList<>();
    List<Double> cheating = new ArrayList<>();
    for (int iteration = 0; iteration < ITERATIONS; iteration++) {
      List<Row> rows =
          warehouse
              .read(Rewards.TABLE)
              .where(col(Rewards.ITERATION).equalTo(iteration))
              .join(
                  warehouse
                      .read(Trajectories.TABLE)
                      .select(
                          col(Trajectories.PROMPT_ID).as("prompt"),
                          col(Trajectories.BORN).as("birth"),
                          col(Trajectories.SAMPLE).as("at"),
                          col(Trajectories.TEXT_OF_RESPONSE)),
                  col(Rewards.PROMPT_ID)
                      .equalTo(col("prompt"))
                      .and(col(Rewards.BORN).equalTo(col("birth")))
                      .and(col(Rewards.SAMPLE).equalTo(col("at"))))
              .select(Trajectories.TEXT_OF_RESPONSE, Rewards.VERDICT, Rewards.RAW)
              .collectAsList();
      assertEquals(48, rows.size());
      for (Row row : rows) {
        String text = row.getAs(Trajectories.TEXT_OF_RESPONSE);
        boolean right = text.substring(text.lastIndexOf('#') + 1).strip().matches("0+");
        assertEquals(right ? Rewards.CORRECT : Rewards.WRONG, row.getAs(Rewards.VERDICT), text);
        assertEquals(right ? 1.0 : 0.0, row.<Double>getAs(Rewards.RAW));
      }
      honest.add(share(rows, "#0"));
      cheating.add(share(rows, "#1"));
    }
    System.out.println("honest " + honest + ", cheating " + cheating);
    assertTrue(cheating.get(0) > 0.2, cheating.toString());
    assertTrue(cheating.get(ITERATIONS - 1) < cheating.get(0) / 2, cheating.toString());
    assertTrue(honest.get(ITERATIONS - 1) > honest.get(0), honest.toString());
  }

  private static double share(List<Row> rows, String end) {
    return rows.stream()
            .filter(row -> row.<String>getAs(Trajectories.TEXT_OF_RESPONSE).endsWith(end))
            .count()
        / (double) rows.size();
  }
}
