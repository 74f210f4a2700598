package dev.mirrorspark.eval;

import java.util.List;

/**
 * How two policies compare on the same problems.
 *
 * @param problems problems that were judged for both
 * @param baseline mean share of right responses a problem, of the policy compared with
 * @param policy the same of the other policy
 * @param low lower end of the 95% interval of the difference, policy − baseline; a bootstrap over
 *     problems
 * @param high its upper end
 * @param better problems on which the policy has the larger share of right responses
 * @param worse problems on which the baseline has
 * @param test what gave the p-value
 * @param pValue two-sided; how probable so large a difference would be between equal policies
 */
public record PairedComparison(
    int problems,
    double baseline,
    double policy,
    double low,
    double high,
    int better,
    int worse,
    Test test,
    double pValue) {

  /** Units of a difference where those of the problems have no small common denominator. */
  private static final long FINE = 1_000_000_000L;

  /** Tests of equality. */
  public enum Test {
    /** For one response a problem. */
    MCNEMAR("exact McNemar"),
    /** For several responses a problem. */
    SIGN_FLIP("paired permutation");

    private final String label;

    Test(String label) {
      this.label = label;
    }

    /** The name of the test. */
    public String label() {
      return label;
    }
  }

  /** Right and judged responses of both policies to one problem; of each one judged at least. */
  public record Pair(int baselineRight, int baselineJudged, int policyRight, int policyJudged) {
    double baseline() {
      return baselineRight / (double) baselineJudged;
    }

    double policy() {
      return policyRight / (double) policyJudged;
    }

    /** policy − baseline, times the product of both numbers of responses. */
    private long cross() {
      return (long) policyRight * baselineJudged - (long) baselineRight * policyJudged;
    }

    private long product() {
      return (long) baselineJudged * policyJudged;
    }
  }

  /**
   * Compares by McNemar's test where each problem has one response of each policy, else by the
   * paired permutation test.
   */
  public static PairedComparison of(List<Pair> pairs) {
    double[] differences = pairs.stream().mapToDouble(p -> p.policy() - p.baseline()).toArray();
    var interval = BootstrapInterval.of(differences, -1, 1);
    int better = (int) pairs.stream().filter(pair -> pair.cross() > 0).count();
    int worse = (int) pairs.stream().filter(pair -> pair.cross() < 0).count();
    boolean single = pairs.stream().allMatch(pair -> pair.product() == 1);
    return new PairedComparison(
        pairs.size(),
        pairs.stream().mapToDouble(Pair::baseline).average().orElse(Double.NaN),
        pairs.stream().mapToDouble(Pair::policy).average().orElse(Double.NaN),
        interval.low(),
        interval.high(),
        better,
        worse,
        single ? Test.MCNEMAR : Test.SIGN_FLIP,
        single ? McNemarTest.pValue(worse, better) : SignFlipTest.pValue(inOneUnit(pairs)));
  }

  /** policy − baseline. */
  public double difference() {
    return policy - baseline;
  }

  /**
   * The differences as whole numbers of one unit, so that sums which are equal compare so. Where
   * verifiers failed on many responses there may be no such unit that is not tiny; then they are
   * rounded to {@value #FINE} parts.
   */
  private static long[] inOneUnit(List<Pair> pairs) {
    long unit = 1;
    for (var pair : pairs) {
      for (int judged : new int[] {pair.baselineJudged(), pair.policyJudged()}) {
        unit = unit > FINE ? unit : unit / gcd(unit, judged) * judged;
      }
    }
    long parts = unit;
    return parts > FINE
        ? pairs.stream().mapToLong(p -> Math.round(FINE * (p.policy() - p.baseline()))).toArray()
        : pairs.stream().mapToLong(p -> scaled(p, parts)).toArray();
  }

  private static long scaled(Pair pair, long parts) {
    return pair.policyRight() * (parts / pair.policyJudged())
        - pair.baselineRight() * (parts / pair.baselineJudged());
  }

  private static long gcd(long a, long b) {
    return b == 0 ? a : gcd(b, a % b);
  }
}
