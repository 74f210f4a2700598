package dev.mirrorspark.experiment;

import static org.apache.spark.sql.functions.col;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.Long2ShortFile;
import dev.mirrorspark.decode.LocalSpark;
import dev.mirrorspark.loop.Session;
import dev.mirrorspark.loop.TinyRun;
import dev.mirrorspark.report.Progress;
import dev.mirrorspark.table.Evals;
import dev.mirrorspark.table.Policies;
import dev.mirrorspark.table.Policies.Method;
import dev.mirrorspark.table.Policies.Policy;
import dev.mirrorspark.table.TableSchema;
import dev.mirrorspark.table.Warehouse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.imageio.ImageIO;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A long2short file on real Spark and Delta, run twice. */
class Long2ShortRunIT {
  @TempDir private Path folder;

  @Test
  void runsEveryMethodOnceAndReports() throws IOException {
    TinyRun.write(folder);
    Path path =
        Files.writeString(
            folder.resolve("file.yaml"),
            """
            name: t
            base: tiny.yaml
            warehouse: %s/w
            seeds: [1]
            set: {train.iterations: 0}
            short_model: {from: long, set: {sft.epochs: 1}}
            methods:
              - {name: m, method: merge, from: [long, short]}
              - {name: s, method: shortest, from: [m]}
              - {name: r, method: rl, from: [best], set: {train.iterations: 1, rollout.max_tokens: 6}}
            """
                .formatted(folder));
    var file = Long2ShortFile.load(path, List.of());
    try (SparkSession spark = LocalSpark.open()) {
      var common = file.common();
      var warehouse = Warehouse.open(spark, common.warehouse());
      var session = new Session(spark, warehouse, common, Progress.silent());
      Long2ShortRun.run(session, file, config -> Set.of("integer"));
      long versions = warehouse.version(Policies.TABLE);
      Long2ShortRun.run(session, file, config -> Set.of("integer"));
      assertEquals(versions, warehouse.version(Policies.TABLE), "nothing is done twice");

      var merged = policies(warehouse, "t-m-seed-1");
      var longRun = policies(warehouse, "t-long-seed-1");
      assertEquals(longRun.get(1).sha256(), policies(warehouse, "t-short-seed-1").get(0).sha256());
      assertEquals(longRun.get(1).sha256(), merged.get(0).parents().get(0).sha256());
      var shortest = policies(warehouse, "t-s-seed-1");
      assertEquals(merged.get(0).sha256(), shortest.get(0).sha256());
      assertEquals(Optional.of(Method.SHORTEST), shortest.get(1).method());
      assertEquals(2, policies(warehouse, "t-r-seed-1").size());
      long evaluated =
          warehouse
              .read(Evals.TABLE)
              .where(col(Evals.LEVEL).isNull().and(col(Evals.DOMAIN).isNull()))
              .count();
      assertEquals(10, evaluated, "five models, greedy and sampled");

      Long2ShortReport.write(session, file);
    }
    Path report = folder.resolve("w/long2short/t");
    String page = Files.readString(report.resolve(Long2ShortReport.PAGE));
    for (String name : List.of("long", "short", "m", "s", "r")) {
      assertTrue(page.contains("| " + name + " "), page);
    }
    assertTrue(ImageIO.read(report.resolve("trade-off.png").toFile()).getWidth() > 500);
  }

  private static List<Policy> policies(Warehouse warehouse, String run) {
    return warehouse
        .read(Policies.TABLE)
        .where(col(TableSchema.RUN).equalTo(run))
        .orderBy(Policies.VERSION)
        .collectAsList()
        .stream()
        .map(Policy::from)
        .toList();
  }
}
