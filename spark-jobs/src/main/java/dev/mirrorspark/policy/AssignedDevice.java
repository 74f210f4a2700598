package dev.mirrorspark.policy;

import dev.mirrorspark.config.UserError;
import java.util.Optional;
import org.apache.spark.TaskContext;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.global.torch;
import org.slf4j.LoggerFactory;

/** The device that a task computes on: the GPU that Spark assigned to it, where it assigned one. */
final class AssignedDevice {
  /**
   * System property of executors: with {@code pretended} a task computes on the CPU whatever GPU it
   * was given, so that the scheduling of a cluster can be tried without any.
   */
  private static final String PRETENDED = "mirrorspark.gpus";

  private AssignedDevice() {}

  /**
   * The device of the calling task.
   *
   * @param kind {@code cpu} or {@code cuda}
   * @throws UserError if there is no such device
   */
  static Device of(String kind) {
    String name = name(kind);
    if (!kind.equals("cuda")) {
      return new Device(name);
    }
    if ("pretended".equals(System.getProperty(PRETENDED))) {
      TaskContext task = TaskContext.get();
      LoggerFactory.getLogger(AssignedDevice.class)
          .info(
              "stage {} partition {}: {} is pretended, on the CPU",
              task == null ? -1 : task.stageId(),
              task == null ? -1 : task.partitionId(),
              name);
      return new Device("cpu");
    }
    requireThere(name);
    return new Device(name);
  }

  /**
   * Names the device of the calling task, {@code cpu} or {@code cuda:ADDRESS}, without looking
   * whether it is there.
   */
  static String name(String kind) {
    return kind.equals("cuda") ? "cuda:" + address().orElse("0") : kind;
  }

  private static void requireThere(String name) {
    String given =
        address()
            .map(address -> "Spark gave this task GPU %s, but this process".formatted(address))
            .orElse("this process");
    if (!torch.cuda_is_available()) {
      throw new UserError(
          "model.device = cuda: %s sees no CUDA device; set model.device=cpu, or start with the GPU build of LibTorch on a machine with a GPU"
              .formatted(given));
    }
    String index = name.substring("cuda:".length());
    long devices = torch.cuda_device_count();
    if (!index.matches("\\d{1,4}") || Integer.parseInt(index) >= devices) {
      throw new UserError(
          "model.device = cuda: %s sees %d CUDA devices, 0 to %d; the discovery script must print such numbers, as submit/gpus does"
              .formatted(given, devices, devices - 1));
    }
  }

  private static Optional<String> address() {
    TaskContext task = TaskContext.get();
    if (task == null || !task.resources().contains(GpuTasks.GPU)) {
      return Optional.empty();
    }
    String[] addresses = task.resources().get(GpuTasks.GPU).get().addresses();
    if (addresses.length != 1) {
      throw new UserError(
          "spark.task.resource.gpu.amount gives a task %d GPUs: a task computes on one; set it to 1, or leave it out"
              .formatted(addresses.length));
    }
    return Optional.of(addresses[0]);
  }
}
