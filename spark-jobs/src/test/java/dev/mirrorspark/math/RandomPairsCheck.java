package dev.mirrorspark.math;

import dev.mirrorspark.math.Comparison.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Random pairs, equal ones and ones that differ by a small change, and the verdicts on them. */
record RandomPairsCheck(
    int equal, List<String> refused, int unequal, List<String> accepted, double seconds) {

  static RandomPairsCheck of(int count, MathComparer comparer) {
    var pairs = new RandomPairs(20261127);
    List<String> refused = new ArrayList<>();
    List<String> accepted = new ArrayList<>();
    long start = System.nanoTime();
    for (int i = 0; i < count; i++) {
      RandomPairs.Pair pair = pairs.next();
      Comparison same = comparer.compare(pair.reference(), pair.same());
      if (same.outcome() != Outcome.EQUAL) {
        refused.add(pair.reference() + " ~ " + pair.same() + ": " + same);
      }
      Comparison other = comparer.compare(pair.reference(), pair.other());
      if (other.outcome() == Outcome.EQUAL) {
        accepted.add(pair.reference() + " ~ " + pair.other() + ": " + other);
      }
    }
    return new RandomPairsCheck(count, refused, count, accepted, (System.nanoTime() - start) / 1e9);
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "random pairs: %,d equal, %d refused %s; %,d unequal, %d accepted %s; %.1f s",
        equal,
        refused.size(),
        refused.subList(0, Math.min(20, refused.size())),
        unequal,
        accepted.size(),
        accepted.subList(0, Math.min(20, accepted.size())),
        seconds);
  }
}
