package dev.mirrorspark.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.model.TrainingPass.Settings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Hand-written gradients against plain autograd in float64 and against finite differences. */
class TrainingPassTest {
  private static final int VOCAB = 19;
  private static final Settings ONE_CHUNK = new Settings(false, 4096);

  /** Grouped heads, Qwen2's biases, tied. */
  private static final ModelShape QWEN =
      new ModelShape("qwen2", VOCAB, 16, 3, 4, 2, 6, 24, 320, 1e4, 1e-6, true, false, true);

  /** One key head, every bias, untied; wider heads than hidden / heads. */
  private static final ModelShape LLAMA =
      new ModelShape("llama", VOCAB, 16, 2, 6, 1, 8, 20, 320, 1e4, 1e-5, true, true, false);

  /** A key head for each query head, no bias, tied. */
  private static final ModelShape FULL =
      new ModelShape("llama", VOCAB, 12, 2, 3, 3, 4, 20, 320, 1e4, 1e-5, false, false, true);

  /** A norm of query and key heads in every layer; a window in one, which crosses its blocks. */
  private static final ModelShape QWEN3 =
      shape(
          "qwen3",
          4,
          2,
          new AttentionTraits(false, false, true, layers(100, 0, 6)),
          Rope.plain(1e4));

  /** A layer without rotary positions between two with. */
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

  /** A window in every layer, and positions scaled with a factor on cosines and sines. */
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
        family, VOCAB, 16, 3, heads, kvHeads, 6, 24, 320, rope, 1e-5, attention, true);
  }

  private static List<LayerAttention> layers(int... windows) {
    return IntStream.of(windows).mapToObj(w -> new LayerAttention(w, true)).toList();
  }

  /** Sequences and what is wanted of them. */
  private record Wanted(PackedSequences batch, int[] places, int[] targets) {
    /** Most tokens of sequences of those lengths, in no order, each place once. */
    static Wanted of(long seed, int... lengths) {
      var random = new Random(seed);
      List<int[]> sequences =
          Arrays.stream(lengths).mapToObj(n -> random.ints(n, 0, VOCAB).toArray()).toList();
      var batch = PackedSequences.of(sequences);
      List<Integer> places = new ArrayList<>();
      for (int i = 0; i < batch.tokens().length; i++) {
        if (random.nextInt(4) > 0) {
          places.add(random.nextInt(places.size() + 1), i);
        }
      }
      int[] targets = random.ints(places.size(), 0, VOCAB).toArray();
      return new Wanted(batch, places.stream().mapToInt(Integer::intValue).toArray(), targets);
    }
  }

  private record Result(float[] logprobs, double[] gradient) {}

  static Stream<Arguments> cases() {
    return Stream.of(QWEN, LLAMA, FULL, QWEN3, SMOLLM3, MISTRAL)
        .flatMap(
            shape ->
                Stream.of(
                    Arguments.of(shape, 1.0, Wanted.of(1, 5, 5, 5)),
                    Arguments.of(shape, 0.7, Wanted.of(2, 1, 40, 3, 170, 2, 41, 39, 9)),
                    Arguments.of(shape, 1.3, Wanted.of(3, 200)),
                    Arguments.of(shape, 0.9, Wanted.of(4, 300, 296, 33))));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void equalsPlainAutogradInFloat64(ModelShape shape, double temperature, Wanted wanted) {
    double[] flat = weights(shape, 11);
    var plain =
        PlainPass.of(
            shape,
            flat,
            wanted.batch(),
            wanted.places(),
            wanted.targets(),
            temperature,
            TrainingPassTest::derivatives);
    for (boolean recompute : new boolean[] {false, true}) {
      for (int chunk : new int[] {1, 7, 4096}) {
        var settings = new Settings(recompute, chunk);
        var result = inDoubles(shape, flat, settings, temperature, wanted);
        String what = settings.toString();
        for (int i = 0; i < plain.logprobs().length; i++) {
          assertEquals(plain.logprobs()[i], result.logprobs()[i], 2e-6, what);
        }
        // the derivatives pass through float
        assertTrue(distance(plain.gradient(), result.gradient()) < 2e-7, what);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void fp32StaysNearFloat64(ModelShape shape, double temperature, Wanted wanted) {
    double[] flat = weights(shape, 12);
    double[] exact = inDoubles(shape, flat, ONE_CHUNK, temperature, wanted).gradient();
    double[] gradient =
        in(ScalarType.Float, shape, flat, ONE_CHUNK, temperature, wanted).gradient();
    assertTrue(distance(exact, gradient) < 2e-5, "distance " + distance(exact, gradient));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void recomputeAndRunsGiveTheSameBits(ModelShape shape, double temperature, Wanted wanted) {
    double[] flat = weights(shape, 13);
    for (ScalarType type : new ScalarType[] {ScalarType.Float, ScalarType.BFloat16}) {
      var first = in(type, shape, flat, new Settings(false, 50), temperature, wanted);
      var second = in(type, shape, flat, new Settings(false, 50), temperature, wanted);
      var again = in(type, shape, flat, new Settings(true, 50), temperature, wanted);
      assertArrayEquals(first.gradient(), second.gradient(), "run twice in " + type);
      assertArrayEquals(first.logprobs(), again.logprobs(), "recompute in " + type);
      assertArrayEquals(first.gradient(), again.gradient(), "recompute in " + type);
    }
  }

  @Test
  void equalsFiniteDifferences() {
    for (ModelShape shape : List.of(QWEN, LLAMA, QWEN3)) {
      var wanted = Wanted.of(5, 9, 4, 23);
      double[] flat = weights(shape, 14);
      double[] gradient = inDoubles(shape, flat, ONE_CHUNK, 0.8, wanted).gradient();
      var random = new Random(6);
      for (var entry : ParameterLayout.of(shape).entries()) {
        for (int i = 0; i < 3; i++) {
          int place = (int) (entry.offset() + random.nextInt((int) entry.size()));
          double step = 1e-5;
          double slope =
              (loss(shape, flat, place, step, wanted) - loss(shape, flat, place, -step, wanted))
                  / (2 * step);
          double scale = Math.max(Math.abs(slope), 1e-2);
          assertEquals(slope, gradient[place], 1e-5 * scale, entry.name() + " at " + place);
        }
      }
    }
  }

  /** The loss whose derivatives {@link #derivatives} gives, from the plain pass. */
  private static double loss(
      ModelShape shape, double[] flat, int place, double step, Wanted wanted) {
    double[] moved = flat.clone();
    moved[place] += step;
    double[] logprobs =
        PlainPass.of(
                shape,
                moved,
                wanted.batch(),
                wanted.places(),
                wanted.targets(),
                0.8,
                TrainingPassTest::derivatives)
            .logprobs();
    return IntStream.range(0, logprobs.length)
        .mapToDouble(i -> logprobs[i] * logprobs[i] / 2 * (1 + i % 3))
        .sum();
  }

  @Test
  void bf16AddsUpInFp32() {
    var wanted = Wanted.of(7, 30, 12);
    double[] flat = weights(QWEN, 15);
    try (var scope = new PointerScope();
        var parameters = Parameters.trainable(QWEN, tensor(ScalarType.BFloat16, flat));
        var pass = new TrainingPass(parameters, ONE_CHUNK)) {
      assertEquals(ScalarType.Float, Tensors.type(parameters.gradient()));
      UnaryOperator<float[]> loss = TrainingPassTest::derivatives;
      int times = 300; // a sum in bf16 stands still after 256 equal parts
      pass.accumulate(wanted.batch(), wanted.places(), wanted.targets(), 1, loss);
      double[] once = Tensors.doubles(parameters.gradient());
      for (int i = 1; i < times; i++) {
        pass.accumulate(wanted.batch(), wanted.places(), wanted.targets(), 1, loss);
      }
      double[] sum = Arrays.stream(once).map(x -> x * times).toArray();
      assertTrue(distance(sum, Tensors.doubles(parameters.gradient())) < 1e-5);
      double[] exact = inDoubles(QWEN, rounded(flat), ONE_CHUNK, 1, wanted).gradient();
      assertTrue(distance(exact, once) < 0.05, "distance " + distance(exact, once));
    }
  }

  @Test
  void bf16IsNearFloat64InEveryKindOfLayer() {
    var wanted = Wanted.of(10, 150, 40);
    for (ModelShape shape : List.of(QWEN3, SMOLLM3, MISTRAL)) {
      double[] flat = rounded(weights(shape, 18));
      double[] exact = inDoubles(shape, flat, ONE_CHUNK, 1, wanted).gradient();
      double[] rough = in(ScalarType.BFloat16, shape, flat, ONE_CHUNK, 1, wanted).gradient();
      assertTrue(distance(exact, rough) < 0.05, "distance " + distance(exact, rough));
    }
  }

  @Test
  void logprobsAreThoseOfTheGradientPass() {
    var wanted = Wanted.of(8, 30, 12, 31);
    double[] flat = weights(QWEN, 16);
    try (var scope = new PointerScope();
        var parameters = Parameters.frozen(QWEN, tensor(ScalarType.Float, flat));
        var pass = new TrainingPass(parameters, new Settings(true, 10))) {
      float[] alone = pass.logprobs(wanted.batch(), wanted.places(), wanted.targets(), 0.9);
      var result = in(ScalarType.Float, QWEN, flat, new Settings(true, 10), 0.9, wanted);
      assertArrayEquals(result.logprobs(), alone);
      var figures = pass.figures(wanted.batch(), wanted.places(), wanted.targets(), 0.9);
      assertArrayEquals(alone, figures.logprobs());
      assertArrayEquals(entropies(pass, wanted, QWEN.tokens()), figures.entropies(), 1e-5F);
      assertThrows(
          IllegalStateException.class,
          () -> pass.accumulate(wanted.batch(), wanted.places(), wanted.targets(), 1, x -> x));
    }
  }

  @Test
  void idsThatNoTokenHasCountForNoEntropy() {
    var shape = QWEN.withTokens(QWEN.vocab() - 3);
    var wanted = Wanted.of(8, 30, 12, 31);
    int last = shape.tokens() - 1;
    int[] targets = Arrays.stream(wanted.targets()).map(token -> Math.min(token, last)).toArray();
    try (var scope = new PointerScope();
        var parameters = Parameters.frozen(shape, tensor(ScalarType.Float, weights(QWEN, 16)));
        var pass = new TrainingPass(parameters, new Settings(true, 10))) {
      var figures = pass.figures(wanted.batch(), wanted.places(), targets, 0.9);
      assertArrayEquals(entropies(pass, wanted, last + 1), figures.entropies(), 1e-5F);
    }
  }

  /**
   * By definition: minus the sum of p log p, each token of the vocabulary asked for in its turn.
   */
  private static float[] entropies(TrainingPass pass, Wanted wanted, int tokens) {
    float[] entropies = new float[wanted.places().length];
    double[] sums = new double[entropies.length];
    for (int token = 0; token < tokens; token++) {
      int[] targets = new int[entropies.length];
      Arrays.fill(targets, token);
      float[] logprobs = pass.logprobs(wanted.batch(), wanted.places(), targets, 0.9);
      for (int i = 0; i < sums.length; i++) {
        sums[i] -= Math.exp(logprobs[i]) * logprobs[i];
        entropies[i] = (float) sums[i];
      }
    }
    return entropies;
  }

  @ParameterizedTest
  @MethodSource("dev.mirrorspark.model.FamilyShapes#all")
  void everyFamilyIsTheDecoders(String name, ModelShape shape) {
    var wanted = Wanted.of(9, 41, 1, 64, 40, 12);
    double[] flat = weights(shape, 17);
    var plain =
        PlainPass.of(
            shape,
            flat,
            wanted.batch(),
            wanted.places(),
            wanted.targets(),
            1,
            TrainingPassTest::derivatives);
    var result = inDoubles(shape, flat, ONE_CHUNK, 1, wanted);
    assertTrue(distance(plain.gradient(), result.gradient()) < 2e-7, name);
    try (var scope = new PointerScope();
        var parameters = Parameters.frozen(shape, tensor(ScalarType.Double, flat));
        var pass = new TrainingPass(parameters, ONE_CHUNK)) {
      float[] alone = pass.logprobs(wanted.batch(), wanted.places(), wanted.targets(), 1);
      for (int i = 0; i < alone.length; i++) {
        assertEquals(plain.logprobs()[i], alone[i], 2e-6, name);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.mirrorspark.model.FamilyShapes#all")
  void turnsAsTheDecoder(String name, ModelShape shape) {
    int[] positions = {0, 5, 63, 1, 17, 31};
    try (var scope = new PointerScope();
        var rotary = new Rotary(shape, tensor(ScalarType.Double, new double[1]))) {
      Tensor like = tensor(ScalarType.Double, new double[1]);
      var turn = rotary.at(positions, Tensors.indices(positions, like.device()));
      var rotation = Rotation.of(shape, RotaryPositions.of(positions), 64, like);
      assertArrayEquals(Tensors.doubles(turn.cos()), Tensors.doubles(rotation.cos()), name);
      Tensor half = turn.sin().narrow(2, 0, shape.headDim() / 2);
      assertArrayEquals(Tensors.doubles(half), Tensors.doubles(rotation.sin()), name);
    }
  }

  @Test
  void refusesWhatDoesNotFit() {
    var batch = PackedSequences.of(List.of(new int[] {1, 2}, new int[] {3}));
    try (var scope = new PointerScope();
        var parameters = Parameters.trainable(QWEN, tensor(ScalarType.Float, weights(QWEN, 1)));
        var pass = new TrainingPass(parameters, ONE_CHUNK)) {
      for (int[] places : new int[][] {{0, 0}, {-1, 0}, {0, 3}, {0}}) {
        assertThrows(
            IllegalArgumentException.class,
            () -> pass.accumulate(batch, places, new int[] {1, 2}, 1, x -> x));
      }
      var tooLong = PackedSequences.of(List.of(new int[321]));
      var refused =
          assertThrows(
              IllegalArgumentException.class,
              () -> pass.accumulate(tooLong, new int[] {0}, new int[] {1}, 1, x -> x));
      assertEquals("position 320, but max_position_embeddings is 320", refused.getMessage());
    }
    assertThrows(
        IllegalArgumentException.class,
        () -> new PackedSequences(new int[] {1, 2}, new int[] {0, 1}));
    assertThrows(
        IllegalArgumentException.class,
        () -> PackedSequences.of(List.of(new int[] {1}, new int[0])));
  }

  private static double[] derivatives(double[] logprobs) {
    double[] result = new double[logprobs.length];
    for (int i = 0; i < result.length; i++) {
      result[i] = logprobs[i] * (1 + i % 3);
    }
    return result;
  }

  private static float[] derivatives(float[] logprobs) {
    float[] result = new float[logprobs.length];
    for (int i = 0; i < result.length; i++) {
      result[i] = logprobs[i] * (1 + i % 3);
    }
    return result;
  }

  private static Result inDoubles(
      ModelShape shape, double[] flat, Settings settings, double temperature, Wanted wanted) {
    return in(ScalarType.Double, shape, flat, settings, temperature, wanted);
  }

  private static Result in(
      ScalarType type,
      ModelShape shape,
      double[] flat,
      Settings settings,
      double temperature,
      Wanted wanted) {
    try (var scope = new PointerScope();
        var parameters = Parameters.trainable(shape, tensor(type, flat));
        var pass = new TrainingPass(parameters, settings)) {
      float[][] logprobs = new float[1][];
      pass.accumulate(
          wanted.batch(),
          wanted.places(),
          wanted.targets(),
          temperature,
          values -> {
            logprobs[0] = values.clone();
            return derivatives(values);
          });
      return new Result(logprobs[0], Tensors.doubles(parameters.gradient()));
    }
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
  private static double[] weights(ModelShape shape, long seed) {
    var random = new Random(seed);
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
