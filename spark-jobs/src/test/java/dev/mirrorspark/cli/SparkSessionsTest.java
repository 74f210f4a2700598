package dev.mirrorspark.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SparkSessionsTest {
  private static final String DELTA = "io.delta.sql.DeltaSparkSessionExtension";

  /** What suits one machine, and would make a cluster score with two tasks. */
  private static final Set<String> OF_ONE_MACHINE =
      Set.of(
          "spark.sql.shuffle.partitions",
          "spark.sql.adaptive.enabled",
          "spark.ui.enabled",
          "spark.ui.retainedJobs",
          "spark.sql.ui.retainedExecutions",
          "spark.sql.codegen.wholeStage",
          "spark.sql.codegen.factoryMode",
          "spark.databricks.delta.snapshotPartitions",
          "spark.hadoop.fs.file.impl",
          "spark.hadoop.fs.AbstractFileSystem.file.impl");

  @ParameterizedTest
  @ValueSource(strings = {"local", "local[2]", "local[*,4]"})
  void oneMachineHasSettingsForSmallCommits(String master) {
    var settings = SparkSessions.settings(master, Map.of(), true);
    assertTrue(settings.keySet().containsAll(OF_ONE_MACHINE), settings.toString());
    assertEquals("2", settings.get("spark.sql.shuffle.partitions"));
    assertEquals("false", settings.get("spark.ui.enabled"));
    assertEquals(DELTA, settings.get("spark.sql.extensions"));
    assertFalse(
        SparkSessions.settings(master, Map.of(), false)
            .containsKey("spark.sql.codegen.wholeStage"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"yarn", "spark://h:7077", "k8s://https://h", "local-cluster[2,1,1024]"})
  void aClusterKeepsSparksOwnDefaults(String master) {
    for (boolean fewRows : List.of(true, false)) {
      var settings = SparkSessions.settings(master, Map.of(), fewRows);
      OF_ONE_MACHINE.forEach(key -> assertFalse(settings.containsKey(key), key));
      assertEquals(DELTA, settings.get("spark.sql.extensions"));
      assertTrue(settings.containsKey("spark.sql.catalog.spark_catalog"));
    }
  }

  @Test
  void whatTheUserSetStands() {
    var given =
        Map.of(
            "spark.sql.shuffle.partitions", "64",
            "spark.ui.enabled", "true",
            "spark.sql.codegen.wholeStage", "true",
            "spark.executor.heartbeatInterval", "5s",
            "spark.sql.extensions", "my.Extension");
    var settings = SparkSessions.settings("local[*]", given, true);
    assertEquals("my.Extension," + DELTA, settings.get("spark.sql.extensions"));
    given.keySet().stream()
        .filter(key -> !key.equals("spark.sql.extensions"))
        .forEach(key -> assertFalse(settings.containsKey(key), key));
    assertFalse(settings.containsKey("spark.ui.retainedJobs"), "the UI shows all");
    assertFalse(
        SparkSessions.settings("yarn", Map.of("spark.sql.extensions", "a," + DELTA), false)
            .containsKey("spark.sql.extensions"));
  }
}
