package dev.mirrorspark.report;

import dev.mirrorspark.table.Evals;
import java.util.ArrayList;
import java.util.List;

/**
 * One evaluation for the eye: by level and domain, and by the number of tries.
 *
 * @param evals its rows of table {@code evals}, the one over all problems first
 */
public record EvaluationTables(List<Evals.Result> evals) {

  public EvaluationTables {
    evals = List.copyOf(evals);
  }

  /** What was evaluated. */
  public String title() {
    var overall = overall();
    return "policy %d on %s, %s %s, %d %s a problem"
        .formatted(
            overall.policyVersion(),
            overall.dataset(),
            overall.split(),
            Summary.decoding(overall),
            overall.samples(),
            overall.samples() == 1 ? "response" : "responses");
  }

  /** Names of the columns of {@link #rows}. */
  public List<String> header() {
    List<String> header =
        new ArrayList<>(List.of("problems", "number", "pass@1", "95% interval", "mean tokens"));
    overall().atK().stream()
        .skip(1)
        .reduce((one, next) -> next)
        .ifPresent(most -> header.addAll(List.of("pass@" + most.k(), "maj@" + most.k())));
    return header;
  }

  /** One row for all problems, one a level, one a domain; at the largest number of tries too. */
  public List<List<String>> rows() {
    List<List<String>> rows = new ArrayList<>();
    int most = overall().atK().stream().mapToInt(Evals.AtK::k).max().orElse(1);
    for (var eval : evals) {
      List<String> row = new ArrayList<>();
      row.add(group(eval));
      row.add(Integer.toString(eval.problems()));
      row.add(Figures.percent(eval.passAt1()));
      row.add(Figures.interval(eval.ciLow(), eval.ciHigh()));
      row.add(Figures.fixed(eval.meanTokens(), 1));
      if (most > 1) {
        var figures = eval.atK().stream().filter(atK -> atK.k() == most).findFirst();
        row.add(figures.map(atK -> Figures.percent(atK.pass())).orElse("–"));
        row.add(
            figures
                .flatMap(Evals.AtK::majority)
                .map(maj -> Figures.percent(maj.share()))
                .orElse("–"));
      }
      rows.add(row);
    }
    return rows;
  }

  /** Names of the columns of {@link #triesRows}. */
  public List<String> triesHeader() {
    return List.of("k", "pass@k", "95% interval", "maj@k", "95% interval");
  }

  /** One row for each number of tries, over all problems. */
  public List<List<String>> triesRows() {
    return overall().atK().stream()
        .map(
            atK ->
                List.of(
                    Integer.toString(atK.k()),
                    Figures.percent(atK.pass()),
                    Figures.interval(atK.passLow(), atK.passHigh()),
                    atK.majority().map(maj -> Figures.percent(maj.share())).orElse("–"),
                    atK.majority().map(maj -> Figures.interval(maj.low(), maj.high())).orElse("–")))
        .toList();
  }

  private Evals.Result overall() {
    return evals.get(0);
  }

  private static String group(Evals.Result eval) {
    return eval.level().isPresent()
        ? "level " + eval.level().getAsInt()
        : eval.domain().map(domain -> "domain " + domain).orElse("all");
  }
}
