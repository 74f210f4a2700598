package dev.mirrorspark.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.LoraConfig;
import dev.mirrorspark.model.TrainingPass.Settings;
import dev.mirrorspark.reduce.RankFailure;
import dev.mirrorspark.reduce.Ranks;
import dev.mirrorspark.reduce.Seat;
import dev.mirrorspark.reduce.SharedRanks;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Sequences spread over ranks against plain autograd in float64 over the whole. */
@Timeout(120)
class SpreadPassTest {
  private static final int VOCAB = 19;

  /** Grouped heads, biases, full attention. */
  private static final ModelShape QWEN =
      new ModelShape("qwen2", VOCAB, 16, 2, 4, 2, 6, 24, 640, 1e4, 1e-6, true, false, true);

  /** One key head for six query heads, untied. */
  private static final ModelShape LLAMA =
      new ModelShape("llama", VOCAB, 16, 1, 6, 1, 8, 20, 640, 1e4, 1e-5, true, true, false);

  /** Norms of heads; windows that end within a stretch, before it, and before the sequence. */
  private static final ModelShape QWEN3 =
      shape(
          "qwen3",
          4,
          2,
          new AttentionTraits(false, false, true, layers(100, 0, 6)),
          Rope.plain(1e4));

  /** A layer without rotary positions and with a window. */
  private static final ModelShape SMOLLM3 =
      shape(
          "smollm3",
          3,
          1,
          new AttentionTraits(
              true,
              true,
              false,
              List.of(LayerAttention.FULL, new LayerAttention(33, false), LayerAttention.FULL)),
          Rope.plain(1e4));

  /** A window in every layer, and scaled positions. */
  private static final ModelShape MISTRAL =
      shape(
          "mistral",
          4,
          4,
          new AttentionTraits(false, false, false, layers(17, 64, 1)),
          new Rope(100, new RopeScaling.Yarn(4, 64, 32, 1, true, 1.138629436111989)));

  private static ModelShape shape(
      String family, int heads, int kvHeads, AttentionTraits attention, Rope rope) {
    return new ModelShape(
        family, VOCAB, 16, 3, heads, kvHeads, 6, 24, 640, rope, 1e-5, attention, true);
  }

  private static List<LayerAttention> layers(int... windows) {
    return IntStream.of(windows).mapToObj(w -> new LayerAttention(w, true)).toList();
  }

  /** Sequences, and tokens wanted of them, the first sequence's last ones among them. */
  private record Wanted(PackedSequences batch, int[] places, int[] targets) {
    static Wanted of(long seed, int... lengths) {
      var random = new Random(seed);
      var batch =
          PackedSequences.of(
              Arrays.stream(lengths).mapToObj(n -> random.ints(n, 0, VOCAB).toArray()).toList());
      int[] places =
          IntStream.range(0, batch.tokens().length).filter(i -> random.nextInt(3) > 0).toArray();
      return new Wanted(batch, places, random.ints(places.length, 0, VOCAB).toArray());
    }
  }

  private record Result(float[] logprobs, double[] gradient) {}

  static Stream<Arguments> cases() {
    return Stream.of(QWEN, LLAMA, QWEN3, SMOLLM3, MISTRAL)
        .flatMap(
            shape ->
                Stream.of(
                    Arguments.of(shape, 4, Wanted.of(1, 317)),
                    Arguments.of(shape, 3, Wanted.of(2, 60, 1, 150, 7)),
                    Arguments.of(shape, 4, Wanted.of(3, 5))));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void theSumOverRanksIsTheGradient(ModelShape shape, int count, Wanted wanted) {
    double[] flat = weights(shape);
    var plain =
        PlainPass.of(
            shape,
            flat,
            wanted.batch(),
            wanted.places(),
            wanted.targets(),
            0.8,
            SpreadPassTest::derivatives);
    for (boolean recompute : new boolean[] {false, true}) {
      var settings = new Settings(recompute, 50);
      List<Result> ofRanks =
          side(
              shared(count), ranks -> run(ScalarType.Double, shape, flat, settings, ranks, wanted));
      for (Result result : ofRanks) {
        for (int i = 0; i < plain.logprobs().length; i++) {
          assertEquals(plain.logprobs()[i], result.logprobs()[i], 2e-6);
        }
      }
      double distance = distance(plain.gradient(), sum(ofRanks));
      assertTrue(distance < 2e-7, "distance " + distance); // derivatives pass through float
    }
  }

  @Test
  void fp32AndBf16StayNear() {
    var wanted = Wanted.of(4, 400);
    for (ModelShape shape : List.of(QWEN, QWEN3)) {
      double[] flat = rounded(weights(shape));
      var settings = new Settings(true, 100);
      double[] exact =
          sum(side(shared(2), r -> run(ScalarType.Double, shape, flat, settings, r, wanted)));
      double[] single =
          sum(side(shared(2), r -> run(ScalarType.Float, shape, flat, settings, r, wanted)));
      double[] half =
          sum(side(shared(2), r -> run(ScalarType.BFloat16, shape, flat, settings, r, wanted)));
      assertTrue(distance(exact, single) < 2e-5, "fp32: " + distance(exact, single));
      assertTrue(distance(exact, half) < 0.08, "bf16: " + distance(exact, half));
    }
  }

  @Test
  void runsAndProcessesGiveTheSameBits() {
    var wanted = Wanted.of(5, 300, 20);
    double[] flat = weights(QWEN3);
    var settings = new Settings(false, 64);
    Function<Ranks, Result> pass = r -> run(ScalarType.Float, QWEN3, flat, settings, r, wanted);
    List<Result> shared = side(shared(3), pass);
    List<Result> again = side(shared(3), pass);
    List<Result> apart = side(apart("a a b", 3), pass);
    for (int rank = 0; rank < 3; rank++) {
      assertArrayEquals(shared.get(rank).gradient(), again.get(rank).gradient());
      assertArrayEquals(shared.get(rank).gradient(), apart.get(rank).gradient());
      assertArrayEquals(shared.get(rank).logprobs(), apart.get(rank).logprobs());
    }
  }

  @Test
  void adaptersTrainToo() {
    var wanted = Wanted.of(6, 280);
    var lora = new LoraConfig(2, 4, List.of("q_proj", "v_proj", "down_proj"));
    double[] flat = weights(QWEN);
    var random = new Random(7);
    double[] beside =
        random.doubles(ParameterLayout.ofAdapters(QWEN, lora).size(), -0.3, 0.3).toArray();
    Function<Ranks, Result> pass =
        ranks -> {
          try (var scope = new PointerScope();
              var parameters =
                  Parameters.adapted(
                      QWEN,
                      tensor(ScalarType.Double, flat),
                      lora,
                      tensor(ScalarType.Double, beside))) {
            return accumulate(parameters, new Settings(false, 64), ranks, wanted);
          }
        };
    double[] whole = sum(side(shared(1), pass));
    assertTrue(distance(whole, sum(side(shared(4), pass))) < 2e-7);
  }

  @Test
  void aRankThatFailsEndsAll() {
    var wanted = Wanted.of(8, 100);
    var cause = new IllegalStateException("no such token");
    List<Throwable> ends = new ArrayList<>();
    try {
      side(
          shared(3),
          ranks -> {
            if (ranks.rank() == 1) {
              ranks.fail(cause);
              throw cause;
            }
            return run(
                ScalarType.Float, QWEN, weights(QWEN), new Settings(false, 64), ranks, wanted);
          });
    } catch (CompletionException e) {
      ends.add(e.getCause());
    }
    assertEquals(1, ends.size());
    Throwable first = ends.get(0);
    assertSame(cause, first instanceof RankFailure ? first.getCause() : first);
    assertInstanceOf(RuntimeException.class, first);
  }

  private static List<Ranks> shared(int count) {
    return SharedRanks.of(1, count, () -> false);
  }

  /** Ranks that take each other for ranks of other processes, with sockets between them. */
  private static List<Ranks> apart(String processes, int count) {
    String update = UUID.randomUUID().toString();
    List<String> names = List.of(processes.split(" "));
    String[] said = new String[names.size()];
    var all = new CyclicBarrier(names.size());
    ExecutorService threads = Executors.newFixedThreadPool(names.size());
    try {
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
        var seat = new Seat(update, task, names, "localhost", gather, () -> false);
        joining.add(
            CompletableFuture.supplyAsync(() -> Ranks.join(seat, 1, count, false), threads));
      }
      return joining.stream().flatMap(joined -> joined.join().stream()).toList();
    } finally {
      threads.shutdown();
    }
  }

  private static List<Result> side(List<Ranks> ranks, Function<Ranks, Result> work) {
    ExecutorService threads = Executors.newFixedThreadPool(ranks.size());
    try {
      var running =
          ranks.stream()
              .map(
                  one ->
                      CompletableFuture.supplyAsync(
                          () -> {
                            try (one) {
                              return work.apply(one);
                            } catch (RuntimeException e) {
                              one.fail(e);
                              throw e;
                            }
                          },
                          threads))
              .toList();
      return running.stream().map(CompletableFuture::join).toList();
    } finally {
      threads.shutdown();
    }
  }

  private static Result run(
      ScalarType type,
      ModelShape shape,
      double[] flat,
      Settings settings,
      Ranks ranks,
      Wanted wanted) {
    try (var scope = new PointerScope();
        var parameters = Parameters.trainable(shape, tensor(type, flat))) {
      return accumulate(parameters, settings, ranks, wanted);
    }
  }

  private static Result accumulate(
      Parameters parameters, Settings settings, Ranks ranks, Wanted wanted) {
    float[][] logprobs = new float[1][];
    try (var pass = new TrainingPass(parameters, settings)) {
      pass.accumulateSpread(
          ranks,
          wanted.batch(),
          wanted.places(),
          wanted.targets(),
          0.8,
          values -> {
            logprobs[0] = values.clone();
            float[] slopes = new float[values.length];
            for (int i = 0; i < slopes.length; i++) {
              slopes[i] = values[i] * (1 + i % 3);
            }
            return slopes;
          });
    }
    return new Result(logprobs[0], Tensors.doubles(parameters.gradient()));
  }

  private static double[] derivatives(double[] logprobs) {
    return IntStream.range(0, logprobs.length)
        .mapToDouble(i -> logprobs[i] * (1 + i % 3))
        .toArray();
  }

  private static double[] sum(List<Result> ofRanks) {
    double[] sum = new double[ofRanks.get(0).gradient().length];
    for (Result result : ofRanks) {
      for (int i = 0; i < sum.length; i++) {
        sum[i] += result.gradient()[i];
      }
    }
    return sum;
  }

  private static Tensor tensor(ScalarType type, double[] flat) {
    return Tensors.ofDoubles(flat, flat.length).to(type);
  }

  private static double[] rounded(double[] flat) {
    try (var scope = new PointerScope()) {
      return Tensors.doubles(tensor(ScalarType.BFloat16, flat));
    }
  }

  /** Normal weights of deviation 0.3; norm weights around 1. */
  private static double[] weights(ModelShape shape) {
    var random = new Random(11);
    double[] flat = new double[(int) ParameterLayout.of(shape).size()];
    for (var entry : ParameterLayout.of(shape).entries()) {
      double mean = entry.name().endsWith("norm.weight") ? 1 : 0;
      for (long i = entry.offset(); i < entry.offset() + entry.size(); i++) {
        flat[(int) i] = mean + 0.3 * random.nextGaussian();
      }
    }
    return flat;
  }

  /** Norm of the difference over norm of the first. */
  private static double distance(double[] expected, double[] actual) {
    double difference = 0;
    double norm = 0;
    for (int i = 0; i < expected.length; i++) {
      difference += (expected[i] - actual[i]) * (expected[i] - actual[i]);
      norm += expected[i] * expected[i];
    }
    return Math.sqrt(difference / norm);
  }
}
