package dev.mirrorspark.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Where the share of responses with a sign changes suddenly: the iteration at which the shares
 * before and from there on differ the most, by {@value #MIN_CHANGE} or more and by {@value #MIN_Z}
 * standard errors or more of the difference of two shares (with the pooled share).
 *
 * @param iteration the first one of the later ones
 * @param before share of the responses of the iterations before
 * @param after share of the others
 */
record TrickTrend(int iteration, double before, double after) {
  static final double MIN_CHANGE = 0.1;
  static final double MIN_Z = 4;

  /** The responses of an iteration and those of them that show the sign. */
  record Count(int iteration, long responses, long flagged) {}

  /** The sharpest change; empty where none is that sharp. */
  static Optional<TrickTrend> of(List<Count> counts) {
    List<Count> inOrder =
        counts.stream().sorted(Comparator.comparingInt(Count::iteration)).toList();
    long all = inOrder.stream().mapToLong(Count::responses).sum();
    long flagged = inOrder.stream().mapToLong(Count::flagged).sum();
    double pooled = (double) flagged / all;
    List<TrickTrend> sharp = new ArrayList<>();
    double sharpest = MIN_Z;
    long responses = 0;
    long before = 0;
    for (int i = 1; i < inOrder.size(); i++) {
      responses += inOrder.get(i - 1).responses();
      before += inOrder.get(i - 1).flagged();
      long later = all - responses;
      double one = (double) before / responses;
      double other = (double) (flagged - before) / later;
      double error = Math.sqrt(pooled * (1 - pooled) * (1.0 / responses + 1.0 / later));
      double z = Math.abs(other - one) / error;
      if (z >= sharpest && Math.abs(other - one) >= MIN_CHANGE) {
        sharpest = z;
        sharp.add(new TrickTrend(inOrder.get(i).iteration(), one, other));
      }
    }
    return sharp.isEmpty() ? Optional.empty() : Optional.of(sharp.get(sharp.size() - 1));
  }

  /** In words, with the shares. */
  String words() {
    return "%s from iteration %d: %s to %s"
        .formatted(
            after > before ? "rises" : "falls",
            iteration,
            Figures.percent(before),
            Figures.percent(after));
  }
}
