package dev.mirrorspark.math;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/** Measures comparisons; run by {@code submit/verifier-bench}. */
final class VerifierBench {
  private static final double SECONDS = 30;

  private VerifierBench() {}

  /**
   * {@code plain [threads]}, {@code symbolic [threads]}, {@code math} or {@code random [pairs]}.
   */
  public static void main(String[] arguments)
      throws IOException, InterruptedException, ExecutionException {
    int threads = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 2;
    int pairs = arguments.length > 1 ? threads : 10_000;
    switch (arguments[0]) {
      case "plain" -> measure("plain", threads, pairs(true), 5, 10_000_000_000L);
      case "symbolic" -> measure("symbolic", threads, pairs(false), 4, 10_000_000_000L);
      case "math" -> math();
      case "random" -> System.out.println(RandomPairsCheck.of(pairs, new MathComparer(SECONDS)));
      default -> throw new IllegalArgumentException(arguments[0]);
    }
    System.exit(0);
  }

  /** The pairs of the table that are decided in process, or those that are not. */
  private static List<String[]> pairs(boolean plain) throws IOException {
    List<String[]> pairs = new ArrayList<>();
    for (var pair : AnswerPairs.read()) {
      // 2004! is exact, but not what is plain
      boolean large = pair.reference().contains("200");
      boolean exact = MathComparer.exactly(pair.reference(), pair.answer()).isPresent();
      if (exact == plain && !large) {
        pairs.add(new String[] {pair.reference(), pair.answer()});
      }
    }
    return pairs;
  }

  /** Compares the pairs over and over; the first rounds warm up. */
  private static void measure(
      String name, int threads, List<String[]> pairs, int rounds, long nanos)
      throws InterruptedException, ExecutionException {
    var comparer = new MathComparer(SECONDS);
    var pool = Executors.newFixedThreadPool(threads);
    for (int round = 1; round <= rounds; round++) {
      long start = System.nanoTime();
      double computed = computed();
      List<Future<Long>> counts = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        int offset = i * 17;
        counts.add(
            pool.submit(
                () -> {
                  long count = 0;
                  while (System.nanoTime() - start < nanos) {
                    String[] pair = pairs.get((int) ((count + offset) % pairs.size()));
                    comparer.compare(pair[0], pair[1]);
                    count++;
                  }
                  return count;
                }));
      }
      long total = 0;
      for (var count : counts) {
        total += count.get();
      }
      System.out.printf(
          Locale.ROOT,
          "%s, round %d: %d pairs, %d threads: %,.0f comparisons/s, %,.0f a second of one core%n",
          name,
          round,
          pairs.size(),
          threads,
          total / ((System.nanoTime() - start) / 1e9),
          total / (computed() - computed));
    }
    pool.shutdown();
  }

  /** Processor time of this process and its workers so far, in seconds. */
  private static double computed() {
    return Stream.concat(Stream.of(ProcessHandle.current()), ProcessHandle.current().children())
        .flatMap(process -> process.info().totalCpuDuration().stream())
        .mapToDouble(time -> time.toNanos() / 1e9)
        .sum();
  }

  /** Every answer of MATH against three spellings and a changed one, the symbolic ones included. */
  private static void math() throws IOException {
    var answers = MathSet.answers();
    if (answers.isEmpty()) {
      System.out.println("no shared/data/math beside this folder");
      return;
    }
    long start = System.nanoTime();
    var check = new MathAnswersCheck(new MathComparer(SECONDS));
    answers.get().forEach(check::add);
    System.out.println(check);
    System.out.println("not read: " + check.unread());
    System.out.println("equal as texts alone: " + check.byText());
    System.out.println("wrong: " + check.wrong());
    System.out.printf(Locale.ROOT, "%.0f s%n", (System.nanoTime() - start) / 1e9);
  }
}
