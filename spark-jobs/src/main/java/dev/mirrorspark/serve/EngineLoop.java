package dev.mirrorspark.serve;

import dev.mirrorspark.decode.DecodeEngine;
import dev.mirrorspark.decode.DecodeRequest;
import dev.mirrorspark.decode.Decoded;
import dev.mirrorspark.decode.OpenRequests;
import dev.mirrorspark.decode.Sampling;
import dev.mirrorspark.model.ModelShape;
import dev.mirrorspark.model.Parameters;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
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

  private final ModelShape shape;
  private final Tensor weights;
  private final int context;
  private final int slots;
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
   */
  EngineLoop(
      ModelShape shape, Tensor weights, int context, int slots, Set<Integer> ends, int queue) {
    this.context = context;
    this.shape = shape;
    this.weights = weights;
    this.slots = slots;
    this.ends = ends;
    this.most = slots + queue;
    thread.setDaemon(true);
    thread.start();
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
      try (var parameters = Parameters.frozen(shape, weights);
          var engine = new DecodeEngine(parameters, slots, context, current, endsOf(current))) {
        engine.decode(batch, this::finished, tokens -> requireRunning());
      } catch (RuntimeException e) {
        fail(e);
      }
    }
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
