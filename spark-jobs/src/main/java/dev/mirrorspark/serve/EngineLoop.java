package dev.mirrorspark.serve;

import com.sun.management.OperatingSystemMXBean;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.decode.DecodeEngine;
import dev.mirrorspark.decode.DecodeRequest;
import dev.mirrorspark.decode.Decoded;
import dev.mirrorspark.decode.OpenRequests;
import dev.mirrorspark.decode.Sampling;
import dev.mirrorspark.model.KvCache;
import dev.mirrorspark.model.ModelShape;
import dev.mirrorspark.model.Parameters;
import java.lang.management.ManagementFactory;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.Tensor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One thread that decodes what comes, in the order in which it comes. Requests with the same
 * temperature and longest length share a batch and join it while it runs; one with others waits
 * until the batch before it has ended.
 */
final class EngineLoop implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EngineLoop.class);

  /**
   * A response that is asked for.
   *
   * @param answer gets it, on the engine's thread
   * @param failed gets what went wrong with the engine in its place
   */
  record Job(
      Sampling sampling,
      DecodeRequest request,
      Consumer<Decoded> answer,
      Consumer<RuntimeException> failed) {}

  private final Parameters policy;
  private final KvCache cache;
  private final DecodeEngine.Room room;
  private final Set<Integer> ends;
  private final int most;
  private final Deque<Job> waiting = new ArrayDeque<>();
  private final Map<DecodeRequest, Job> running = new HashMap<>();
  private final OpenRequests batch = new OpenRequests();
  private final Thread thread = new Thread(this::run, "serve-engine");
  private Sampling current = new Sampling(0, 0);
  private boolean drains;
  private boolean stopped;

  /**
   * A loop over a policy.
   *
   * @param weights all its parameters {@code [layout.size()]}
   * @param context longest prompt and response together, in tokens
   * @param slots responses side by side
   * @param queue responses that wait at most
   * @throws UserError if there is no memory for a cache of so many slots of that context
   */
  EngineLoop(
      ModelShape shape, Tensor weights, int context, int slots, Set<Integer> ends, int queue) {
    this.room = new DecodeEngine.Room(slots, context, 0);
    this.policy = Parameters.frozen(shape, weights);
    this.cache = cache(policy, room);
    this.ends = ends;
    this.most = slots + queue;
    thread.setDaemon(true);
    thread.start();
  }

  /** The one cache of all batches; a machine that has no room for it says so before it serves. */
  private static KvCache cache(Parameters policy, DecodeEngine.Room room) {
    long bytes = DecodeEngine.cacheBytes(policy, room);
    String fault =
        ("--context, --slots: %d slots of %d tokens take a cache of %,d MiB, %%s; lower one of"
                + " them")
            .formatted(room.slots(), room.capacity(), bytes >> 20);
    long machine =
        ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
    if (!policy.flat().is_cuda() && bytes > machine) {
      throw new UserError(fault.formatted("this machine has %,d MiB".formatted(machine >> 20)));
    }
    try {
      return DecodeEngine.cache(policy, room);
    } catch (RuntimeException e) { // LibTorch's, of no type of its own
      throw new UserError(fault.formatted("which cannot be had"), e);
    }
  }

  /** How many responses run or wait. */
  synchronized int taken() {
    return waiting.size() + running.size();
  }

  synchronized boolean full() {
    return taken() >= most;
  }

  /** Takes all of them or, where they are too many now, none. */
  synchronized boolean take(List<Job> jobs) {
    if (drains || taken() > 0 && taken() + jobs.size() > most) {
      return false;
    }
    waiting.addAll(jobs);
    join();
    notifyAll();
    return true;
  }

  /** Lets what waits first join the batch, as long as it is sampled alike. */
  private void join() {
    while (!waiting.isEmpty() && waiting.peek().sampling().equals(current)) {
      Job job = waiting.remove();
      running.put(job.request(), job);
      batch.add(job.request());
    }
  }

  private void run() {
    while (next()) {
      cache.clear();
      try (var engine = new DecodeEngine(policy, cache, room, current, endsOf(current))) {
        engine.decode(batch, this::wanted, this::finished, tokens -> requireRunning());
      } catch (RuntimeException e) {
        fail(e);
      }
    }
  }

  /**
   * Gives up responses that nobody waits for any more; their slots and pages go to others with the
   * next token.
   */
  synchronized void abandon(List<Job> jobs) {
    Set<DecodeRequest> gone = jobs.stream().map(Job::request).collect(Collectors.toSet());
    waiting.removeIf(job -> gone.contains(job.request()));
    gone.forEach(running::remove);
    join();
  }

  private synchronized boolean wanted(DecodeRequest request) {
    return running.containsKey(request);
  }

  private Set<Integer> endsOf(Sampling sampling) {
    Set<Integer> all = new HashSet<>(ends);
    all.addAll(sampling.stopIds());
    return all;
  }

  /** Waits for the next batch; false when there is none any more. */
  private synchronized boolean next() {
    if (batch.hasNext() && !stopped) { // what joined after the engine had looked for the last time
      return true;
    }
    current = new Sampling(0, 0);
    try {
      while (waiting.isEmpty() && !drains) {
        wait();
      }
    } catch (InterruptedException e) {
      return false;
    }
    if (waiting.isEmpty() || stopped) {
      return false;
    }
    current = waiting.peek().sampling();
    join();
    return true;
  }

  private void finished(Decoded decoded) {
    Job job;
    synchronized (this) {
      job = running.remove(decoded.request());
    }
    if (job == null) { // abandoned with its last token
      return;
    }
    try {
      job.answer().accept(decoded);
    } catch (RuntimeException e) { // this answer's alone
      LOG.error("an answer could not be given", e);
      job.failed().accept(e);
    }
  }

  private synchronized void requireRunning() {
    if (stopped) {
      throw new IllegalStateException("the service is ending");
    }
  }

  private void fail(RuntimeException cause) {
    Collection<Job> lost;
    boolean ending;
    synchronized (this) {
      ending = stopped;
      lost = List.copyOf(running.values());
      running.clear();
      while (batch.hasNext()) {
        batch.next();
      }
    }
    if (!ending) {
      LOG.error("decoding failed", cause);
    }
    lost.forEach(job -> job.failed().accept(cause));
  }

  /**
   * Takes nothing more, and lets what runs and waits come to its end.
   *
   * @param seconds for that; then it is stopped
   */
  void drain(double seconds) throws InterruptedException {
    synchronized (this) {
      drains = true;
      notifyAll();
    }
    thread.join(Math.max(1, (long) (seconds * 1000)));
    synchronized (this) {
      stopped = true;
      for (Job job : waiting) {
        job.failed().accept(new IllegalStateException("the service is ending"));
      }
      waiting.clear();
      notifyAll();
    }
    thread.join(10_000);
    if (!thread.isAlive()) {
      cache.close();
      policy.close();
    }
  }

  @Override
  public void close() {
    try {
      drain(0);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
