package dev.mirrorspark.view;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What the tokens of a response can be coloured by. A colour is a class of the style sheet. */
enum TokenColours {
  /** By how likely the policy held the token that it drew. */
  LOGPROB(
      "log-prob", "surprise", List.of("90% and more", "70%", "50%", "30%", "10%", "3%", "less")),
  /** By how undecided the policy was at a token, or around it where only that is known. */
  ENTROPY(
      "entropy",
      "surprise",
      List.of("0.1 nats and less", "0.4", "0.7", "1.2", "2.3", "3.5", "more")),
  /** By what the response is worth, which all its tokens share. */
  ADVANTAGE(
      "advantage",
      "worth",
      List.of("-0.5 and less", "-0.2", "-0.02", "about 0", "0.02 and more", "0.2", "0.5 and more")),
  /** By how far the trainer's log-prob is from the one of sampling. */
  TRAINER(
      "trainer's gap",
      "surprise",
      List.of("1e-6 nats and less", "1e-5", "1e-4", "1e-3", "1e-2", "0.1", "more")),
  /** By how far a teacher's log-prob is from the policy's. */
  TEACHER(
      "teacher's gap",
      "surprise",
      List.of("0.05 nats and less", "0.2", "0.5", "1", "2", "4", "more"));

  /** Minus the log of the shares above. */
  private static final double[] SURPRISE = {0.10536, 0.35667, 0.69315, 1.20397, 2.30259, 3.50656};

  private static final double[] WORTH = {-0.5, -0.2, -0.02, 0.02, 0.2, 0.5};
  private static final double[] GAP = {0.05, 0.2, 0.5, 1, 2, 4};
  private static final double[] ROUNDING = {1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1};

  /** Tokens to each side over which the entropy is estimated. */
  static final int AROUND = 7;

  private final String label;
  private final String family;
  private final List<String> legend;

  TokenColours(String label, String family, List<String> legend) {
    this.label = label;
    this.family = family;
    this.legend = legend;
  }

  String label() {
    return label;
  }

  /** The value of a name in an address. */
  static Optional<TokenColours> of(String name) {
    return Arrays.stream(values()).filter(one -> one.key().equals(name)).findFirst();
  }

  String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The steps of the scale in words, with the class of each. */
  List<Html> legend() {
    return java.util.stream.IntStream.range(0, legend.size())
        .mapToObj(i -> Html.el("li", Html.style(style(i)), legend.get(i)))
        .toList();
  }

  /** The class of a token for a value: nats, or the advantage. NaN has none. */
  String style(double value) {
    if (Double.isNaN(value)) {
      return "";
    }
    double[] bounds =
        switch (this) {
          case LOGPROB, ENTROPY -> SURPRISE;
          case ADVANTAGE -> WORTH;
          case TRAINER -> ROUNDING;
          case TEACHER -> GAP;
        };
    int step = 0;
    while (step < bounds.length && value > bounds[step]) {
      step++;
    }
    return style(step);
  }

  private String style(int step) {
    return family + step;
  }

  /**
   * An estimate of the entropy of the sampling distribution at a token: the mean of minus the
   * log-prob over the tokens around it, for where table {@code token_scores} does not have it.
   */
  static double entropy(List<Float> logprobs, int at) {
    int from = Math.max(0, at - AROUND);
    int to = Math.min(logprobs.size(), at + AROUND + 1);
    return logprobs.subList(from, to).stream().mapToDouble(Float::doubleValue).average().orElse(0)
        * -1;
  }
}
