package dev.mirrorspark.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.algorithm.Algorithm;
import dev.mirrorspark.algorithm.Distill;
import dev.mirrorspark.algorithm.Dpo;
import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.train.StepPlan.Counted;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Gradients of DPO and of distillation through a decoder, against differences of the loss. */
class PreferenceGradientTest {
  private static final double[] FLAT = TinyModels.weights(TinyModels.QWEN, 7);

  private static List<Sample> pairs(int count) {
    var random = new Random(11);
    List<Sample> samples = new ArrayList<>();
    for (int p = 0; p < count; p++) {
      for (int side = 0; side < 2; side++) {
        float[] reference = new float[1 + random.nextInt(9)];
        for (int i = 0; i < reference.length; i++) {
          reference[i] = -3 * random.nextFloat();
        }
        int[] tokens = random.ints(3 + reference.length, 0, TinyModels.QWEN.vocab()).toArray();
        String key = "p%d#%d".formatted(p, side);
        samples.add(TinyModels.sample(key, tokens, 3, reference, 1 - 2 * side, 1.0 / count));
      }
    }
    return samples;
  }

  @Test
  void ofDpo() {
    check(new Dpo(0.3, 1), pairs(5));
  }

  @Test
  void ofDistillation() {
    check(new Distill(0.8), TinyModels.samples(6, TinyModels.QWEN.vocab(), 8));
  }

  private static void check(Algorithm algorithm, List<Sample> samples) {
    var found = TinyModels.gradient(TinyModels.QWEN, FLAT, algorithm, samples);
    var random = new Random(2);
    double h = 1e-3;
    for (int round = 0; round < 8; round++) {
      double[] above = FLAT.clone();
      double[] below = FLAT.clone();
      double along = 0;
      for (int i = 0; i < FLAT.length; i++) {
        double direction = random.nextGaussian() / Math.sqrt(FLAT.length);
        above[i] += h * direction;
        below[i] -= h * direction;
        along += direction * found.gradient()[i];
      }
      double slope = (loss(algorithm, samples, above) - loss(algorithm, samples, below)) / (2 * h);
      assertTrue(Math.abs(along) > 1e-3, "a direction that matters: " + along);
      assertEquals(slope, along, 2e-3 * Math.max(0.1, Math.abs(slope)));
    }
  }

  private static double loss(Algorithm algorithm, List<Sample> samples, double[] flat) {
    return TinyModels.gradient(TinyModels.QWEN, flat, algorithm, samples).stats().loss();
  }

  /** Both sides of a pair come in one step, on one rank, in one unit of a micro-batch. */
  @Test
  void pairsStayTogether() {
    var samples = pairs(9);
    var dpo = new Dpo(0.1, 1);
    var counted = samples.stream().map(Counted::of).toList();
    var three = RunFile.parse("", List.of("update.ranks=3")).update();
    var plan = StepPlan.of(List.of(counted.subList(0, 10), counted.subList(10, 18)), dpo, three);
    for (int p = 0; p < 9; p++) {
      var chosen = plan.places().get("p%d#0".formatted(p));
      assertEquals(chosen, plan.places().get("p%d#1".formatted(p)));
      assertEquals(1.0 / (p < 5 ? 5 : 4), chosen.get(0).weight());
    }
    for (var batch : MicroBatch.pack(samples, dpo.wholeGroups(), 16)) {
      for (var unit : batch.units()) {
        assertEquals(2, unit.size());
        assertEquals(unit.get(0).group(), unit.get(1).group());
      }
    }
  }
}
