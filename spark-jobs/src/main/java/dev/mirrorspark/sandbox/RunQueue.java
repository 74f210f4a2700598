package dev.mirrorspark.sandbox;

import dev.mirrorspark.http.Reply;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** Runs as many requests side by side as there are slots; a bounded number of others waits. */
final class RunQueue {
  private final int most;
  private final AtomicInteger taken = new AtomicInteger();
  private final ThreadPoolExecutor threads;

  /** A request that waits or runs, and where its one reply goes. */
  private final class Ticket extends FutureTask<Reply> {
    private final Consumer<Reply> client;

    Ticket(Callable<Reply> request, Consumer<Reply> client) {
      super(request);
      this.client = client;
    }

    @Override
    protected void done() {
      taken.decrementAndGet();
      threads.remove(this);
      client.accept(isCancelled() ? Reply.ending() : reply());
    }

    private Reply reply() {
      try {
        return get();
      } catch (ExecutionException e) {
        return e.getCause() instanceof InterruptedException
            ? Reply.ending()
            : Reply.refusal(500, e.getCause().toString());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return Reply.ending();
      }
    }
  }

  RunQueue(int slots, int queue) {
    this.most = slots + queue;
    this.threads =
        new ThreadPoolExecutor(
            slots,
            slots,
            0,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              var thread = new Thread(task, "sandbox-worker");
              thread.setDaemon(true);
              return thread;
            });
  }

  /** How many run or wait. */
  int taken() {
    return taken.get();
  }

  boolean full() {
    return taken.get() >= most;
  }

  Reply fullReply() {
    return Reply.later(429, most + " programs run or wait already; try again later");
  }

  /**
   * Runs a request when its turn comes.
   *
   * @param client gets its reply, or the reason why it does not run
   * @return what ends it; empty if it does not run
   */
  Optional<Future<?>> take(Callable<Reply> request, Consumer<Reply> client) {
    if (taken.incrementAndGet() > most) {
      taken.decrementAndGet();
      client.accept(fullReply());
      return Optional.empty();
    }
    var ticket = new Ticket(request, client);
    try {
      threads.execute(ticket);
    } catch (RejectedExecutionException ending) {
      ticket.cancel(false);
    }
    return Optional.of(ticket);
  }

  /** Takes nothing more, and ends what does not end by itself within that time. */
  void end(double seconds) throws InterruptedException {
    threads.shutdown();
    if (!threads.awaitTermination((long) (seconds * 1000), TimeUnit.MILLISECONDS)) {
      threads.shutdownNow().forEach(waiting -> ((Ticket) waiting).cancel(false));
      threads.awaitTermination(10, TimeUnit.SECONDS);
    }
  }
}
