package dev.mirrorspark.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.algorithm.Algorithm;
import dev.mirrorspark.algorithm.Baseline;
import dev.mirrorspark.algorithm.Grpo;
import dev.mirrorspark.algorithm.MirrorDescent;
import dev.mirrorspark.algorithm.Supervised;
import dev.mirrorspark.model.ModelShape;
import dev.mirrorspark.model.ParameterLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The gradient of the algorithms against central finite differences, and cut into parts. */
class GradientPassTest {
  private static final int SAMPLES_A_TENSOR = 3;

  static Stream<Arguments> cases() {
    return Stream.of(TinyModels.QWEN, TinyModels.LLAMA, TinyModels.QWEN3)
        .flatMap(
            shape ->
                Stream.of(
                        new Supervised(),
                        new Supervised(0.8),
                        new Grpo(0.2, 0.2, 0.3, true, 0.8),
                        new MirrorDescent(0.2, Baseline.MEAN, 0.8))
                    .map(algorithm -> Arguments.of(shape, algorithm)));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void equalsFiniteDifferences(ModelShape shape, Algorithm algorithm) {
    double[] flat = TinyModels.weights(shape, 1);
    List<Sample> sequences = TinyModels.samples(9, shape.vocab(), 2);
    double[] gradient = TinyModels.gradient(shape, flat, algorithm, sequences).gradient();
    var random = new Random(3);
    int compared = 0;
    for (var entry : ParameterLayout.of(shape).entries()) {
      for (int i = 0; i < SAMPLES_A_TENSOR; i++) {
        int place = (int) (entry.offset() + random.nextInt((int) entry.size()));
        double step = 3e-3; // log-probs reach the algorithm in fp32
        double slope =
            (loss(shape, flat, place, step, algorithm, sequences)
                    - loss(shape, flat, place, -step, algorithm, sequences))
                / (2 * step);
        double scale = Math.max(Math.abs(slope), 0.3);
        assertEquals(slope, gradient[place], 1e-2 * scale, entry.name() + " at " + place);
        compared++;
      }
    }
    assertTrue(compared >= 50, "compared " + compared);
  }

  private static double loss(
      ModelShape shape,
      double[] flat,
      int place,
      double step,
      Algorithm algorithm,
      List<Sample> sequences) {
    double[] moved = flat.clone();
    moved[place] += step;
    return TinyModels.gradient(shape, moved, algorithm, sequences).stats().loss();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void partsAddUpToTheWhole(ModelShape shape, Algorithm algorithm) {
    double[] flat = TinyModels.weights(shape, 4);
    List<Sample> sequences = TinyModels.samples(20, shape.vocab(), 5);
    var whole = TinyModels.gradient(shape, flat, algorithm, sequences);
    for (int parts = 2; parts <= 3; parts++) {
      double[] sum = new double[flat.length];
      double loss = 0;
      for (int p = 0; p < parts; p++) {
        List<Sample> share = new ArrayList<>();
        for (int s = p; s < sequences.size(); s += parts) {
          share.add(sequences.get(s));
        }
        var part = TinyModels.gradient(shape, flat, algorithm, share);
        loss += part.stats().loss();
        for (int i = 0; i < sum.length; i++) {
          sum[i] += part.gradient()[i];
        }
      }
      assertEquals(whole.stats().loss(), loss, 1e-9);
      double distance = TinyModels.distance(whole.gradient(), sum);
      assertTrue(distance <= 1e-6, parts + " parts: relative distance " + distance);
    }
  }
}
