package dev.mirrorspark.report;

import dev.mirrorspark.table.Evals;
import java.util.List;
import java.util.Optional;

/**
 * How one model of long2short does on the held-out problems, with one seed.
 *
 * @param name of the model or the method
 * @param sampled its evaluation by sampling, over all problems
 * @param greedy its greedy one, where there is one
 * @param answers every sampled response that could be judged
 */
public record TradeOffRow(
    String name,
    long seed,
    Evals.Result sampled,
    Optional<Evals.Result> greedy,
    List<Answer> answers) {
  public TradeOffRow {
    answers = List.copyOf(answers);
  }

  /** One sampled response. */
  public record Answer(boolean correct, int tokens) {}

  /** Mean tokens of the right responses, or of the wrong ones; NaN where there is none. */
  double tokens(boolean correct) {
    return answers.stream()
        .filter(answer -> answer.correct() == correct)
        .mapToInt(Answer::tokens)
        .average()
        .orElse(Double.NaN);
  }

  /** Share of responses shorter than so many tokens; NaN where there is none. */
  double shorterThan(double tokens) {
    return answers.stream()
        .mapToInt(answer -> answer.tokens() < tokens ? 1 : 0)
        .average()
        .orElse(Double.NaN);
  }

  /** Accuracy of the sampled responses in percentage points, for each 100 tokens of one. */
  double efficiency() {
    return 100 * sampled.passAt1() / (sampled.meanTokens() / 100);
  }
}
