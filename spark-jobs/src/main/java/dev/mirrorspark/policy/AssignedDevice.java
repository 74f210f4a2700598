package dev.mirrorspark.policy;

import dev.mirrorspark.config.UserError;
import org.apache.spark.TaskContext;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.global.torch;

/** The device that a task computes on: the GPU that Spark assigned to it, where it assigned one. */
final class AssignedDevice {
  private static final String GPU = "gpu";

  private AssignedDevice() {}

  /**
   * The device of the calling task.
   *
   * @param kind {@code cpu} or {@code cuda}
   * @throws UserError if there is no such device
   */
  static Device of(String kind) {
    if (!kind.equals("cuda")) {
      return new Device(kind);
    }
    if (!torch.cuda_is_available()) {
      throw new UserError(
          "model.device = cuda: this process sees no CUDA device; set model.device=cpu, or start"
              + " with the GPU build of LibTorch on a machine with a GPU");
    }
    return new Device("cuda:" + index());
  }

  private static String index() {
    TaskContext task = TaskContext.get();
    if (task == null || !task.resources().contains(GPU)) {
      return "0";
    }
    String[] addresses = task.resources().get(GPU).get().addresses();
    if (addresses.length != 1) {
      throw new UserError(
          "spark.task.resource.gpu.amount gives a task %d GPUs: a task computes on one; set it to 1"
              .formatted(addresses.length));
    }
    return addresses[0];
  }
}
