package dev.mirrorspark.reduce;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Ranks of one process against a loop in Java, and how they end. */
@Timeout(60)
class SharedRanksTest {
  private static final int SIZE = 200_003;

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5})
  void sumsInTheOrderOfRanks(int count) {
    try (var scope = new PointerScope()) {
      Tensor flat = Steps.zeros(SIZE);
      var failures =
          Steps.side(
              SharedRanks.of(SIZE, count, () -> false), one -> Steps.run(one, flat, step -> {}));
      assertEquals(Collections.nCopies(count, null), failures);
      assertArrayEquals(Steps.expected(SIZE, count), Steps.floats(flat));
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 3", "2, 5", "7, 7", "1000000007, 13", "6000000000001, 1000"})
  void shardsCoverTheBuffer(long size, int count) {
    var shards = new Shards(size, count);
    assertEquals(0, shards.from(0));
    assertEquals(size, shards.to(count - 1));
    for (int shard = 0; shard < count; shard++) {
      assertTrue(Math.abs(shards.length(shard) - (double) size / count) < 1, "shard " + shard);
      assertEquals(shards.to(shard), shards.from(shard + 1));
    }
  }

  @Test
  void aFailureFreesTheOthersAndKeepsItsCause() {
    var cause = new IllegalStateException("no such token");
    var failures =
        Steps.side(
            SharedRanks.of(8, 3, () -> false),
            one -> {
              if (one.rank() == 1) {
                pause(200);
                throw cause;
              }
              one.gather(new byte[0]);
            });
    for (int rank : List.of(0, 2)) {
      var failure = assertInstanceOf(RankFailure.class, failures.get(rank));
      assertSame(cause, failure.getCause());
      assertTrue(failure.getMessage().contains("rank 1 failed"), failure.getMessage());
    }
  }

  @Test
  void aWrongTensorFreesTheOthers() {
    try (var scope = new PointerScope()) {
      Tensor flat = Steps.zeros(8);
      Tensor wrong = Steps.zeros(9);
      var failures =
          Steps.side(
              SharedRanks.of(8, 2, () -> false), one -> one.share(one.rank() == 0 ? flat : wrong));
      assertInstanceOf(IllegalArgumentException.class, failures.get(1));
      assertSame(failures.get(1), failures.get(0).getCause());
    }
  }

  @Test
  void whoLeavesIsNotWaitedFor() {
    var failures =
        Steps.side(
            SharedRanks.of(8, 2, () -> false),
            one -> {
              one.gather(new byte[0]);
              if (one.rank() == 0) {
                one.gather(new byte[0]);
              }
            });
    assertEquals("rank 1 left before the others", failures.get(0).getMessage());
    assertEquals(null, failures.get(1));
  }

  @Test
  void aKilledTaskEndsTheWait() {
    var killed = new AtomicBoolean();
    List<Ranks> ranks = SharedRanks.of(8, 2, killed::get);
    List<Long> milliseconds = new ArrayList<>();
    var failures =
        Steps.side(
            ranks.subList(0, 1),
            one -> {
              new Thread(
                      () -> {
                        pause(300);
                        killed.set(true);
                      })
                  .start();
              long start = System.nanoTime();
              try {
                one.gather(new byte[0]);
              } finally {
                milliseconds.add((System.nanoTime() - start) / 1_000_000);
              }
            });
    assertEquals("the task was killed", failures.get(0).getMessage());
    assertTrue(milliseconds.get(0) >= 290, milliseconds.toString());
    assertTrue(milliseconds.get(0) < 5_000, milliseconds.toString());
  }

  private static void pause(long milliseconds) {
    try {
      Thread.sleep(milliseconds);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
