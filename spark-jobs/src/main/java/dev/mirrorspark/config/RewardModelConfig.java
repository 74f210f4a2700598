package dev.mirrorspark.config;

import java.io.Serializable;
import java.util.List;

/**
 * Section {@code reward_model}: a reward model that learns from the judged responses of other runs
 * (Kimi k1.5, 2.3.5).
 *
 * @param kind {@code value_head} or {@code chain_of_thought}
 * @param runs the runs whose responses and verdicts it learns from
 * @param iterations how many iterations of each, from the first; 0: all
 * @param triples triples of question, reference answer and response at most, held-out ones included
 * @param balance whether correct and wrong ones are equally many
 * @param heldoutShare share of the problems whose triples are held out
 * @param bins bins of the calibration figures
 * @param scores folder that {@code reward-model score} writes; empty: {@code WAREHOUSE/_scores/RUN}
 */
public record RewardModelConfig(
    String kind,
    List<String> runs,
    int iterations,
    int triples,
    boolean balance,
    double heldoutShare,
    int bins,
    String scores,
    ValueHead valueHead,
    ChainOfThought chainOfThought)
    implements Serializable {

  public RewardModelConfig {
    runs = List.copyOf(runs);
  }

  /** Whether the kind is the classic reward model. */
  public boolean classic() {
    return kind.equals("value_head");
  }

  /**
   * The classic reward model: one number from a policy's hidden states.
   *
   * @param features Hugging Face folder of the policy that reads; empty: the newest policy of the
   *     first of {@code reward_model.runs}
   * @param template what it reads, with {@code {question}}, {@code {reference}} and {@code
   *     {response}}
   * @param lastTokens so many last tokens give their hidden states, side by side
   * @param mean whether the mean over all tokens is put beside them
   * @param loss {@code cross_entropy} or {@code squared}
   * @param hidden width of the hidden layer; 0: none
   * @param averageEvery minibatches of a worker between two averages of the parameters
   */
  public record ValueHead(
      String features,
      String template,
      int lastTokens,
      boolean mean,
      String loss,
      int hidden,
      int epochs,
      int batch,
      int averageEvery,
      double learningRate,
      double l2)
      implements Serializable {}

  /**
   * The chain-of-thought reward model: a policy that reasons and ends with a verdict.
   *
   * @param policy Hugging Face folder of that policy; empty: the newest policy of the run
   * @param template as for the value head
   * @param votes replies to a response; the majority of the valid ones counts
   * @param maxTokens longest reply
   * @param examplesInto prompt set that receives the worked examples for the warm-up of that policy
   */
  public record ChainOfThought(
      String policy,
      String template,
      int votes,
      double temperature,
      int maxTokens,
      String examplesInto)
      implements Serializable {}
}
