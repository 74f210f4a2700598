package dev.mirrorspark.math;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * The worker processes of this process: started when the first comparison needs one, a few at most,
 * and replaced when they fail.
 */
final class Workers {
  private static final int HEAP_MEGABYTES = 256;

  /** Created at the first use, so that nothing is started where nothing is symbolic. */
  private static final class OfThisProcess {
    static final Workers WORKERS =
        new Workers(Math.max(1, Math.min(4, Runtime.getRuntime().availableProcessors())));
  }

  private final int most;
  private final Deque<WorkerProcess> idle = new ArrayDeque<>();
  private int busy;
  private int started;

  /**
   * @param most workers at a time; a comparison beyond waits
   */
  Workers(int most) {
    this.most = most;
  }

  static Workers ofThisProcess() {
    return OfThisProcess.WORKERS;
  }

  /** Compares in a worker; what goes wrong there is a failed comparison. */
  Comparison compare(String reference, String stated, double seconds) {
    try {
      WorkerProcess worker = take();
      try {
        return worker.compare(reference, stated, seconds);
      } finally {
        giveBack(worker);
      }
    } catch (IOException e) {
      return Comparison.failed(e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Comparison.failed("interrupted");
    }
  }

  private WorkerProcess take() throws IOException, InterruptedException {
    synchronized (this) {
      while (busy == most) {
        wait();
      }
      busy++;
      while (!idle.isEmpty()) {
        WorkerProcess worker = idle.pop();
        if (worker.isAlive()) {
          return worker;
        }
      }
      started++;
    }
    boolean ready = false;
    try {
      WorkerProcess worker = WorkerProcess.start(HEAP_MEGABYTES);
      ready = true;
      return worker;
    } finally {
      if (!ready) {
        free();
      }
    }
  }

  private synchronized void giveBack(WorkerProcess worker) {
    if (worker.isAlive()) {
      idle.push(worker);
    }
    free();
  }

  private synchronized void free() {
    busy--;
    notifyAll();
  }

  /** How many workers were started so far. */
  synchronized int started() {
    return started;
  }

  /** The process ids of the workers that wait for work. */
  synchronized List<Long> waiting() {
    return new ArrayList<>(idle.stream().map(WorkerProcess::pid).toList());
  }

  /** Ends the workers that wait for work. */
  synchronized void close() {
    idle.forEach(WorkerProcess::kill);
    idle.clear();
  }
}
