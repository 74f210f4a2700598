package dev.mirrorspark.rapids;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.spark.sql.SparkSession;

/**
 * What Spark RAPIDS took of the plans of the SQL stages when {@code ./submit/rapids-check --parts}
 * asked it last: the tests of the stages hold every query that they run to it.
 */
public final class GpuParts {
  private static final Path LIST = Path.of("src/test/resources/gpu-parts.txt");

  private final StagePlans plans;

  private GpuParts(StagePlans plans) {
    this.plans = plans;
  }

  /** Looks at all that a new session plans from now on. */
  public static GpuParts beside(SparkSession spark) {
    return new GpuParts(StagePlans.beside(spark));
  }

  public SparkSession session() {
    return plans.session();
  }

  /**
   * Fails on an operator or expression that is not known to run on a GPU, and names the query.
   *
   * @param stages that must have run a query
   */
  public void requireKnown(String... stages) {
    try {
      Set<String> known = new TreeSet<>(Files.readAllLines(LIST));
      Map<String, Set<String>> unknown = new TreeMap<>();
      Set<String> seen = new TreeSet<>();
      for (var query : plans.queries()) {
        if (RapidsCheck.STAGES.contains(query.stage())) {
          seen.add(query.stage());
          Set<String> parts = new TreeSet<>(PlanParts.of(query.plan()));
          parts.removeAll(known);
          if (!parts.isEmpty()) {
            unknown
                .computeIfAbsent(query.stage() + " " + query.place(), place -> new TreeSet<>())
                .addAll(parts);
          }
        }
      }
      assertTrue(seen.containsAll(Set.of(stages)), seen.toString());
      assertEquals(
          Map.of(),
          unknown,
          "not known to run on a GPU: see docs/rapids.md, ./submit/rapids-check");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
