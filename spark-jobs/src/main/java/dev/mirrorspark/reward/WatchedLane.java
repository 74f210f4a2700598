package dev.mirrorspark.reward;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.decode.Attempt;
import dev.mirrorspark.reward.Verdict.Cause;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * One verifier's share of a task, judged on daemon threads that the task watches.
 *
 * <p>A thread works through the whole share: the task hands over once, not for each response. It
 * cannot be killed; when a judgement is over its limit, the response gets the verdict {@code error}
 * and the thread is abandoned, interrupted and replaced by one with a fresh instance. After {@value
 * #MOST_HUNG} of these for each thread of the lane and no verdict between, or {@value
 * #MOST_HUNG_IN_ALL} in all, or with {@value #MOST_HANGING} that still hang in the process, the
 * verifier is not asked any more. A verifier with a limit of its own ({@link Verifier#limit}) is
 * watched by that.
 */
final class WatchedLane {
  static final int MOST_HUNG = 4;
  static final int MOST_HUNG_IN_ALL = 16;
  static final int MOST_HANGING = 16;

  private static final int IDLE = -1;
  private static final String HANGING = "given-up verifier ";

  private final Desk desk;
  private final List<Attempt> attempts;
  private final boolean answers;
  private final long limit;
  private final BlockingQueue<Worker> ended;
  private final AtomicReferenceArray<Judged> results;
  private final AtomicInteger next = new AtomicInteger();
  private final Set<Worker> working = new HashSet<>(); // the task's thread alone uses it
  private final AtomicInteger hung = new AtomicInteger(); // since the last verdict
  private int hungInAll;

  private WatchedLane(Share share, boolean answers, long limit, BlockingQueue<Worker> ended) {
    this.desk = share.desk();
    this.attempts = share.attempts();
    this.answers = answers;
    this.limit = limit;
    this.ended = ended;
    this.results = new AtomicReferenceArray<>(attempts.size());
  }

  /** What a desk is to judge. */
  record Share(Desk desk, List<Attempt> attempts) {}

  /**
   * Judges the shares side by side.
   *
   * @param answers whether the final answers are asked for too
   * @param limit of one judgement
   * @return the results by share, in the order of the attempts
   */
  static List<List<Judged>> judge(List<Share> shares, boolean answers, Duration limit) {
    BlockingQueue<Worker> ended = new LinkedBlockingQueue<>();
    List<WatchedLane> lanes =
        shares.stream()
            .map(share -> new WatchedLane(share, answers, limit.toNanos(), ended))
            .toList();
    try {
      lanes.forEach(WatchedLane::start);
      while (lanes.stream().anyMatch(lane -> !lane.working.isEmpty())) {
        long wait = lanes.stream().mapToLong(WatchedLane::nanosLeft).min().orElseThrow();
        Worker worker = ended.poll(Math.max(0, wait), TimeUnit.NANOSECONDS);
        if (worker != null) {
          worker.leave();
        }
        lanes.forEach(WatchedLane::giveUpWhereOverLimit);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("stopped while verifiers judge", e);
    } finally {
      lanes.forEach(lane -> lane.working.forEach(Worker::abandon));
    }
    return lanes.stream().map(WatchedLane::results).toList();
  }

  private void start() {
    int hanging = hanging();
    if (hanging >= MOST_HANGING) {
      refuseTheRest("%d of its threads still hang in this executor".formatted(hanging));
    }
    int workers = Math.min(desk.threads(), attempts.size() - next.get());
    for (int i = 0; i < workers; i++) {
      begin();
    }
  }

  private void begin() {
    var worker = new Worker();
    working.add(worker);
    worker.thread.start();
  }

  private List<Judged> results() {
    List<Judged> all = new ArrayList<>(results.length());
    for (int i = 0; i < results.length(); i++) {
      all.add(results.get(i));
    }
    return all;
  }

  /** Until the first judgement under way can be over its limit. */
  private long nanosLeft() {
    long now = System.nanoTime();
    return working.stream().mapToLong(worker -> worker.nanosLeft(now)).min().orElse(limit);
  }

  private void giveUpWhereOverLimit() {
    long now = System.nanoTime();
    for (Worker worker : List.copyOf(working)) {
      if (worker.nanosLeft(now) <= 0 && worker.giveUp()) {
        working.remove(worker);
        hungInAll++;
        int hanging = hanging();
        if (hung.incrementAndGet() >= MOST_HUNG * desk.threads()
            || hungInAll >= MOST_HUNG_IN_ALL * desk.threads()) {
          refuseTheRest("it hung on %d responses of this task".formatted(hungInAll));
        } else if (hanging >= MOST_HANGING) {
          refuseTheRest("%d of its threads still hang in this executor".formatted(hanging));
        } else {
          begin();
        }
      }
    }
  }

  private Judged judged(Verifier verifier, Attempt attempt) throws Exception {
    Verdict verdict = verifier.verify(attempt);
    Objects.requireNonNull(verdict, "the verifier returned null");
    return new Judged(
        desk.name(), verdict, answers ? finalAnswer(verifier, attempt) : Optional.empty());
  }

  private Judged failed(Throwable thrown) {
    String line = thrown.toString().lines().findFirst().orElse("");
    return new Judged(desk.name(), Verdict.error(Cause.EXCEPTION, line));
  }

  /** None where looking for it fails: the verdict stands. */
  private static Optional<String> finalAnswer(Verifier verifier, Attempt attempt) {
    try {
      return verifier
          .finalAnswer(attempt.reference().answerType(), attempt.response())
          .filter(text -> !text.isEmpty());
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      return Optional.empty();
    }
  }

  private void refuseTheRest(String why) {
    int i = next.getAndIncrement();
    while (i < attempts.size()) {
      String detail = "verifier %s: not asked, %s".formatted(desk.name(), why);
      results.set(i, new Judged(desk.name(), Verdict.error(Cause.GIVEN_UP, detail)));
      i = next.getAndIncrement();
    }
  }

  private int hanging() {
    var group = Thread.currentThread().getThreadGroup();
    while (group.getParent() != null) {
      group = group.getParent();
    }
    var threads = new Thread[2 * group.activeCount() + MOST_HANGING];
    int count = group.enumerate(threads);
    String name = HANGING + desk.name();
    return (int)
        Arrays.stream(threads, 0, count).filter(thread -> thread.getName().equals(name)).count();
  }

  /** A thread of the lane. */
  private final class Worker implements Runnable {
    private final Thread thread = new Thread(this, "verifier " + desk.name());
    private volatile int current = IDLE;
    private volatile long started;
    private volatile long allowed = limit;
    private volatile boolean abandoned;
    private volatile Throwable failure;

    Worker() {
      thread.setDaemon(true);
    }

    @Override
    public void run() {
      try {
        work();
      } catch (Throwable fatal) {
        failure = fatal; // the task's thread throws it
      } finally {
        ended.add(this);
      }
    }

    private void work() {
      Verifier verifier = null;
      for (int i = next.getAndIncrement(); i < attempts.size(); i = next.getAndIncrement()) {
        desk.turns().acquireUninterruptibly();
        try {
          if (abandoned) {
            return;
          }
          Thread.interrupted(); // what a verifier left behind is not for the next response
          allowed = limit;
          started = System.nanoTime();
          current = i; // after its start: whoever sees it sees a start that is not too early
          Judged judged;
          try {
            verifier = verifier == null ? desk.open().get() : verifier;
            allowed = verifier.limit(attempts.get(i)).map(Duration::toNanos).orElse(limit);
            judged = judged(verifier, attempts.get(i));
          } catch (VirtualMachineError fatal) {
            if (!(fatal instanceof StackOverflowError)) {
              throw fatal;
            }
            judged = failed(fatal);
          } catch (UserError mendable) {
            throw mendable; // every further response would meet it as well
          } catch (Throwable thrown) {
            judged = failed(thrown);
          }
          if (!results.compareAndSet(i, null, judged) || abandoned) {
            return;
          }
          current = IDLE;
          hung.set(0);
        } finally {
          desk.turns().release();
        }
      }
      close(verifier);
    }

    private void close(Verifier verifier) {
      if (verifier instanceof AutoCloseable closeable) {
        allowed = limit;
        started = System.nanoTime();
        current = attempts.size();
        try {
          closeable.close();
        } catch (Exception nothingLeftToJudge) {
          return;
        }
      }
    }

    /** Until it has to be looked at again: the next judgement may have a shorter limit. */
    long nanosLeft(long now) {
      return current == IDLE ? limit : Math.min(limit, started + allowed - now);
    }

    /** Puts the error in place of a verdict; false where one came at the last moment. */
    boolean giveUp() {
      int i = current;
      if (i == IDLE) {
        return false;
      }
      String detail =
          "verifier %s: no verdict within %s s".formatted(desk.name(), seconds(allowed));
      var error = new Judged(desk.name(), Verdict.error(Cause.TIMEOUT, detail));
      if (i < attempts.size() && !results.compareAndSet(i, null, error)) {
        return false;
      }
      abandon();
      return true;
    }

    void abandon() {
      abandoned = true;
      thread.setName(HANGING + desk.name());
      thread.setPriority(Thread.MIN_PRIORITY);
      thread.interrupt();
    }

    void leave() {
      working.remove(this);
      if (failure instanceof Error fatal) {
        throw fatal;
      }
      if (failure instanceof RuntimeException fault) {
        throw fault;
      }
    }
  }

  private static String seconds(long nanos) {
    return BigDecimal.valueOf(nanos, 9).stripTrailingZeros().toPlainString();
  }
}
