package dev.mirrorspark.reward;

import dev.mirrorspark.config.RewardConfig;
import dev.mirrorspark.decode.StopReason;
import dev.mirrorspark.reward.Verdict.Outcome;
import java.util.ArrayList;
import java.util.List;

/**
 * What is added to the verdict on a response: the {@link LengthReward} by its weight (Kimi k1.5,
 * 2.3.3), and the penalty of a response that was ended as repeating.
 */
public record RewardTerms(double length, double repeat) {

  /**
   * The terms of each response of a group.
   *
   * @param iteration decides whether the length reward is on yet
   * @param tokens sampled tokens of each
   */
  public static List<RewardTerms> of(
      RewardConfig reward,
      int iteration,
      List<Outcome> outcomes,
      int[] tokens,
      List<StopReason> stops) {
    double weight = iteration >= reward.lengthWarmup() ? reward.lengthWeight() : 0;
    double[] lengths = weight > 0 ? LengthReward.of(tokens, outcomes) : new double[tokens.length];
    var terms = new ArrayList<RewardTerms>();
    for (int i = 0; i < tokens.length; i++) {
      boolean penalised = stops.get(i) == StopReason.REPEAT && outcomes.get(i) != Outcome.ERROR;
      terms.add(new RewardTerms(weight * lengths[i], penalised ? 0 - reward.repeatPenalty() : 0));
    }
    return terms;
  }
}
