package dev.mirrorspark.rapids;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.spark.sql.SparkSession;

/**
 * Holds the SQL stages to the outcome of {@code submit/rapids-check}: nothing is off the GPU but
 * Delta's own scan and write, cached rows, and the way of rows to Java and back.
 *
 * <p>Spark RAPIDS is 600 MB and not there in most builds. What it takes, part by part, stands in
 * {@code gpu-parts.txt}, and a plan with a part that is not there fails. Where RAPIDS is on the
 * class path it is asked of every plan instead, and {@code -Dmirrorspark.rapids.parts=FILE} adds to
 * that file what it takes (docs/rapids.md).
 */
public final class GpuParts {
  private static final String FILE = "gpu-parts.txt";

  private GpuParts() {}

  /** Listens to a new session that has what conf/rapids.conf says of SQL. */
  public static StagePlans beside(SparkSession spark) {
    var plans = StagePlans.beside(spark);
    settings(plans.session()); // before it caches, since cached plans keep settings of their own
    return plans;
  }

  /** Looks at all plans of the SQL stages, those of tests aside, and stops the session. */
  public static void checkAndStop(StagePlans plans) {
    try {
      check(plans);
    } finally {
      plans.session().stop();
    }
  }

  private static void check(StagePlans plans) {
    var queries =
        plans.queries().stream()
            .filter(query -> RapidsCheck.STAGES.contains(query.stage()))
            .filter(query -> !query.place().matches("\\w+(IT|Rows)\\.java:.*"))
            .toList();
    assertEquals(
        Set.of(),
        present() ? offByRapids(plans.session(), queries) : unknown(queries),
        "Spark RAPIDS is not known to take these: ask it, see docs/rapids.md");
  }

  private static boolean present() {
    return GpuParts.class.getResource("/com/nvidia/spark/SQLPlugin.class") != null;
  }

  private static Set<String> unknown(List<StagePlans.Query> queries) {
    Set<String> known = known();
    Set<String> unknown = new TreeSet<>();
    for (var query : queries) {
      for (String part : PlanParts.of(query.plan())) {
        if (!known.contains(part)) {
          unknown.add(query.stage() + ", " + query.place() + ": " + part);
        }
      }
    }
    return unknown;
  }

  private static Set<String> known() {
    try (InputStream file = GpuParts.class.getResourceAsStream(FILE)) {
      return Set.copyOf(new String(file.readAllBytes(), StandardCharsets.UTF_8).lines().toList());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void settings(SparkSession spark) {
    try {
      Files.readString(Path.of("../conf/rapids.conf"))
          .lines()
          .filter(line -> line.startsWith("spark.rapids.sql."))
          .map(line -> line.split("\\s+", 2))
          .forEach(setting -> spark.conf().set(setting[0], setting[1]));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Set<String> offByRapids(SparkSession spark, List<StagePlans.Query> queries) {
    Set<String> off = new TreeSet<>();
    Set<String> parts = new TreeSet<>();
    Set<Object> seen = new HashSet<>();
    for (var query : queries) {
      if (seen.add(query.place() + query.plan().canonicalized())) {
        var gpu = GpuPlan.of(spark, query.plan());
        gpu.verdicts().stream()
            .filter(RapidsCheck::counts)
            .forEach(v -> off.add(query.place() + ": " + v.name() + " " + v.said()));
        parts.addAll(gpu.parts());
      }
    }
    String file = System.getProperty("mirrorspark.rapids.parts");
    if (file != null && off.isEmpty()) {
      try {
        Files.write(Path.of(file), parts, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return off;
  }
}
