package dev.mirrorspark.train;

import dev.mirrorspark.algorithm.Algorithm;
import dev.mirrorspark.algorithm.Streams;
import dev.mirrorspark.model.ModelShape;
import dev.mirrorspark.model.PackedSequences;
import dev.mirrorspark.model.TrainingPass;
import dev.mirrorspark.reduce.Ranks;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;

/** The gradient of an algorithm's loss over one rank's share of a step. */
final class GradientPass {
  private GradientPass() {}

  /**
   * Adds the gradient of the samples' loss to that of the pass's parameters.
   *
   * @param stopped asked between micro-batches; ends the pass early
   * @return loss and statistics over these samples
   */
  static StepStats accumulate(
      TrainingPass pass,
      Algorithm algorithm,
      List<Sample> samples,
      int microBatchTokens,
      BooleanSupplier stopped) {
    StepStats stats = StepStats.NONE;
    for (var batch : MicroBatch.pack(samples, algorithm.wholeGroups(), microBatchTokens)) {
      if (stopped.getAsBoolean()) {
        return stats;
      }
      stats = stats.plus(accumulate(pass::accumulate, pass.shape(), algorithm, batch));
    }
    return stats;
  }

  /**
   * The same for samples that are spread over the ranks, one unit after the other: every rank calls
   * it with the same samples and adds the gradient of its part of them.
   *
   * @return loss and statistics over these samples on rank 0; on the others nothing
   */
  static StepStats accumulateSpread(
      TrainingPass pass, Ranks ranks, Algorithm algorithm, List<Sample> samples) {
    Passing spread =
        (batch, places, targets, temperature, loss) ->
            pass.accumulateSpread(ranks, batch, places, targets, temperature, loss);
    StepStats stats = StepStats.NONE;
    for (var batch : MicroBatch.pack(samples, algorithm.wholeGroups(), 1)) {
      stats = stats.plus(accumulate(spread, pass.shape(), algorithm, batch));
    }
    return ranks.rank() == 0 ? stats : StepStats.NONE;
  }

  private interface Passing {
    void accumulate(
        PackedSequences batch,
        int[] places,
        int[] targets,
        double temperature,
        UnaryOperator<float[]> loss);
  }

  private static StepStats accumulate(
      Passing pass, ModelShape shape, Algorithm algorithm, MicroBatch batch) {
    int[][] places = batch.placesAndTargets();
    var seen = new StepStats[] {StepStats.NONE};
    pass.accumulate(
        batch.packed(shape),
        places[0],
        places[1],
        algorithm.temperature(),
        logprobs -> {
          float[] slopes = new float[logprobs.length];
          seen[0] = losses(algorithm, batch, logprobs, slopes);
          return slopes;
        });
    return seen[0];
  }

  private static StepStats losses(
      Algorithm algorithm, MicroBatch batch, float[] logprobs, float[] slopes) {
    StepStats stats = StepStats.NONE;
    double loss = 0;
    int place = 0;
    for (List<Sample> unit : batch.units()) {
      float[][] given = new float[unit.size()][];
      float[][] wanted = new float[unit.size()][];
      int from = place;
      for (int r = 0; r < given.length; r++) {
        int to = from + unit.get(r).lossTokens();
        given[r] = Arrays.copyOfRange(logprobs, from, to);
        wanted[r] = new float[to - from];
        stats = stats.plus(StepStats.of(unit.get(r), given[r]));
        from = to;
      }
      loss += algorithm.loss(unit.stream().map(GradientPass::streams).toList(), given, wanted);
      for (int r = 0; r < wanted.length; r++) {
        weigh(wanted[r], unit.get(r).withLoss(unit.get(r).factor()));
      }
      for (float[] slope : wanted) {
        System.arraycopy(slope, 0, slopes, place, slope.length);
        place += slope.length;
      }
    }
    return stats.plus(new StepStats(loss, 0, 0, 0, 0, 0, LogprobGaps.NONE, 0));
  }

  /** Multiplies what the gradient has of each token by its weight; an empty list is of 1s. */
  private static void weigh(float[] slopes, float[] weights) {
    for (int i = 0; i < weights.length; i++) {
      slopes[i] *= weights[i];
    }
  }

  private static Streams streams(Sample sample) {
    return new Streams(
        sample.withLoss(sample.sampling()), sample.withLoss(sample.advantage()), sample.weight());
  }
}
