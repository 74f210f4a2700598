package dev.mirrorspark.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.config.UserError;
import java.util.List;
import java.util.Optional;
import org.apache.spark.SparkConf;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

/** When a task asks Spark for a GPU; {@code LocalClusterIT} shows who is given which. */
class GpuTasksTest {
  private static RunConfig.Model place(String device) {
    return RunFile.load(Optional.empty(), List.of("model.device=" + device)).model();
  }

  private static SparkConf conf(String... keysAndValues) {
    var conf = new SparkConf(false);
    for (int i = 0; i < keysAndValues.length; i += 2) {
      conf.set(keysAndValues[i], keysAndValues[i + 1]);
    }
    return conf;
  }

  @Test
  void onlyOnAClusterAndOnlyForGpus() {
    var executors = conf("spark.executor.resource.gpu.amount", "2");
    assertTrue(GpuTasks.asks(executors, false, place("cuda")));
    assertFalse(GpuTasks.asks(executors, true, place("cuda")), "local mode rejects profiles");
    assertFalse(GpuTasks.asks(executors, false, place("cpu")));
    assertFalse(GpuTasks.asks(conf(), false, place("cpu")));
  }

  @Test
  void aUsersOwnShareOfEveryTaskStands() {
    assertFalse(
        GpuTasks.asks(
            conf(
                "spark.executor.resource.gpu.amount",
                "1",
                "spark.task.resource.gpu.amount",
                "0.25"),
            false,
            place("cuda")));
  }

  @Test
  void executorsWithoutGpusAreRefusedByNameWithTheMend() {
    for (var conf : List.of(conf(), conf("spark.executor.resource.gpu.amount", "0"))) {
      var refusal =
          assertThrows(UserError.class, () -> GpuTasks.asks(conf, false, place("cuda")))
              .getMessage();
      assertTrue(refusal.startsWith("spark.executor.resource.gpu.amount is not set, but"), refusal);
      assertTrue(refusal.contains("--conf spark.executor.resource.gpu.amount=1"), refusal);
      assertTrue(refusal.contains("model.device=cpu"), refusal);
      assertEquals(1, refusal.lines().count());
    }
  }

  @Test
  void dynamicAllocationIsRefusedByName() {
    var conf =
        conf("spark.executor.resource.gpu.amount", "1", "spark.dynamicAllocation.enabled", "true");
    var refusal =
        assertThrows(UserError.class, () -> GpuTasks.asks(conf, false, place("cuda"))).getMessage();
    assertTrue(refusal.startsWith("spark.dynamicAllocation.enabled = true: "), refusal);
    assertFalse(GpuTasks.asks(conf, false, place("cpu")));
  }

  @Test
  void outsideOfATaskTheFirstDeviceIsNamed() {
    assertEquals("cuda:0", AssignedDevice.name("cuda"));
    assertEquals("cpu", AssignedDevice.name("cpu"));
    assumeFalse(torch.cuda_is_available());
    var refusal = assertThrows(UserError.class, () -> AssignedDevice.of("cuda")).getMessage();
    assertTrue(refusal.contains("sees no CUDA device; set model.device=cpu"), refusal);
  }
}
