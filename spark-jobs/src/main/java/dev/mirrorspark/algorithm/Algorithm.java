package dev.mirrorspark.algorithm;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.UserError;
import java.io.Serializable;
import java.util.List;

/**
 * A way to learn from rewarded responses: what is kept, how credit is given, what a response weighs
 * in a step, and the loss on per-token log-probs.
 *
 * <p>The gate asks what is kept and how credit is given; the trainer, which knows no algorithm,
 * asks the rest. A new one is a class of this type and a line in {@link #of}.
 */
public interface Algorithm extends Serializable {

  /** Which of a group's sound responses (those that the gate's settings leave) train. */
  enum Kept {
    /** All of them, if they have two different rewards: else nothing tells better from worse. */
    GROUPS_WITH_SIGNAL,
    /** The correct ones alone. */
    CORRECT,
    /** All of them. */
    ALL,
  }

  /** What is kept. */
  Kept kept();

  /**
   * The advantage of a response.
   *
   * @param reward its reward
   * @param group the rewards of all responses of its group that have one, its own included, in the
   *     order of their samples
   */
  double credit(double reward, double[] group);

  /**
   * The factor of a response's loss within its step.
   *
   * @param share what the trainer counts of the response and its step
   */
  double weight(Share share);

  /**
   * The loss of responses that belong together, weighted, and its derivative by each log-prob.
   *
   * @param unit the responses: one, or those of a group where {@link #wholeGroups}
   * @param logprobs log-prob of each of their tokens with loss under the policy that trains, nats,
   *     at {@link #temperature} {@code [responses][tokens]}
   * @param slopes receives the derivative of the loss by each of them {@code [responses][tokens]}
   * @return the loss
   */
  double loss(List<Streams> unit, float[][] logprobs, float[][] slopes);

  /** Whether the loss looks at a whole group at once, so that its responses compute together. */
  default boolean wholeGroups() {
    return false;
  }

  /** Temperature at which log-probs are taken. */
  double temperature();

  /**
   * What the trainer counts of a response and its step.
   *
   * @param lossTokens tokens of the response with loss
   * @param group kept responses of its group
   * @param groups groups of the step
   * @param stepTokens tokens of the step with loss
   */
  record Share(int lossTokens, int group, int groups, long stepTokens) {}

  /**
   * The algorithm of a run file, {@code train.method}.
   *
   * @throws UserError for an unknown name, or for sampling that the algorithm's loss is wrong for
   */
  static Algorithm of(RunConfig config) {
    var train = config.train();
    double temperature = config.rollout().temperature();
    if (!train.method().equals("rest")) {
      refuseTruncation(config.rollout(), train.method());
    }
    return switch (train.method()) {
      case "mirror_descent" ->
          new MirrorDescent(train.tau(), Baseline.named(train.baseline()), temperature);
      case "rest" -> new Rest(temperature);
      case "grpo" ->
          new Grpo(
              train.grpo().clipLow(),
              train.grpo().clipHigh(),
              train.grpo().kl(),
              train.grpo().normalise(),
              temperature);
      case "distill" -> new Distill(temperature);
      default ->
          throw new UserError(
              "train.method: "
                  + train.method()
                  + " is not accepted; use mirror_descent, grpo, rest or distill");
    };
  }

  /**
   * The losses of all but rest divide by the probability with which a token was drawn, and what is
   * stored, and computed again by the trainer, is that of the whole distribution.
   */
  private static void refuseTruncation(RunConfig.Rollout rollout, String method) {
    String key =
        rollout.topK() > 0
            ? "rollout.top_k"
            : rollout.topP() < 1
                ? "rollout.top_p"
                : rollout.minP() > 0
                    ? "rollout.min_p"
                    : rollout.minTokens() > 1 ? "rollout.min_tokens" : "";
    if (!key.isEmpty()) {
      throw new UserError(
          key
              + ": train.method "
              + method
              + " needs log-probs of the distribution that was drawn from, and those are of the"
              + " whole one; leave it out of training (eval and try take it), or train by rest");
    }
  }
}
