package dev.mirrorspark.reduce;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicBoolean;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ranks that take each other for ranks of other processes, with sockets between them. */
@Timeout(120)
class ProcessRanksTest {
  /** Of two ranks, more than one chunk a shard. */
  private static final int SIZE = 2_200_003;

  private final AtomicBoolean killed = new AtomicBoolean();

  /** By task, its ranks. */
  private List<List<Ranks>> join(String processes, int size, int count) {
    String update = UUID.randomUUID().toString();
    List<String> names = List.of(processes.split(" "));
    String[] said = new String[names.size()];
    var all = new CyclicBarrier(names.size());
    List<CompletableFuture<List<Ranks>>> joining = new ArrayList<>();
    for (int t = 0; t < names.size(); t++) {
      int task = t;
      Seat.Gather gather =
          mine -> {
            said[task] = mine;
            try {
              all.await();
            } catch (Exception e) {
              throw new IllegalStateException(e);
            }
            return List.of(said);
          };
      var seat = new Seat(update, task, names, "localhost", gather, killed::get);
      var joined = new CompletableFuture<List<Ranks>>();
      new Thread(
              () -> {
                try {
                  joined.complete(Ranks.join(seat, size, count, false));
                } catch (RuntimeException e) {
                  joined.completeExceptionally(e);
                }
              })
          .start();
      joining.add(joined);
    }
    return joining.stream().map(CompletableFuture::join).toList();
  }

  @ParameterizedTest
  @CsvSource({"a b, 2", "a b, 3", "a a b, 3", "a b c, 2", "a b a c, 5", "a a, 4"})
  void givesTheBitsOfOneProcess(String processes, int count) {
    String[] names = processes.split(" ");
    try (var scope = new PointerScope()) {
      Map<String, Tensor> flats = new HashMap<>();
      for (String name : names) {
        flats.computeIfAbsent(name, process -> Steps.zeros(SIZE));
      }
      List<List<Ranks>> tasks = join(processes, SIZE, count);
      Map<Ranks, Tensor> flatOf = new HashMap<>();
      for (int task = 0; task < names.length; task++) {
        for (Ranks one : tasks.get(task)) {
          flatOf.put(one, flats.get(names[task]));
          assertEquals(flats.size() == 1 ? SharedRanks.class : ProcessRanks.class, one.getClass());
        }
      }
      List<Ranks> ranks = tasks.stream().flatMap(List::stream).toList();
      assertEquals(count, ranks.size());
      var failures = Steps.side(ranks, one -> Steps.run(one, flatOf.get(one), step -> {}));
      assertEquals(Collections.nCopies(count, null), failures);
      float[] expected = Steps.expected(SIZE, count);
      for (Ranks one : ranks) {
        assertArrayEquals(expected, Steps.floats(flatOf.get(one)));
      }
    }
  }

  @Test
  void aFailureFreesTheRanksOfAllProcesses() {
    List<Ranks> ranks = join("a a b", 64, 3).stream().flatMap(List::stream).toList();
    var cause = new IllegalStateException("no such token");
    var failures =
        Steps.side(
            ranks,
            one -> {
              one.gather(new byte[0]);
              if (one.rank() == 1) {
                throw cause;
              }
              one.gather(new byte[0]);
            });
    assertSame(cause, failures.get(1));
    assertSame(cause, failures.get(0).getCause());
    String elsewhere = failures.get(2).getMessage();
    assertTrue(elsewhere.startsWith("rank 2 lost rank "), elsewhere);
  }

  @Test
  void aKilledTaskEndsTheWait() {
    List<Ranks> ranks = join("a b", 64, 2).stream().flatMap(List::stream).toList();
    var start = new long[1];
    var failures =
        Steps.side(
            ranks.subList(0, 1),
            one -> {
              start[0] = System.nanoTime();
              killed.set(true);
              one.gather(new byte[0]);
            });
    assertEquals("the task was killed", failures.get(0).getMessage());
    assertTrue(System.nanoTime() - start[0] < 5_000_000_000L);
    ranks.get(1).close();
  }
}
