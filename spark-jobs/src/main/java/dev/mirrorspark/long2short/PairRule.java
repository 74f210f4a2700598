package dev.mirrorspark.long2short;

import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Which pairs the responses to a problem make (Kimi k1.5, 2.4): the shortest correct one is chosen;
 * rejected are the wrong ones that are longer, and the correct ones that are so many times as long.
 *
 * @param lengthRatio how many times as long a correct response is to be, at least 1
 * @param most most pairs of a problem, taken in an order of the seed; 0: all
 * @param seed the run's
 */
public record PairRule(double lengthRatio, int most, long seed) {
  /** A length of exactly the ratio counts, though 1.1 · 10 is above 11 in binary. */
  private static final double ROUNDING = 1e-9;

  /** What makes a pair. */
  public enum Reason {
    LONGER_WRONG,
    LONGER_CORRECT;

    /** The name in column {@code rule}. */
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** A pair. */
  public record Pair(Candidate chosen, Candidate rejected, Reason reason) {}

  /** The pairs, in the order of the rejected samples. */
  public List<Pair> pairs(Collection<Candidate> ofProblem) {
    Optional<Candidate> shortest = Candidate.shortest(ofProblem, seed);
    if (shortest.isEmpty()) {
      return List.of();
    }
    var pairs =
        ofProblem.stream()
            .sorted(Candidate.inOrderOf(seed))
            .flatMap(other -> pair(shortest.get(), other));
    return (most == 0 ? pairs : pairs.limit(most))
        .sorted((a, b) -> Integer.compare(a.rejected().sample(), b.rejected().sample()))
        .toList();
  }

  private Stream<Pair> pair(Candidate chosen, Candidate other) {
    if (other.tokens() <= chosen.tokens()) {
      return Stream.empty();
    }
    return switch (other.verdict()) {
      case WRONG -> Stream.of(new Pair(chosen, other, Reason.LONGER_WRONG));
      case CORRECT ->
          other.tokens() >= lengthRatio * chosen.tokens() - ROUNDING
              ? Stream.of(new Pair(chosen, other, Reason.LONGER_CORRECT))
              : Stream.empty();
      case ERROR -> Stream.empty();
    };
  }
}
