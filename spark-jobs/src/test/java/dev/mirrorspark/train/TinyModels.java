package dev.mirrorspark.train;

import dev.mirrorspark.algorithm.Algorithm;
import dev.mirrorspark.model.AttentionTraits;
import dev.mirrorspark.model.LayerAttention;
import dev.mirrorspark.model.ModelShape;
import dev.mirrorspark.model.ParameterLayout;
import dev.mirrorspark.model.Parameters;
import dev.mirrorspark.model.Rope;
import dev.mirrorspark.model.RopeScaling;
import dev.mirrorspark.model.Tensors;
import dev.mirrorspark.model.TrainingPass;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.bytedeco.javacpp.PointerScope;

/** Small models with random weights, random sequences, and their gradient in fp64. */
final class TinyModels {
  static final int MICRO_BATCH_TOKENS = 48;

  /** Grouped heads, bias, tied. */
  static final ModelShape QWEN =
      new ModelShape("qwen2", 11, 16, 2, 4, 2, 4, 24, 64, 1e4, 1e-6, true, false, true);

  /** Grouped heads, bias everywhere, untied. */
  static final ModelShape LLAMA =
      new ModelShape("llama", 11, 16, 2, 4, 1, 4, 24, 64, 1e4, 1e-6, true, true, false);

  private TinyModels() {}

  /** A loss and its gradient. */
  record LossAndGradient(StepStats stats, double[] gradient) {}

  /** Norms of queries and keys, scaled positions, a window of two in one of the layers. */
  static final ModelShape QWEN3 =
      new ModelShape(
          "qwen3",
          11,
          16,
          2,
          4,
          2,
          4,
          24,
          64,
          new Rope(100, new RopeScaling.Yarn(4, 8, 2, 0.5, true, 1.1)),
          1e-6,
          new AttentionTraits(
              false,
              false,
              true,
              List.of(new LayerAttention(2, true), new LayerAttention(0, false))),
          true);

  /** Normal weights of deviation 0.3; norm weights around 1. */
  static double[] weights(ModelShape shape, long seed) {
    var random = new Random(seed);
    var layout = ParameterLayout.of(shape);
    double[] flat = new double[(int) layout.size()];
    for (var entry : layout.entries()) {
      double mean = entry.name().endsWith("norm.weight") ? 1 : 0;
      for (long i = entry.offset(); i < entry.offset() + entry.size(); i++) {
        flat[(int) i] = mean + 0.3 * random.nextGaussian();
      }
    }
    return flat;
  }

  /** Samples with sampling log-probs that no policy gave: off-policy by far. */
  static List<Sample> samples(int count, int vocab, long seed) {
    var random = new Random(seed);
    List<Sample> samples = new ArrayList<>();
    for (int s = 0; s < count; s++) {
      int prompt = 1 + random.nextInt(4);
      int response = 1 + random.nextInt(12);
      float[] logprobs = new float[response];
      for (int i = 0; i < response; i++) {
        logprobs[i] = -3 * random.nextFloat();
      }
      int[] tokens = random.ints(prompt + response, 0, vocab).toArray();
      samples.add(
          sample(
              "p%03d#0".formatted(s),
              tokens,
              prompt,
              logprobs,
              (float) random.nextGaussian(),
              1.0 / count));
    }
    return samples;
  }

  /** A sample whose whole response carries loss and was sampled by the policy that trains. */
  static Sample sample(
      String key, int[] tokens, int prompt, float[] sampling, float advantage, double weight) {
    boolean[] mask = new boolean[tokens.length - prompt];
    float[] advantages = new float[mask.length];
    Arrays.fill(mask, true);
    Arrays.fill(advantages, advantage);
    return new Sample(
        key,
        key.substring(0, key.indexOf('#')),
        tokens,
        prompt,
        mask,
        sampling,
        advantages,
        0,
        weight);
  }

  static LossAndGradient gradient(
      ModelShape shape, double[] flat, Algorithm algorithm, List<Sample> samples) {
    try (var scope = new PointerScope();
        var parameters = Parameters.trainable(shape, Tensors.ofDoubles(flat, flat.length));
        var pass = new TrainingPass(parameters, new TrainingPass.Settings(false, 16))) {
      var stats =
          GradientPass.accumulate(pass, algorithm, samples, MICRO_BATCH_TOKENS, () -> false);
      return new LossAndGradient(stats, Tensors.doubles(parameters.gradient()));
    }
  }

  static float[] narrow(double[] values) {
    float[] narrow = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      narrow[i] = (float) values[i];
    }
    return narrow;
  }

  /** Norm of the difference over norm of the first. */
  static double distance(double[] expected, double[] actual) {
    double difference = 0;
    double norm = 0;
    for (int i = 0; i < expected.length; i++) {
      difference += (expected[i] - actual[i]) * (expected[i] - actual[i]);
      norm += expected[i] * expected[i];
    }
    return Math.sqrt(difference / norm);
  }
}
