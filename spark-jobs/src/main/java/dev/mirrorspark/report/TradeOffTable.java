package dev.mirrorspark.report;

import dev.mirrorspark.table.Evals;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * The table of long2short: accuracy, tokens and what one gives for the other (Kimi k1.5, 3.4).
 *
 * @param names of the models, the long one first
 * @param rows one a model and seed
 */
public record TradeOffTable(List<String> names, List<TradeOffRow> rows) {
  /** What the columns are. */
  public static final String WHAT =
      "Held-out accuracy in percent, with its 95% interval (one seed: over the problems; more: Student's"
          + " t over the seeds), and tokens of a sampled response. Points per 100 tokens: sampled"
          + " accuracy for each 100 tokens. Right and wrong: mean tokens of the right and of the wrong"
          + " responses. Empty: share of responses with less than a tenth of the long model's mean"
          + " tokens.";

  private static final double EMPTY = 0.1;
  private static final double EMPTY_SHARE = 0.05;
  private static final double LOST = 0.1;

  public TradeOffTable {
    names = List.copyOf(names);
    rows = List.copyOf(rows);
  }

  /** Names of the columns. */
  public List<String> header() {
    return List.of(
        "model",
        "greedy",
        "sampled",
        "tokens",
        "of long",
        "points per 100 tokens",
        "right",
        "wrong",
        "empty");
  }

  /** The cells of the models that are evaluated, in their order. */
  public List<List<String>> cells() {
    List<List<String>> cells = new ArrayList<>();
    for (String name : names) {
      var of = of(name);
      if (!of.isEmpty()) {
        cells.add(cells(name, of));
      }
    }
    return cells;
  }

  private List<String> cells(String name, List<TradeOffRow> of) {
    double tokens = mean(of, row -> row.sampled().meanTokens());
    return List.of(
        name,
        accuracy(of, row -> row.greedy()),
        accuracy(of, row -> Optional.of(row.sampled())),
        MeanInterval.of(values(of, row -> row.sampled().meanTokens())).text(1),
        Figures.percent(tokens / longTokens()),
        MeanInterval.of(values(of, TradeOffRow::efficiency)).text(1),
        Figures.fixed(mean(of, row -> row.tokens(true)), 1),
        Figures.fixed(mean(of, row -> row.tokens(false)), 1),
        Figures.percent(mean(of, row -> row.shorterThan(EMPTY * longTokens()))));
  }

  /**
   * What the two watches saw: a model that lost much accuracy and whose wrong responses are shorter
   * than its right ones (short by being wrong), and one that hardly reasons any more. A watch that
   * saw nothing says so.
   */
  public List<String> watches() {
    List<String> hacking = new ArrayList<>();
    List<String> collapse = new ArrayList<>();
    double longAccuracy = mean(of(names.get(0)), row -> row.sampled().passAt1());
    for (String name : names.subList(1, names.size())) {
      var of = of(name);
      if (of.isEmpty()) {
        continue;
      }
      double accuracy = mean(of, row -> row.sampled().passAt1());
      double right = mean(of, row -> row.tokens(true));
      double wrong = mean(of, row -> row.tokens(false));
      if (longAccuracy - accuracy > LOST && wrong < right) {
        hacking.add(
            "%s: length hacking? It lost %s of accuracy, and its wrong responses are the shorter ones (%s tokens, right ones %s)."
                .formatted(
                    name,
                    Figures.percent(longAccuracy - accuracy),
                    Figures.fixed(wrong, 1),
                    Figures.fixed(right, 1)));
      }
      double empty = mean(of, row -> row.shorterThan(EMPTY * longTokens()));
      if (empty > EMPTY_SHARE) {
        collapse.add(
            "%s: collapse? %s of its responses have hardly any reasoning."
                .formatted(name, Figures.percent(empty)));
      }
    }
    if (hacking.isEmpty()) {
      hacking.add(
          "Length hacking: none. No model lost more than %s of accuracy while its wrong responses were the shorter ones."
              .formatted(Figures.percent(LOST)));
    }
    if (collapse.isEmpty()) {
      collapse.add(
          "Collapse: none. No model has hardly any reasoning in more than %s of its responses."
              .formatted(Figures.percent(EMPTY_SHARE)));
    }
    return Stream.concat(hacking.stream(), collapse.stream()).toList();
  }

  private double longTokens() {
    return mean(of(names.get(0)), row -> row.sampled().meanTokens());
  }

  private List<TradeOffRow> of(String name) {
    return rows.stream().filter(row -> row.name().equals(name)).toList();
  }

  private static double[] values(List<TradeOffRow> of, ToDoubleFunction<TradeOffRow> value) {
    return of.stream().mapToDouble(value).toArray();
  }

  private static double mean(List<TradeOffRow> of, ToDoubleFunction<TradeOffRow> value) {
    return MeanInterval.of(values(of, value)).mean();
  }

  private static String accuracy(
      List<TradeOffRow> of, Function<TradeOffRow, Optional<Evals.Result>> eval) {
    var evals = of.stream().map(eval).flatMap(Optional::stream).toList();
    if (evals.size() == 1) {
      var one = evals.get(0);
      return "%s [%s, %s]"
          .formatted(
              Figures.fixed(100 * one.passAt1(), 1),
              Figures.fixed(100 * one.ciLow(), 1),
              Figures.fixed(100 * one.ciHigh(), 1));
    }
    return MeanInterval.of(evals.stream().mapToDouble(one -> 100 * one.passAt1()).toArray())
        .text(1);
  }
}
