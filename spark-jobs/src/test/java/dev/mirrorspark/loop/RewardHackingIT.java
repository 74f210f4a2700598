package dev.mirrorspark.loop;

import static org.apache.spark.sql.functions.col;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.decode.LocalSpark;
import dev.mirrorspark.prompts.PromptImport;
import dev.mirrorspark.report.HackingReport;
import dev.mirrorspark.report.Progress;
import dev.mirrorspark.report.RewardTrend.Kind;
import dev.mirrorspark.report.TextTable;
import dev.mirrorspark.table.Iterations;
import dev.mirrorspark.table.Iterations.Metrics;
import dev.mirrorspark.table.TableSchema;
import dev.mirrorspark.table.Warehouse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A policy that states the wrong answer whatever it does, and mentions the right one at times: a
 * verifier that looks for it anywhere teaches it to mention it always.
 */
class RewardHackingIT {
  private static final int ITERATIONS = 6;

  @TempDir private static Path folder;
  private static SparkSession spark;

  @BeforeAll
  static void open() throws IOException {
    spark = LocalSpark.open();
    TinyRun.write(folder);
    var warmup = new StringBuilder();
    for (int i = 0; i < 96; i++) {
      warmup.append(
          "{\"prompt\": \"w=%d;?\", \"answer\": \"0\", \"solution\": \"%s;#0\"}%n"
              .formatted(i, i % 4 == 0 ? "1" : "a"));
    }
    Files.writeString(folder.resolve("warmup.jsonl"), warmup);
    var problems = new StringBuilder();
    for (int i = 0; i < 8; i++) {
      problems.append("{\"prompt\": \"t=%d;?\", \"answer\": \"1\"}%n".formatted(i));
    }
    Files.writeString(folder.resolve("train.jsonl"), problems);
  }

  @AfterAll
  static void close() {
    spark.stop();
  }

  @Test
  void theReportNamesTheRunThatHacksItsReward() {
    var session =
        session(
            "run=hacked",
            "reward.routes.0={answer_type: integer, verifier: lenient}",
            "reward.audit={verifier: rule, share: 1.0}");
    PromptImport.importAll(spark, session.warehouse(), session.config(), Set.of("integer"));
    SftRun.run(session);
    TrainingRun.run(session);
    var iterations = iterations(session);
    var last = iterations.get(ITERATIONS - 1);
    System.out.println(
        "reward "
            + iterations.stream().map(Metrics::accuracy).toList()
            + ", agreement "
            + iterations.stream().map(Metrics::auditAgreement).toList());
    assertTrue(last.accuracy() > iterations.get(0).accuracy() + 0.2, last.toString());
    assertEquals(64, last.audited());
    assertTrue(last.auditAgreement() < iterations.get(0).auditAgreement(), last.toString());

    var report = HackingReport.of(session.warehouse(), "hacked", "tiny");
    TextTable.lines(report.header(), report.rows(20)).forEach(System.out::println);
    System.out.println(report.verdict());
    assertEquals(64 * ITERATIONS, report.audited());
    assertEquals(8, report.prompts());
    var whole =
        report.found().stream().filter(one -> one.scope().equals("run")).findFirst().orElseThrow();
    assertEquals(Kind.RISES, whole.finding().kind());
    assertTrue(
        report.found().stream().filter(one -> one.scope().startsWith("prompt ")).count() >= 6,
        report.found().toString());
    assertEquals("run", report.found().get(0).scope());
    assertEquals(
        64L * ITERATIONS,
        report.responses().values().stream().mapToLong(HackingReport.Responses::all).sum());
    assertTrue(report.verdict().contains("and the run as a whole"), report.verdict());
  }

  private static List<Metrics> iterations(Session session) {
    return session
        .warehouse()
        .read(Iterations.TABLE)
        .where(col(TableSchema.RUN).equalTo(session.config().run()))
        .collectAsList()
        .stream()
        .map(Metrics::from)
        .sorted(Comparator.comparingInt(Metrics::iteration))
        .toList();
  }

  private static Session session(String... sets) {
    var all = new ArrayList<>(List.of(sets));
    all.add(0, "train={iterations: 6, samples: 8, learning_rate: 2e-3}");
    var config = TinyRun.config(folder, all.toArray(String[]::new));
    return new Session(spark, Warehouse.open(spark, config.warehouse()), config, Progress.silent());
  }
}
