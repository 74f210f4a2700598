package dev.mirrorspark.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.LoraConfig;
import dev.mirrorspark.model.TrainingPass.Settings;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Gradients of adapters against plain autograd over the merged weights, in float64, and against
 * finite differences.
 */
class AdapterPassTest {
  private static final int VOCAB = 19;

  private static final ModelShape QWEN =
      new ModelShape("qwen2", VOCAB, 16, 3, 4, 2, 6, 24, 256, 1e4, 1e-6, true, false, true);
  private static final ModelShape LLAMA =
      new ModelShape("llama", VOCAB, 16, 2, 6, 1, 8, 20, 256, 1e4, 1e-5, true, true, false);

  private static final PackedSequences BATCH = batch();
  private static final int[] PLACES =
      IntStream.range(0, BATCH.tokens().length).filter(i -> i % 4 > 0).toArray();
  private static final int[] TARGETS = new Random(4).ints(PLACES.length, 0, VOCAB).toArray();

  private static PackedSequences batch() {
    var random = new Random(3);
    return PackedSequences.of(
        Stream.of(5, 41, 3, 70, 2).map(n -> random.ints(n, 0, VOCAB).toArray()).toList());
  }

  private record Result(double[] logprobs, double[] gradient) {}

  static Stream<Arguments> cases() {
    var some = List.of("q_proj", "v_proj");
    var others = List.of("k_proj", "up_proj");
    return Stream.of(QWEN, LLAMA)
        .flatMap(
            shape ->
                Stream.of(
                    Arguments.of(shape, new LoraConfig(3, 6, LoraConfig.PROJECTIONS)),
                    Arguments.of(shape, new LoraConfig(2, 5, some)),
                    Arguments.of(shape, new LoraConfig(1, 1, others)),
                    Arguments.of(shape, new LoraConfig(2, 1, List.of("o_proj", "down_proj")))));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void equalsPlainAutogradOverTheMergedWeights(ModelShape shape, LoraConfig lora) {
    double[] base = weights(shape, 11);
    double[] adapters = TinyAdapters.values(shape, lora, 12);
    var plain = plain(shape, TinyAdapters.merged(shape, lora, base, adapters));
    double[] expected = TinyAdapters.projected(shape, lora, plain.gradient(), adapters);
    for (Settings settings : List.of(new Settings(false, 4096), new Settings(true, 7))) {
      var result = pass(ScalarType.Double, shape, lora, base, adapters, settings);
      assertEquals(ParameterLayout.ofAdapters(shape, lora).size(), result.gradient().length);
      assertArrayEquals(plain.logprobs(), result.logprobs(), 2e-6);
      double distance = distance(expected, result.gradient());
      assertTrue(distance < 2e-7, "distance " + distance + " with " + settings);
    }
  }

  @Test
  void equalsFiniteDifferences() {
    var lora = new LoraConfig(2, 3, LoraConfig.PROJECTIONS);
    double[] base = weights(LLAMA, 21);
    double[] adapters = TinyAdapters.values(LLAMA, lora, 22);
    var settings = new Settings(false, 4096);
    double[] gradient = pass(ScalarType.Double, LLAMA, lora, base, adapters, settings).gradient();
    var random = new Random(23);
    for (var entry : ParameterLayout.ofAdapters(LLAMA, lora).entries()) {
      int place = (int) entry.offset() + random.nextInt((int) entry.size());
      double step = 1e-5;
      double up = loss(lora, base, adapters, place, step);
      double down = loss(lora, base, adapters, place, -step);
      double slope = (up - down) / (2 * step);
      double scale = Math.max(Math.abs(slope), 1e-2);
      assertEquals(slope, gradient[place], 1e-5 * scale, entry.name());
    }
  }

  private static double loss(
      LoraConfig lora, double[] base, double[] adapters, int place, double step) {
    double[] moved = adapters.clone();
    moved[place] += step;
    double[] logprobs = plain(LLAMA, TinyAdapters.merged(LLAMA, lora, base, moved)).logprobs();
    return Arrays.stream(logprobs).map(x -> x * x / 2).sum();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void runsAndRecomputeGiveTheSameBitsInEveryPrecision(ModelShape shape, LoraConfig lora) {
    double[] base = weights(shape, 31);
    double[] adapters = TinyAdapters.values(shape, lora, 32);
    for (ScalarType type : new ScalarType[] {ScalarType.Float, ScalarType.BFloat16}) {
      var first = pass(type, shape, lora, base, adapters, new Settings(false, 50));
      var again = pass(type, shape, lora, base, adapters, new Settings(true, 50));
      assertArrayEquals(first.logprobs(), again.logprobs());
      assertArrayEquals(first.gradient(), again.gradient());
      double[] exact =
          pass(
                  ScalarType.Double,
                  shape,
                  lora,
                  rounded(type, base),
                  rounded(type, adapters),
                  new Settings(false, 50))
              .gradient();
      double distance = distance(exact, first.gradient());
      double ofAll = distanceOfAllWeights(type, shape, lora, base, adapters);
      assertTrue(distance < 2 * ofAll, type + ": " + distance + ", of all weights: " + ofAll);
      assertTrue(ofAll < (type == ScalarType.Float ? 2e-5 : 0.4), type + ": " + ofAll);
    }
  }

  /** B is zero at first: the model is its base, and A has no gradient yet. */
  @Test
  void newAdaptersChangeNothing() {
    var lora = new LoraConfig(4, 16, LoraConfig.PROJECTIONS);
    double[] base = weights(QWEN, 41);
    var layout = ParameterLayout.ofAdapters(QWEN, lora);
    double[] fresh;
    try (var scope = new PointerScope()) {
      var flat = Tensors.emptyFloats(layout.size());
      AdapterInit.values(QWEN, lora, 7).read(0, flat);
      fresh = Tensors.doubles(flat);
      var part = Tensors.emptyFloats(101);
      AdapterInit.values(QWEN, lora, 7).read(33, part);
      assertArrayEquals(Arrays.copyOfRange(fresh, 33, 134), Tensors.doubles(part));
      AdapterInit.values(QWEN, lora, 8).read(33, part);
      assertTrue(distance(Arrays.copyOfRange(fresh, 33, 134), Tensors.doubles(part)) > 0.5);
    }
    var result = pass(ScalarType.Double, QWEN, lora, base, fresh, new Settings(false, 4096));
    assertArrayEquals(plain(QWEN, base).logprobs(), result.logprobs(), 2e-6);
    for (var entry : layout.entries()) {
      int from = (int) entry.offset();
      double[] values = Arrays.copyOfRange(fresh, from, from + (int) entry.size());
      double[] slopes = Arrays.copyOfRange(result.gradient(), from, from + (int) entry.size());
      if (entry.name().endsWith("lora_A.weight")) {
        double bound = 1 / Math.sqrt(entry.shape()[1]);
        double square = Arrays.stream(values).map(x -> x * x).average().orElseThrow();
        assertTrue(Arrays.stream(values).allMatch(x -> Math.abs(x) <= bound), entry.name());
        assertEquals(bound * bound / 3, square, bound * bound / 6, entry.name());
        assertTrue(Arrays.stream(slopes).allMatch(x -> x == 0), entry.name());
      } else {
        assertTrue(Arrays.stream(values).allMatch(x -> x == 0), entry.name());
        assertTrue(Arrays.stream(slopes).anyMatch(x -> x != 0), entry.name());
      }
    }
  }

  private static PlainPass.Result plain(ModelShape shape, double[] flat) {
    return PlainPass.of(shape, flat, BATCH, PLACES, TARGETS, 0.8, values -> values.clone());
  }

  private static Result pass(
      ScalarType type,
      ModelShape shape,
      LoraConfig lora,
      double[] base,
      double[] adapters,
      Settings settings) {
    try (var scope = new PointerScope()) {
      var frozen = Tensors.ofDoubles(base, base.length).to(type);
      double[] before = Tensors.doubles(frozen);
      var trained = Tensors.ofDoubles(adapters, adapters.length).to(type);
      try (var parameters = Parameters.adapted(shape, frozen, lora, trained);
          var pass = new TrainingPass(parameters, settings)) {
        float[][] seen = new float[1][];
        pass.accumulate(
            BATCH,
            PLACES,
            TARGETS,
            0.8,
            values -> {
              seen[0] = values.clone();
              return values.clone();
            });
        assertArrayEquals(before, Tensors.doubles(frozen), "the base stays as it is");
        double[] logprobs =
            IntStream.range(0, seen[0].length).mapToDouble(i -> seen[0][i]).toArray();
        return new Result(logprobs, Tensors.doubles(parameters.gradient()));
      }
    }
  }

  /** Normal weights of deviation 0.3; norm weights around 1. */
  private static double[] weights(ModelShape shape, long seed) {
    float[] flat = RandomCheckpoint.flat(shape, seed);
    return IntStream.range(0, flat.length).mapToDouble(i -> flat[i]).toArray();
  }

  /** How far the type carries the gradient of all merged weights from that in float64. */
  private static double distanceOfAllWeights(
      ScalarType type, ModelShape shape, LoraConfig lora, double[] base, double[] adapters) {
    double[] merged = rounded(type, TinyAdapters.merged(shape, lora, base, adapters));
    return distance(gradient(ScalarType.Double, shape, merged), gradient(type, shape, merged));
  }

  private static double[] gradient(ScalarType type, ModelShape shape, double[] flat) {
    try (var scope = new PointerScope();
        var parameters =
            Parameters.trainable(shape, Tensors.ofDoubles(flat, flat.length).to(type));
        var pass = new TrainingPass(parameters, new Settings(false, 50))) {
      pass.accumulate(BATCH, PLACES, TARGETS, 0.8, values -> values.clone());
      return Tensors.doubles(parameters.gradient());
    }
  }

  private static double[] rounded(ScalarType type, double[] values) {
    try (var scope = new PointerScope()) {
      return Tensors.doubles(Tensors.ofDoubles(values, values.length).to(type));
    }
  }

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
