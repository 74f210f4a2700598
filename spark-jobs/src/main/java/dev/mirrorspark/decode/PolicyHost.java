package dev.mirrorspark.decode;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.model.ModelShape;
import dev.mirrorspark.model.Tensors;
import java.util.HashMap;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.openblas.global.openblas_full;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Holds the policies that this process computes with: each is loaded once and shared by all tasks.
 *
 * <p>A policy stays until its last lease is closed and another policy is asked for, so that the
 * device never holds more than the work at hand needs.
 */
public final class PolicyHost {
  private static final Map<String, Resident> RESIDENTS = new HashMap<>();
  private static boolean started;

  private PolicyHost() {}

  private static final class Resident {
    final ModelShape shape;
    final Tensor flat;
    int leases;

    Resident(ModelShape shape, Tensor flat) {
      this.shape = shape;
      this.flat = flat;
    }
  }

  /** The use of a policy by one task, until it is closed. */
  public static final class Lease implements AutoCloseable {
    private final Resident resident;
    private boolean open = true;

    private Lease(Resident resident) {
      this.resident = resident;
    }

    public ModelShape shape() {
      return resident.shape;
    }

    /**
     * All parameters {@code [layout.size()]} on the device, in the run's precision; shared with
     * other tasks and never written.
     */
    public Tensor flat() {
      return resident.flat;
    }

    @Override
    public void close() {
      synchronized (RESIDENTS) {
        resident.leases -= open ? 1 : 0;
        open = false;
      }
    }
  }

  /**
   * The policy of that source, loaded if this process does not hold it; other tasks wait meanwhile.
   *
   * @param place device, precision and threads, from the run's configuration
   * @throws UserError if the weights cannot be read or the device does not exist
   */
  public static Lease lease(WeightSource source, RunConfig.Model place) {
    synchronized (RESIDENTS) {
      start(place.threads());
      String key = place.device() + " " + place.precision() + " " + source.key();
      Resident resident = RESIDENTS.get(key);
      if (resident == null) {
        evict();
        resident = load(source, place);
        RESIDENTS.put(key, resident);
      }
      resident.leases++;
      return new Lease(resident);
    }
  }

  /** Frees every policy without a lease, and with it the device memory of the rollout. */
  public static void evict() {
    synchronized (RESIDENTS) {
      RESIDENTS
          .values()
          .removeIf(
              resident -> {
                boolean idle = resident.leases == 0;
                if (idle) {
                  resident.flat.releaseReference();
                }
                return idle;
              });
    }
  }

  private static Resident load(WeightSource source, RunConfig.Model place) {
    var weights = source.load();
    try (var scope = new PointerScope()) {
      Tensor host = Tensors.ofFloats(weights.flat(), weights.flat().length);
      Tensor flat = host.to(device(place), type(place));
      flat.retainReference();
      return new Resident(weights.shape(), flat);
    }
  }

  private static Device device(RunConfig.Model place) {
    if (place.device().equals("cuda") && !torch.cuda_is_available()) {
      throw new UserError(
          "model.device = cuda: this process sees no CUDA device; set model.device=cpu, or start"
              + " with the GPU build of LibTorch on a machine with a GPU");
    }
    return new Device(place.device());
  }

  private static ScalarType type(RunConfig.Model place) {
    return place.precision().equals("bf16") ? ScalarType.BFloat16 : ScalarType.Float;
  }

  /**
   * Sets both thread pools, and runs one backward pass on one thread: the first passes of a process
   * on two threads at once can crash it.
   */
  private static void start(int threads) {
    torch.set_num_threads(threads);
    if (!started) {
      // OpenBLAS's own pool and LibTorch's OpenMP threads fight for the same cores.
      openblas_full.openblas_set_num_threads(1);
      try (var scope = new PointerScope()) {
        Tensor leaf = torch.ones(new long[] {2}).requires_grad_(true);
        leaf.square().sum().backward();
      }
      started = true;
    }
  }
}
