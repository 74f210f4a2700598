package dev.mirrorspark.bench;

import dev.mirrorspark.reduce.Ranks;
import dev.mirrorspark.reduce.SharedRanks;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/** Reduce-scatter and all-gather of the gradient between the ranks of one process. */
final class ReduceBench {
  private static final String PART = "reduce";

  private ReduceBench() {}

  /**
   * Measures both.
   *
   * @param like an fp32 tensor on the device
   */
  static List<BenchFigure> measure(BenchPlan plan, Tensor like, DeviceRates rates) {
    int count = plan.ranks();
    List<Ranks> ranks = SharedRanks.of(plan.parameters(), count, () -> false);
    try (var scope = new PointerScope()) {
      Tensor flat = like.new_empty(plan.parameters()).zero_();
      Tensor[] gradients =
          IntStream.range(0, count)
              .mapToObj(rank -> like.new_empty(plan.parameters()).normal_())
              .toArray(Tensor[]::new);
      Tensor[] sums =
          ranks.stream()
              .map(rank -> like.new_empty(rank.shards().length(rank.rank())))
              .toArray(Tensor[]::new);
      var sum =
          Rounds.of(
              plan.rounds(),
              () ->
                  Rounds.sideBySide(
                      count, rank -> ranks.get(rank).sum(gradients[rank], sums[rank])));
      var share =
          Rounds.of(
              plan.rounds(), () -> Rounds.sideBySide(count, rank -> ranks.get(rank).share(flat)));
      double bytes = 4.0 * plan.parameters() * (count + 1);
      return List.of(
          BenchFigure.plain(
                  PART, "reduce-scatter", bytes / sum.median() * 1e-9, "GB/s", sum.spread())
              .shareOf(bytes / sum.median(), rates.copy(), "copy"),
          BenchFigure.plain(
              PART, "all-gather in place", share.median() * 1e3, "ms", share.spread()));
    } finally {
      ranks.forEach(Ranks::close);
    }
  }
}
