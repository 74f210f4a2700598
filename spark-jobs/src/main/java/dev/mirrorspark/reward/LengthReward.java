package dev.mirrorspark.reward;

import dev.mirrorspark.reward.Verdict.Outcome;
import java.util.List;

/**
 * The length reward (Kimi k1.5, 2.3.3): of the responses to a prompt, short ones gain and long ones
 * lose, and a wrong one never gains.
 */
final class LengthReward {
  private LengthReward() {}

  /**
   * The length reward of each response of a group: λ = 0.5 − (length − shortest) / (longest −
   * shortest) of a correct one, min(0, λ) of a wrong one, and 0 of all if all are equally long. A
   * response whose verifier failed has no reward to add to: it gets 0, and its length does not
   * count.
   *
   * @param lengths sampled tokens
   * @param outcomes of the same responses, in the same order
   * @return from −0.5 to 0.5
   */
  static double[] of(int[] lengths, List<Outcome> outcomes) {
    int shortest = Integer.MAX_VALUE;
    int longest = Integer.MIN_VALUE;
    for (int i = 0; i < lengths.length; i++) {
      if (outcomes.get(i) != Outcome.ERROR) {
        shortest = Math.min(shortest, lengths[i]);
        longest = Math.max(longest, lengths[i]);
      }
    }
    double[] rewards = new double[lengths.length];
    for (int i = 0; i < lengths.length && shortest < longest; i++) {
      double lambda = 0.5 - (double) (lengths[i] - shortest) / (longest - shortest);
      rewards[i] =
          switch (outcomes.get(i)) {
            case CORRECT -> lambda;
            case WRONG -> Math.min(0, lambda);
            case ERROR -> 0;
          };
    }
    return rewards;
  }
}
