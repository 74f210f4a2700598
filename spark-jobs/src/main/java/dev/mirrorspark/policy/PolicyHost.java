package dev.mirrorspark.policy;

import dev.mirrorspark.config.LoraConfig;
import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.model.ModelShape;
import dev.mirrorspark.model.ParameterLayout;
import dev.mirrorspark.model.Parameters;
import dev.mirrorspark.model.Tensors;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.openblas.global.openblas_full;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Holds the policies that this process computes with: each is loaded once and shared by all tasks.
 *
 * <p>A policy stays until its last lease is closed and another policy is asked for, so that the
 * device never holds more than the work at hand needs. An update takes the policy over, changes it
 * in place, and leaves the new one for the next rollout.
 */
public final class PolicyHost {
  private static final Map<String, Resident> RESIDENTS = new HashMap<>();
  private static final Map<String, Training> TRAININGS = new HashMap<>();
  private static boolean started;

  private PolicyHost() {}

  /** Weights on a device: in the type of computing, and in fp32 where an update left them. */
  private static final class Resident {
    final ModelShape shape;
    final Tensor flat;
    final Tensor compute;
    final Optional<Frozen> frozen;
    int leases;

    Resident(ModelShape shape, Tensor flat, Tensor compute, Optional<Frozen> frozen) {
      this.shape = shape;
      this.flat = flat;
      this.compute = compute;
      this.frozen = frozen;
    }

    boolean holdsState() {
      return Tensors.type(flat) == ScalarType.Float;
    }

    void free() {
      boolean two = flat != compute;
      flat.releaseReference();
      if (two) {
        compute.releaseReference();
      }
      frozen.ifPresent(beside -> beside.base().releaseReference());
    }
  }

  /** The weights in the type of computing beside which adapters alone are trained. */
  private record Frozen(LoraConfig lora, Tensor base) {}

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
      return resident.compute;
    }

    @Override
    public void close() {
      synchronized (RESIDENTS) {
        resident.leases -= open ? 1 : 0;
        open = false;
      }
    }
  }

  /** Weights that the ranks of an update in this process change in place, until all close it. */
  public static final class Training implements AutoCloseable {
    private final String attempt;
    private final String place;
    private final Resident weights;
    private int users;
    private int refreshed = -2;
    private String key = "";
    private ModelShape becoming;

    private Training(String attempt, String place, Resident weights) {
      this.attempt = attempt;
      this.place = place;
      this.weights = weights;
      this.becoming = weights.shape;
    }

    public ModelShape shape() {
      return weights.shape;
    }

    /**
     * What is trained in fp32, the state that the optimizer changes: all parameters {@code
     * [layout.size()]}, or the adapters alone.
     */
    public Tensor flat() {
      return weights.flat;
    }

    /** New leaves over the same in the run's precision, with the frozen weights they act beside. */
    public Parameters parameters() {
      return parameters(weights.shape);
    }

    /** The same for a shape of the same layout, such as one that reaches further. */
    public Parameters parameters(ModelShape shape) {
      return weights
          .frozen
          .map(beside -> Parameters.adapted(shape, beside.base(), beside.lora(), weights.compute))
          .orElseGet(() -> Parameters.trainable(shape, weights.compute));
    }

    /**
     * Brings the weights of computing up to date; every rank calls it after each step, the first
     * does it.
     */
    public synchronized void refresh(int step) {
      if (step > refreshed && weights.flat != weights.compute) {
        weights.compute.copy_(weights.flat);
      }
      refreshed = Math.max(refreshed, step);
    }

    /**
     * Names the weights as they have become: they stay for whoever asks for that key. Adapters do
     * not: whoever asks gets them merged.
     *
     * @param shape with which they compute from now on
     */
    public synchronized void becomes(String newKey, ModelShape shape) {
      key = newKey;
      becoming = shape;
    }

    @Override
    public void close() {
      synchronized (RESIDENTS) {
        if (--users == 0) {
          TRAININGS.remove(attempt);
          if (key.isEmpty() || weights.frozen.isPresent()) {
            weights.free();
          } else {
            evict();
            var left = new Resident(becoming, weights.flat, weights.compute, weights.frozen);
            Resident before = RESIDENTS.put(place + key, left);
            if (before != null) {
              before.free();
            }
          }
        }
      }
    }
  }

  /**
   * The policy of that source, loaded if this process does not hold it; other tasks wait meanwhile.
   *
   * @param place device, precision and threads, from the run's configuration
   * @throws dev.mirrorspark.config.UserError if the weights cannot be read or the device does not
   *     exist
   */
  public static Lease lease(WeightSource source, RunConfig.Model place) {
    synchronized (RESIDENTS) {
      start(place.threads());
      String key = place(place) + source.key();
      Resident resident = RESIDENTS.get(key);
      if (resident == null) {
        evictAllBut(source, place);
        resident = load(source, place, false);
        RESIDENTS.put(key, resident);
      }
      resident.leases++;
      return new Lease(resident);
    }
  }

  /**
   * The policy of that source for an update, taken over from the rollout where no task uses it.
   *
   * @param attempt names the attempt of the update: its tasks in this process share the weights
   * @throws dev.mirrorspark.config.UserError as {@link #lease}
   */
  public static Training train(String attempt, WeightSource source, RunConfig.Model place) {
    synchronized (RESIDENTS) {
      start(place.threads());
      Training training = TRAININGS.get(attempt);
      if (training == null) {
        String key = place(place) + source.key();
        Resident resident = RESIDENTS.get(key);
        boolean whole = !source.lora().present();
        if (whole && resident != null && resident.leases == 0 && resident.holdsState()) {
          RESIDENTS.remove(key);
        } else {
          evict();
          resident = whole ? load(source, place, true) : adapted(source, place);
        }
        training = new Training(attempt, place(place), resident);
        TRAININGS.put(attempt, training);
      }
      training.users++;
      return training;
    }
  }

  /** Frees every policy without a lease, and with it the device memory of the rollout. */
  public static void evict() {
    evict(key -> true);
  }

  /** The same, but that policy may stay on other devices of this process. */
  private static void evictAllBut(WeightSource source, RunConfig.Model place) {
    String here = AssignedDevice.name(place.device()) + " ";
    evict(key -> key.startsWith(here) || !key.endsWith(" " + source.key()));
  }

  private static void evict(Predicate<String> which) {
    synchronized (RESIDENTS) {
      RESIDENTS
          .entrySet()
          .removeIf(
              entry -> {
                boolean idle = entry.getValue().leases == 0 && which.test(entry.getKey());
                if (idle) {
                  entry.getValue().free();
                }
                return idle;
              });
    }
  }

  /** The calling task's device is part of the key: a process may have several. */
  private static String place(RunConfig.Model place) {
    return AssignedDevice.name(place.device()) + " " + place.precision() + " ";
  }

  private static Resident load(WeightSource source, RunConfig.Model place, boolean forTraining) {
    long size = ParameterLayout.of(source.shape()).size();
    try (var scope = new PointerScope()) {
      ScalarType type = type(place);
      Tensor host = host(size, source::read);
      return resident(source, place, host, forTraining ? ScalarType.Float : type, Optional.empty());
    }
  }

  /** The frozen weights of a policy, and its adapters to train. */
  private static Resident adapted(WeightSource source, RunConfig.Model place) {
    LoraConfig lora = source.lora();
    try (var scope = new PointerScope()) {
      Tensor base =
          host(ParameterLayout.of(source.shape()).size(), source::readBase)
              .to(AssignedDevice.of(place.device()), type(place));
      base.retainReference();
      long size = ParameterLayout.ofAdapters(source.shape(), lora).size();
      Tensor host = host(size, flat -> source.adapters().read(0, flat));
      var frozen = Optional.of(new Frozen(lora, base));
      return resident(source, place, host, ScalarType.Float, frozen);
    }
  }

  private static Resident resident(
      WeightSource source,
      RunConfig.Model place,
      Tensor host,
      ScalarType stored,
      Optional<Frozen> frozen) {
    Device device = AssignedDevice.of(place.device());
    ScalarType type = type(place);
    Tensor flat = host.to(device, stored);
    Tensor compute = type == Tensors.type(flat) ? flat : flat.to(device, type);
    flat.retainReference();
    if (compute != flat) {
      compute.retainReference();
    }
    return new Resident(source.shape(), flat, compute, frozen);
  }

  private static ScalarType type(RunConfig.Model place) {
    return place.precision().equals("bf16") ? ScalarType.BFloat16 : ScalarType.Float;
  }

  private static Tensor host(long size, Consumer<Tensor> read) {
    Tensor host =
        torch.empty(
            new long[] {size}, new TensorOptions(ScalarType.Float), new MemoryFormatOptional());
    read.accept(host);
    return host;
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
