package dev.mirrorspark.bench;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.model.CacheType;
import dev.mirrorspark.model.ModelShape;
import dev.mirrorspark.model.ParameterLayout;
import java.util.List;

/**
 * What is measured.
 *
 * @param shape the model, whose weights are random
 * @param config where and how it computes
 * @param length tokens of a training sequence
 * @param prompt tokens of a prompt
 * @param response tokens of a response
 * @param contexts tokens that decoding looks back on, of part {@code context}
 * @param rounds measured rounds of each figure, after those that warm up
 */
public record BenchPlan(
    ModelShape shape,
    RunConfig config,
    int length,
    int prompt,
    int response,
    List<Integer> contexts,
    int rounds) {

  /**
   * Checks that the model takes such sequences.
   *
   * @throws UserError if not
   */
  public BenchPlan {
    atLeast("--length", length, 2);
    atLeast("--prompt", prompt, 1);
    atLeast("--response", response, 3);
    atLeast("--rounds", rounds, 1);
    contexts = List.copyOf(contexts);
    int longest = Math.max(length, prompt + response);
    for (int context : contexts) {
      atLeast("--context", context, 1);
      longest = Math.max(longest, context);
    }
    if (longest > shape.maxPositions()) {
      throw new UserError(
          "%d tokens: the model takes %d; lower --length, --prompt, --response or --context, or"
                  .formatted(longest, shape.maxPositions())
              + " raise init.max_positions");
    }
  }

  private static void atLeast(String option, int value, int least) {
    if (value < least) {
      throw new UserError("%s %d: must be at least %d".formatted(option, value, least));
    }
  }

  /** Number of parameters. */
  long parameters() {
    return ParameterLayout.of(shape).size();
  }

  /** Logical ranks, threads of this process. */
  int ranks() {
    return config.update().ranks();
  }

  /** Whether a sequence is spread over the ranks. */
  boolean spreads() {
    int longest = config.update().spreadAbove();
    return longest > 0 && length > longest && ranks() > 1;
  }

  /** Sequences of a rank's micro-batch; one that is spread is alone. */
  int sequences() {
    return spreads() ? 1 : Math.max(1, config.update().microBatchTokens() / length);
  }

  /** Sequences of a step: one micro-batch a rank, or one of all. */
  public int sequencesOfAStep() {
    return spreads() ? 1 : ranks() * sequences();
  }

  /** Tokens of a step. */
  long stepTokens() {
    return (long) sequencesOfAStep() * length;
  }

  /** How the cache of decoding keeps keys and values. */
  CacheType cacheType() {
    return CacheType.labelled(config.rollout().cacheType());
  }

  /** Bytes of a weight or an activation. */
  int bytes() {
    return config.model().precision().equals("bf16") ? 2 : 4;
  }

  /** Weights in the matrix products of one token's forward pass, those of the head included. */
  double productWeights() {
    double layer =
        (double) shape.hidden()
            * (2.0 * shape.queryWidth() + 2.0 * shape.keyWidth() + 3.0 * shape.intermediate());
    return shape.layers() * layer + (double) shape.vocab() * shape.hidden();
  }

  /**
   * FLOP of a step's forward and backward passes: 6 for each weight of a product and token, and 6 ·
   * length² · query width for each sequence and layer of causal attention (Narayanan et al., 2021,
   * without what causality spares). Recomputed layers count once.
   */
  double stepFlop() {
    double attention = 6.0 * shape.layers() * length * length * shape.queryWidth();
    return 6 * productWeights() * stepTokens() + sequencesOfAStep() * attention;
  }
}
