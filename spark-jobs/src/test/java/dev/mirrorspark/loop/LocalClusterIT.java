package dev.mirrorspark.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mirrorspark.decode.LocalSpark;
import dev.mirrorspark.prompts.PromptImport;
import dev.mirrorspark.report.Progress;
import dev.mirrorspark.report.TableComparison;
import dev.mirrorspark.table.Warehouse;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * The launcher runs the same run as this JVM does alone on a standalone cluster of a master and two
 * workers, where each worker offers a GPU by name alone, and with three executor JVMs of its own.
 */
class LocalClusterIT {
  private static final Path LAUNCHER = Path.of("../submit/mirrorspark");
  private static final Path STANDALONE = Path.of("../submit/standalone");
  private static final String FAST = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC";
  private static final Pattern GIVEN =
      Pattern.compile("stage \\d+ partition \\d+: (cuda:\\S+) is pretended");

  @TempDir private static Path folder;
  private static SparkSession spark;
  private static TableComparison.Side alone;

  @BeforeAll
  static void runAlone() throws Exception {
    spark = LocalSpark.open();
    TinyRun.write(folder);
    var session = session("alone");
    Quickstart.run(session);
    alone = side(session);
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  @Test
  @EnabledIfSystemProperty(
      named = "mirrorspark.clusters",
      matches = "all",
      disabledReason = "the standalone cluster has two executors")
  void threeExecutorsDoTheSameAsOneProcess() throws Exception {
    var spread =
        quickstart(
            "spread",
            "local-cluster[3,1,1024]",
            List.of(
                "--conf",
                "spark.sql.shuffle.partitions=2",
                "--conf",
                "spark.executor.extraJavaOptions=" + FAST));
    var comparison = TableComparison.of(alone, spread);
    assertEquals(List.of(), comparison.differences());
    assertTrue(
        comparison.rows().contains(List.of("iterations", "1", "1", "equal")),
        comparison.rows().toString());
  }

  @Test
  void standaloneWorkersDoTheSameAndTheirGpusGoToTasksWithThePolicy() throws Exception {
    Path cluster = folder.resolve("cluster");
    Path events = Files.createDirectories(folder.resolve("events"));
    var process = standalone(cluster);
    try {
      String master = master(process);
      List<String> gpus =
          List.of(
              "--executor-memory",
              "700m",
              "--conf",
              "spark.sql.shuffle.partitions=2",
              "--conf",
              "spark.executor.resource.gpu.amount=1");
      List<String> pretended = new ArrayList<>(gpus);
      pretended.addAll(
          List.of(
              "--conf",
              "spark.executor.extraJavaOptions=-Dmirrorspark.gpus=pretended " + FAST,
              "--conf",
              "spark.eventLog.enabled=true",
              "--conf",
              "spark.eventLog.dir=" + events.toUri()));
      var spread = quickstart("standalone", master, pretended, "model.device=cuda");
      var differences = new ArrayList<>(TableComparison.of(alone, spread).differences());
      differences.removeIf(line -> line.startsWith("runs: ")); // its settings name the device
      assertEquals(List.of(), differences);
      assertEquals(Set.of("cuda:north", "cuda:south"), given(cluster));
      assertWhoAskedForGpus(events);
    } finally {
      process.destroy();
      assertTrue(process.waitFor(1, TimeUnit.MINUTES), "the cluster stops");
    }
  }

  /** Stages of decoding and of training ask for a GPU, and no other. */
  private static void assertWhoAskedForGpus(Path events) throws IOException {
    Set<String> withGpu = new TreeSet<>();
    Set<String> without = new TreeSet<>();
    Set<Integer> profiles = new TreeSet<>();
    var json = new ObjectMapper();
    try (var files = Files.list(events)) {
      for (String line : Files.readAllLines(files.findFirst().orElseThrow())) {
        JsonNode event = json.readTree(line);
        switch (event.path("Event").asText()) {
          case "SparkListenerResourceProfileAdded" -> {
            if (event.path("Task Resource Requests").has("gpu")) {
              assertTrue(event.path("Executor Resource Requests").isEmpty(), line);
              profiles.add(event.path("Resource Profile Id").asInt());
            }
          }
          case "SparkListenerStageSubmitted" -> {
            JsonNode stage = event.path("Stage Info");
            String place = stage.path("Stage Name").asText().replaceFirst(":\\d+$", "");
            boolean gpu = profiles.contains(stage.path("Resource Profile Id").asInt());
            (gpu ? withGpu : without).add(place);
          }
          default -> {
            // of no interest
          }
        }
      }
    }
    assertEquals(1, profiles.size(), "one profile serves all jobs");
    // The rollout's stage ends with the write of its rows, as the score's does, which has no GPU.
    assertEquals(
        Set.of(
            "coalesce at TrainPhase.java",
            "collect at EvalStage.java",
            "writeFiles at OwnDeltaLog.java"),
        withGpu);
    assertFalse(without.contains("coalesce at TrainPhase.java"));
    assertTrue(without.contains("writeFiles at OwnDeltaLog.java"), without.toString());
    assertTrue(without.contains("javaRDD at ScoreStage.java"), without.toString());
  }

  /** The devices that executors were given, by their logs. */
  private static Set<String> given(Path cluster) throws IOException {
    Set<String> devices = new TreeSet<>();
    try (var files = Files.walk(cluster.resolve("work"))) {
      for (Path log : files.filter(file -> file.endsWith("stderr")).toList()) {
        Set<String> ofExecutor = new TreeSet<>();
        var found = GIVEN.matcher(Files.readString(log));
        while (found.find()) {
          ofExecutor.add(found.group(1));
        }
        assertTrue(ofExecutor.size() <= 1, "one executor, one GPU: " + ofExecutor);
        devices.addAll(ofExecutor);
      }
    }
    return devices;
  }

  private static Process standalone(Path cluster) throws IOException {
    var builder =
        new ProcessBuilder(
                STANDALONE.toString(),
                "--port",
                "0",
                "--folder",
                cluster.toString(),
                "--gpus",
                "north;south")
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    clear(builder);
    return builder.start();
  }

  private static String master(Process cluster) throws IOException {
    var output =
        new BufferedReader(new InputStreamReader(cluster.getInputStream(), StandardCharsets.UTF_8));
    String line = output.readLine();
    assertTrue(line != null && line.startsWith("master spark://"), line);
    return line.substring("master ".length());
  }

  private static TableComparison.Side quickstart(
      String name, String master, List<String> options, String... sets) throws Exception {
    var session = session(name);
    Path output = folder.resolve(name + ".txt");
    assertEquals(0, start(name, output, master, options, sets), Files.readString(output));
    return side(session);
  }

  private static Session session(String name) {
    var config = TinyRun.config(folder, "warehouse=" + folder.resolve(name), "train.iterations=1");
    var warehouse = Warehouse.open(spark, config.warehouse());
    PromptImport.importAll(spark, warehouse, config, Set.of("integer"));
    return new Session(spark, warehouse, config, Progress.silent());
  }

  private static TableComparison.Side side(Session session) {
    var config = session.config();
    return new TableComparison.Side(session.warehouse(), config.run(), config.prompts().dataset());
  }

  /** The exit code of a quickstart of one iteration in that warehouse. */
  private static int start(
      String name, Path output, String master, List<String> options, String... sets)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(LAUNCHER.toString(), "--master", master));
    command.addAll(options);
    command.addAll(List.of("quickstart", "--config", folder.resolve("tiny.yaml").toString()));
    command.addAll(List.of("--set", "warehouse=" + folder.resolve(name)));
    command.addAll(List.of("--set", "train.iterations=1"));
    for (String set : sets) {
      command.addAll(List.of("--set", set));
    }
    var builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
    clear(builder);
    var process = builder.start();
    try {
      assertTrue(process.waitFor(5, TimeUnit.MINUTES), Files.readString(output));
      return process.exitValue();
    } finally {
      process.destroyForcibly();
    }
  }

  private static void clear(ProcessBuilder builder) {
    var environment = builder.environment();
    environment.keySet().removeIf(variable -> variable.matches("(SPARK|MIRRORSPARK)_.*"));
    environment.put("MIRRORSPARK_LOG_DIR", folder.resolve("logs").toString());
    environment.put("MIRRORSPARK_DRIVER_MEMORY", "1g");
    environment.put("MIRRORSPARK_CLASS_ARCHIVE", "off"); // making it costs more than two starts
    environment.put("MIRRORSPARK_JAVA_OPTIONS", FAST);
  }
}
