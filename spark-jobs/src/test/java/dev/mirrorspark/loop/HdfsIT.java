package dev.mirrorspark.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.decode.LocalSpark;
import dev.mirrorspark.files.HdfsProcess;
import dev.mirrorspark.files.Storage;
import dev.mirrorspark.files.StorageContract;
import dev.mirrorspark.model.ModelFolder;
import dev.mirrorspark.model.TextTokenizer;
import dev.mirrorspark.table.Policies.Policy;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tables, checkpoints and the trainer's files on a real HDFS. */
class HdfsIT {
  @TempDir private static Path folder;
  private static HdfsProcess hdfs;
  private static SparkSession spark;

  @BeforeAll
  static void start() throws Exception {
    hdfs = HdfsProcess.start(folder);
    TinyRun.write(folder);
    spark = LocalSpark.open();
  }

  @AfterAll
  static void stop() throws Exception {
    spark.stop();
    hdfs.close();
  }

  @Test
  void filesAreReadAndWritten() throws Exception {
    StorageContract.check(storage(), hdfs.address() + "/contract");
  }

  private static Storage storage() {
    return Storage.of(spark.sessionState().newHadoopConf());
  }

  @Test
  void aRunThatIsKilledGoesOnAndItsModelIsTheStartOfAnother() throws Exception {
    String warehouse = hdfs.address() + "/wh";
    assertEquals(137, killed("policies:0", warehouse), () -> log());
    Session session =
        HdfsRun.session(spark, folder, "warehouse=" + warehouse, "train.iterations=1");
    assertEquals(3, PolicyVersions.all(session).size());
    assertEquals(0, TrainingRun.finished(session));
    HdfsRun.run(session);
    assertEquals(1, TrainingRun.finished(session));
    List<Policy> policies = PolicyVersions.all(session);
    for (Policy policy : policies) {
      assertTrue(policy.checkpoint().startsWith(warehouse + "/_models/tiny/"), policy.toString());
      assertEquals(policy.sha256(), ModelFolder.open(storage(), policy.checkpoint()).digest());
    }
    assertFalse(Files.exists(Path.of("hdfs:")), "a folder of that name on this machine");
    assertTrue(Replay.run(session, 0).same());

    String last = policies.get(policies.size() - 1).checkpoint();
    try (var tokenizer = TextTokenizer.of(StorageContract.sent(storage()), last)) {
      assertEquals("a;#1", tokenizer.decode(tokenizer.encode("a;#1", false), true));
    }
    Session next =
        HdfsRun.session(
            spark, folder, "warehouse=" + folder + "/local", "run=next", "model.path=" + last);
    Policy first = PolicyVersions.first(next);
    assertEquals(policies.get(policies.size() - 1).sha256(), first.sha256());
    PolicyVersions.start(next, first);
    assertEquals(0, PolicyVersions.version(next, OptionalInt.empty()).version());
  }

  private static int killed(String fault, String warehouse) throws Exception {
    var command = new ArrayList<String>();
    command.add(ProcessHandle.current().info().command().orElse("java"));
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(argument -> argument.startsWith("--add-opens") || argument.startsWith("-XX"))
        .forEach(command::add);
    String tests =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    command.addAll(
        List.of(
            "-Xmx1g",
            "-Dmirrorspark.fault=" + fault,
            "-cp",
            tests,
            "dev.mirrorspark.loop.HdfsRun",
            folder.toString(),
            warehouse));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("killed.log").toFile())
        .start()
        .waitFor();
  }

  private static String log() {
    try {
      return Files.readString(folder.resolve("killed.log"));
    } catch (java.io.IOException e) {
      return e.toString();
    }
  }
}
