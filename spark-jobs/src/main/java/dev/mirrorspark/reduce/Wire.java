package dev.mirrorspark.reduce;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.javacpp.chrono.Milliseconds;
import org.bytedeco.pytorch.Backend;
import org.bytedeco.pytorch.GlooDeviceVector;
import org.bytedeco.pytorch.PrefixStore;
import org.bytedeco.pytorch.ProcessGroupGloo;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.Work;
import org.bytedeco.pytorch.nccl.ProcessGroupNCCL;

/**
 * One rank's end of LibTorch's process group: Gloo over TCP, and NCCL for tensors on GPUs.
 *
 * <p>A rank may think for an hour before the others hear of it, so no wait ends by time. It ends
 * with an exception when the peer's connection closes, and by {@code abort} from a thread that
 * looks 20 times a second whether the work is still wanted.
 */
final class Wire implements AutoCloseable {
  /** How long the members of a group wait for each other when it is made. */
  static final long CONNECT_MS = 60_000;

  private static final long FOR_EVER_MS = 1000L * 3600 * 24 * 365;
  private static final long LOOK_MS = 50;

  /** Where the members of a group tell each other their addresses. */
  record Address(String host, int port) {}

  /** A stretch of a tensor {@code [n]}, to or from a rank. */
  record Parcel(int peer, Tensor tensor, long from, long length) {
    private TensorVector content() {
      return new TensorVector(tensor.narrow(0, from, length));
    }
  }

  private final Backend gloo;
  private final Backend nccl;
  private final List<Pointer> owned = new ArrayList<>();
  private final Map<Work, Integer> underWay = new HashMap<>();
  private boolean closed;

  private Wire(Address meetingPoint, String host, int rank, int count, boolean cuda) {
    try (var scope = new PointerScope()) {
      var store = own(MeetingPoint.store(meetingPoint.host(), meetingPoint.port(), false));
      var options = ProcessGroupGloo.Options.create(new Milliseconds(CONNECT_MS));
      options.devices(new GlooDeviceVector(ProcessGroupGloo.createDeviceForHostname(host, false)));
      options.threads(1);
      gloo = own(new ProcessGroupGloo(store, rank, count, options));
      nccl = cuda ? own(new ProcessGroupNCCL(new PrefixStore("nccl", store), rank, count)) : gloo;
    } catch (RuntimeException e) {
      free();
      throw e;
    }
  }

  /** Connects with all other ranks; waits for them. */
  static Wire connect(Address meetingPoint, String host, int rank, int count, boolean cuda) {
    return new Wire(meetingPoint, host, rank, count, cuda);
  }

  /** Keeps it from the caller's scope. */
  private <P extends Pointer> P own(P pointer) {
    pointer.retainReference();
    owned.add(pointer);
    return pointer;
  }

  /** Looks from now on whether the work is wanted, and ends every wait when it is not. */
  void watch(BooleanSupplier unwanted, String name) {
    var thread =
        new Thread(
            () -> {
              while (abortIf(unwanted)) {
                try {
                  Thread.sleep(LOOK_MS);
                } catch (InterruptedException e) {
                  return;
                }
              }
            },
            name);
    thread.setDaemon(true);
    thread.start();
  }

  private boolean abortIf(BooleanSupplier unwanted) {
    synchronized (underWay) {
      if (!closed && unwanted.getAsBoolean()) {
        underWay.keySet().forEach(Work::abort);
      }
      return !closed;
    }
  }

  /** Sends and receives that are under way together. */
  final class Wave {
    private final List<Work> works = new ArrayList<>();

    private void add(Work work, int peer) {
      work.retainReference();
      works.add(work);
      synchronized (underWay) {
        underWay.put(work, peer);
      }
    }

    /**
     * Waits for all of them.
     *
     * @throws Lost if a peer is gone, or the wait was ended since the work is not wanted
     */
    void await() {
      try (var scope = new PointerScope()) {
        var forEver = new Milliseconds(FOR_EVER_MS);
        for (Work work : works) {
          await(work, forEver);
        }
      } finally {
        drop();
      }
    }

    private void await(Work work, Milliseconds forEver) {
      int peer;
      synchronized (underWay) {
        peer = underWay.get(work);
      }
      try {
        if (!work._wait(forEver)) {
          throw new Lost(peer, "the wait was ended", null);
        }
      } catch (RuntimeException e) {
        throw e instanceof Lost lost ? lost : new Lost(peer, e.getMessage(), e);
      }
    }

    /** Frees them, ended or not. */
    void drop() {
      synchronized (underWay) {
        works.forEach(underWay::remove);
      }
      works.forEach(Work::close);
      works.clear();
    }
  }

  /** A peer cannot be reached any more. */
  static final class Lost extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final int peer;

    private Lost(int peer, String message, Throwable cause) {
      super(message, cause);
      this.peer = peer;
    }

    int peer() {
      return peer;
    }
  }

  /** Starts the sends and the receives; between two ranks they are matched in order. */
  Wave exchange(List<Parcel> out, List<Parcel> in) {
    var wave = new Wave();
    if (isEmpty(out) && isEmpty(in)) {
      return wave;
    }
    boolean cuda = nccl != gloo && (hasCuda(out) || hasCuda(in));
    Backend group = cuda ? nccl : gloo;
    try (var scope = new PointerScope()) {
      if (cuda) {
        nccl.startCoalescing();
      }
      for (Parcel parcel : in) {
        if (parcel.length() > 0) {
          post(wave, group.recv(parcel.content(), parcel.peer(), 0), parcel, cuda);
        }
      }
      for (Parcel parcel : out) {
        if (parcel.length() > 0) {
          post(wave, group.send(parcel.content(), parcel.peer(), 0), parcel, cuda);
        }
      }
      if (cuda) {
        wave.add(nccl.endCoalescing(), -1);
      }
      return wave;
    } catch (RuntimeException e) {
      wave.drop();
      throw new Lost(-1, e.getMessage(), e);
    }
  }

  /** What NCCL coalesces has one work for all, at the end. */
  private static void post(Wave wave, Work work, Parcel parcel, boolean coalesced) {
    if (!coalesced) {
      wave.add(work, parcel.peer());
    }
  }

  private static boolean isEmpty(List<Parcel> parcels) {
    return parcels.stream().allMatch(parcel -> parcel.length() == 0);
  }

  private static boolean hasCuda(List<Parcel> parcels) {
    return parcels.stream().anyMatch(parcel -> parcel.tensor().is_cuda());
  }

  @Override
  public void close() {
    synchronized (underWay) {
      closed = true;
    }
    free();
  }

  private void free() {
    for (int i = owned.size() - 1; i >= 0; i--) {
      owned.get(i).close();
    }
    owned.clear();
  }
}
