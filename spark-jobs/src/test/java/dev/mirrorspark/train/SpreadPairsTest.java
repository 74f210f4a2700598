package dev.mirrorspark.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.algorithm.Algorithm;
import dev.mirrorspark.algorithm.Baseline;
import dev.mirrorspark.algorithm.Dpo;
import dev.mirrorspark.algorithm.MirrorDescent;
import dev.mirrorspark.algorithm.Supervised;
import dev.mirrorspark.model.Parameters;
import dev.mirrorspark.model.Tensors;
import dev.mirrorspark.model.TrainingPass;
import dev.mirrorspark.reduce.Ranks;
import dev.mirrorspark.reduce.SharedRanks;
import dev.mirrorspark.train.TinyModels.LossAndGradient;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The losses of algorithms over samples that are spread: what one rank computes of them. */
@Timeout(60)
class SpreadPairsTest {
  private static final int RANKS = 3;

  static Stream<Algorithm> algorithms() {
    return Stream.of(
        new Supervised(), new MirrorDescent(0.2, Baseline.MEAN, 0.8), new Dpo(0.3, 0.9));
  }

  @ParameterizedTest
  @MethodSource("algorithms")
  void spreadOrNotTheGradientIsOne(Algorithm algorithm) {
    double[] flat = TinyModels.weights(TinyModels.QWEN, 1);
    List<Sample> samples = new ArrayList<>();
    for (Sample sample : TinyModels.samples(8, TinyModels.QWEN.vocab(), 2)) {
      int number = samples.size();
      samples.add(
          TinyModels.sample(
              "p%d#%d".formatted(number / 2, number % 2),
              sample.tokens(),
              sample.promptLength(),
              sample.sampling(),
              number % 2 == 0 ? 1 : -1,
              0.1 + number / 2));
    }
    LossAndGradient whole = TinyModels.gradient(TinyModels.QWEN, flat, algorithm, samples);
    List<CompletableFuture<LossAndGradient>> running =
        SharedRanks.of(1, RANKS, () -> false).stream()
            .map(
                ranks -> {
                  var done = new CompletableFuture<LossAndGradient>();
                  new Thread(() -> run(ranks, flat, algorithm, samples, done)).start();
                  return done;
                })
            .toList();
    double[] sum = new double[flat.length];
    StepStats stats = StepStats.NONE;
    for (var one : running) {
      stats = stats.plus(one.join().stats());
      for (int i = 0; i < sum.length; i++) {
        sum[i] += one.join().gradient()[i];
      }
    }
    assertEquals(whole.stats().loss(), stats.loss(), 1e-6 * Math.abs(whole.stats().loss()) + 1e-6);
    assertEquals(whole.stats().sequences(), stats.sequences());
    assertEquals(whole.stats().tokens(), stats.tokens());
    assertEquals(whole.stats().ratioRms(), stats.ratioRms(), 1e-5);
    double distance = TinyModels.distance(whole.gradient(), sum);
    assertTrue(distance < 2e-6, "distance " + distance);
  }

  private static void run(
      Ranks ranks,
      double[] flat,
      Algorithm algorithm,
      List<Sample> samples,
      CompletableFuture<LossAndGradient> done) {
    try (ranks;
        var scope = new PointerScope();
        var parameters =
            Parameters.trainable(TinyModels.QWEN, Tensors.ofDoubles(flat, flat.length));
        var pass = new TrainingPass(parameters, new TrainingPass.Settings(true, 16))) {
      var stats = GradientPass.accumulateSpread(pass, ranks, algorithm, samples);
      done.complete(new LossAndGradient(stats, Tensors.doubles(parameters.gradient())));
    } catch (RuntimeException e) {
      ranks.fail(e);
      done.completeExceptionally(e);
    }
  }
}
