package dev.mirrorspark.reward;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.decode.Attempt;
import dev.mirrorspark.reward.Verdict.Cause;
import dev.mirrorspark.reward.WatchedLane.Share;
import java.time.Duration;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WatchedLaneTest {
  private static final Duration LIMIT = Duration.ofMillis(150);

  private final CountDownLatch over = new CountDownLatch(1);
  private final AtomicInteger opened = new AtomicInteger();
  private final AtomicInteger closed = new AtomicInteger();
  private final Set<Integer> asked = Collections.synchronizedSet(new HashSet<>());

  @AfterEach
  void letHangingThreadsEnd() {
    over.countDown();
  }

  /** Hangs on some samples until the test is over, whoever interrupts it. */
  private final class Hanging implements Verifier, AutoCloseable {
    private final String name;
    private final Set<Integer> samples;

    Hanging(String name, Set<Integer> samples) {
      this.name = name;
      this.samples = samples;
      opened.incrementAndGet();
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public boolean handles(String answerType) {
      return true;
    }

    @Override
    public Verdict verify(Attempt attempt) {
      asked.add(attempt.sample());
      boolean waits = samples.contains(attempt.sample());
      while (waits) {
        try {
          over.await();
          waits = false;
        } catch (InterruptedException ignored) {
          waits = true;
        }
      }
      return Verdict.of(true, "right");
    }

    @Override
    public Verdict verify(String answer, String answerType, String response) {
      throw new IllegalStateException("the whole attempt is asked for");
    }

    @Override
    public void close() {
      closed.incrementAndGet();
    }
  }

  @Test
  void aJudgementThatHangsIsAnErrorAndTheOthersGoOn() {
    var results = judge("hangs", Set.of(1, 3), 6);
    for (int i = 0; i < 6; i++) {
      var verdict = results.get(i).verdict();
      boolean hung = i == 1 || i == 3;
      assertEquals(hung ? "error" : "correct", verdict.outcome().label(), "sample " + i);
      assertEquals(hung ? Optional.of(Cause.TIMEOUT) : Optional.empty(), verdict.cause());
    }
    assertEquals("verifier hangs: no verdict within 0.15 s", results.get(1).verdict().detail());
    assertEquals(3, opened.get(), "a fresh instance after each that hangs");
    assertEquals(1, closed.get(), "the last one ended");
  }

  @Test
  void aVerifierThatAlwaysHangsIsGivenUp() {
    long start = System.nanoTime();
    var results = judge("always hangs", everySample(50), 50);
    double seconds = (System.nanoTime() - start) * 1e-9;
    assertEquals(WatchedLane.MOST_HUNG, asked.size());
    assertEquals(WatchedLane.MOST_HUNG, count(results, Cause.TIMEOUT));
    assertEquals(50 - WatchedLane.MOST_HUNG, count(results, Cause.GIVEN_UP));
    assertEquals(
        "verifier always hangs: not asked, it hung on 4 responses of this task",
        results.get(49).verdict().detail());
    assertTrue(seconds < 50 * 0.15 / 2, "took " + seconds + " s");
  }

  /** Four that hang cost those no verdict that come behind. */
  @Test
  void aVerdictBetweenShowsThatTheVerifierIsAlive() {
    var results = judge("hangs at times", Set.of(0, 2, 4, 6, 8), 10);
    assertEquals(5, count(results, Cause.TIMEOUT));
    assertEquals(0, count(results, Cause.GIVEN_UP));
    assertEquals("correct", results.get(9).verdict().outcome().label());
  }

  @Test
  void aVerifierThatHangsAgainAndAgainIsGivenUp() {
    Set<Integer> even = new HashSet<>();
    for (int i = 0; i < 60; i += 2) {
      even.add(i);
    }
    var supplied = Desk.of("hangs on half", () -> new Interruptible(even));
    var share = new Share(supplied, Attempts.right(60));
    var results = WatchedLane.judge(List.of(share), false, LIMIT).get(0);
    assertEquals(WatchedLane.MOST_HUNG_IN_ALL, count(results, Cause.TIMEOUT));
    assertTrue(count(results, Cause.GIVEN_UP) > 20);
  }

  /** Sleeps on some samples until it is interrupted. */
  private record Interruptible(Set<Integer> samples) implements Verifier {
    @Override
    public String name() {
      return "hangs on half";
    }

    @Override
    public boolean handles(String answerType) {
      return true;
    }

    @Override
    public Verdict verify(Attempt attempt) throws InterruptedException {
      if (samples.contains(attempt.sample())) {
        Thread.sleep(600_000);
      }
      return Verdict.of(true, "right");
    }

    @Override
    public Verdict verify(String answer, String answerType, String response) {
      throw new IllegalStateException("the whole attempt is asked for");
    }
  }

  @Test
  void aVerifierWithALimitOfItsOwnIsWatchedByThat() {
    Supplier<Verifier> slow =
        () ->
            new Verifier() {
              @Override
              public String name() {
                return "slow";
              }

              @Override
              public boolean handles(String answerType) {
                return true;
              }

              @Override
              public Verdict verify(String answer, String answerType, String response)
                  throws InterruptedException {
                Thread.sleep(2 * LIMIT.toMillis());
                return Verdict.of(false, "too slow");
              }

              @Override
              public Optional<Duration> limit(Attempt attempt) {
                return Optional.of(attempt.sample() < 5 ? LIMIT.multipliedBy(100) : LIMIT);
              }
            };
    var share = new Share(Desk.of("slow", slow), Attempts.right(6));
    var results = WatchedLane.judge(List.of(share), false, LIMIT).get(0);
    assertEquals(1, count(results, Cause.TIMEOUT));
    assertEquals("too slow", results.get(4).verdict().detail());
  }

  @Test
  void whatHangsInAProcessIsBoundedOverTasks() {
    for (int task = 0; task < WatchedLane.MOST_HANGING / WatchedLane.MOST_HUNG; task++) {
      judge("hangs for good", everySample(20), 20);
    }
    asked.clear();
    var results = judge("hangs for good", everySample(20), 20);
    assertEquals(Set.of(), asked);
    assertEquals(20, count(results, Cause.GIVEN_UP));
    assertTrue(
        results.get(0).verdict().detail().endsWith("16 of its threads still hang in this executor"),
        results.get(0).verdict().detail());
    assertEquals(0, count(judge("another", Set.of(), 5), Cause.GIVEN_UP));
  }

  @Test
  void aVerifierThatCannotBeMadeIsAnErrorOfEachResponse() {
    var desk =
        Desk.of(
            "broken",
            () -> {
              throw new IllegalStateException("no licence");
            });
    var results = WatchedLane.judge(List.of(new Share(desk, Attempts.right(3))), false, LIMIT);
    assertEquals(3, count(results.get(0), Cause.EXCEPTION));
  }

  @Test
  void memoryThatRunsOutFailsTheTask() {
    var desk =
        Desk.of(
            "greedy",
            () -> {
              throw new OutOfMemoryError("test");
            });
    var shares = List.of(new Share(desk, Attempts.right(3)));
    assertThrows(OutOfMemoryError.class, () -> WatchedLane.judge(shares, false, LIMIT));
  }

  /**
   * The best of many short rounds, so that other processes count little; a busy machine took 10 µs.
   */
  @Test
  void watchingCostsLittle() {
    var attempts = Attempts.right(1_000);
    var verifiers = Verifiers.load(RunFile.parse("", List.of()));
    var rule = new RuleVerifier();
    double bare = Double.MAX_VALUE;
    double watched = Double.MAX_VALUE;
    for (int round = 0; round < 200; round++) {
      bare = Math.min(bare, nanos(attempts, () -> bare(rule, attempts)));
      watched = Math.min(watched, nanos(attempts, () -> verifiers.judge(attempts)));
    }
    System.out.printf(
        "a response: %.0f ns bare, %.0f ns through routes and watch%n", bare, watched);
    assertTrue(watched < bare + 30_000, "bare " + bare + " ns, watched " + watched + " ns");
  }

  private static List<Judged> bare(RuleVerifier rule, List<Attempt> attempts) {
    return attempts.stream()
        .map(
            attempt ->
                new Judged(
                    "rule",
                    rule.verify(
                        attempt.reference().answer(),
                        attempt.reference().answerType(),
                        attempt.response())))
        .toList();
  }

  private static double nanos(List<Attempt> attempts, Supplier<List<Judged>> work) {
    long start = System.nanoTime();
    assertEquals(attempts.size(), work.get().size());
    return (double) (System.nanoTime() - start) / attempts.size();
  }

  private List<Judged> judge(String name, Set<Integer> hangsOn, int responses) {
    var desk = Desk.of(name, () -> new Hanging(name, hangsOn));
    var share = new Share(desk, Attempts.right(responses));
    return WatchedLane.judge(List.of(share), false, LIMIT).get(0);
  }

  private static Set<Integer> everySample(int responses) {
    Set<Integer> all = new HashSet<>();
    for (int i = 0; i < responses; i++) {
      all.add(i);
    }
    return all;
  }

  private static long count(List<Judged> results, Cause cause) {
    return results.stream().filter(one -> one.verdict().cause().equals(Optional.of(cause))).count();
  }
}
