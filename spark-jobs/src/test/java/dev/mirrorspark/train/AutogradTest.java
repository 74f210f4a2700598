package dev.mirrorspark.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.model.ModelShape;
import dev.mirrorspark.model.ParameterLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The gradient of both objectives against central finite differences, and cut into parts. */
class AutogradTest {
  private static final int SAMPLES_A_TENSOR = 3;

  static Stream<Arguments> cases() {
    return Stream.of(TinyModels.QWEN, TinyModels.LLAMA, TinyModels.QWEN3)
        .flatMap(
            shape ->
                Stream.of(
                        new Objective.Supervised(),
                        new Objective.Supervised(0.8),
                        new Objective.MirrorDescent(0.2, 0.8))
                    .map(objective -> Arguments.of(shape, objective)));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void autogradEqualsFiniteDifferences(ModelShape shape, Objective objective) {
    double[] flat = TinyModels.weights(shape, 1);
    List<TrainSequence> sequences = TinyModels.sequences(9, shape.vocab(), 2);
    double[] gradient = TinyModels.inDoubles(shape, flat, objective, sequences).gradient();
    var random = new Random(3);
    int compared = 0;
    for (var entry : ParameterLayout.of(shape).entries()) {
      for (int i = 0; i < SAMPLES_A_TENSOR; i++) {
        int place = (int) (entry.offset() + random.nextInt((int) entry.size()));
        double step = 1e-5;
        double slope =
            (loss(shape, flat, place, step, objective, sequences)
                    - loss(shape, flat, place, -step, objective, sequences))
                / (2 * step);
        double scale = Math.max(Math.abs(slope), 1e-3);
        assertEquals(slope, gradient[place], 1e-5 * scale, entry.name() + " at " + place);
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
      Objective objective,
      List<TrainSequence> sequences) {
    double[] moved = flat.clone();
    moved[place] += step;
    return TinyModels.inDoubles(shape, moved, objective, sequences).stats().loss();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void partsAddUpToTheWhole(ModelShape shape, Objective objective) {
    double[] flat = TinyModels.weights(shape, 4);
    List<TrainSequence> sequences = TinyModels.sequences(20, shape.vocab(), 5);
    var whole = TinyModels.inDoubles(shape, flat, objective, sequences);
    for (int parts = 2; parts <= 3; parts++) {
      double[] sum = new double[flat.length];
      double loss = 0;
      for (int p = 0; p < parts; p++) {
        List<TrainSequence> share = new ArrayList<>();
        for (int s = p; s < sequences.size(); s += parts) {
          share.add(sequences.get(s));
        }
        var part = TinyModels.inDoubles(shape, flat, objective, share);
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
