package dev.mirrorspark.experiment;

import static org.apache.spark.sql.functions.col;

import dev.mirrorspark.config.Long2ShortConfig;
import dev.mirrorspark.config.Long2ShortFile;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.loop.Session;
import dev.mirrorspark.report.MarkdownTable;
import dev.mirrorspark.report.ReportFile;
import dev.mirrorspark.report.TradeOffChart;
import dev.mirrorspark.report.TradeOffRow;
import dev.mirrorspark.report.TradeOffTable;
import dev.mirrorspark.table.EvalResults;
import dev.mirrorspark.table.Evals;
import dev.mirrorspark.table.TableSchema;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the tables say of the methods of long2short: a chart of accuracy against mean tokens and a
 * table, in {@code WAREHOUSE/long2short/NAME}.
 */
public final class Long2ShortReport {
  /** The file that holds the table and shows the chart. */
  public static final String PAGE = "report.md";

  private static final String CHART = "trade-off.png";

  private Long2ShortReport() {}

  /**
   * Draws the chart, writes the page and prints the table.
   *
   * @throws UserError if nothing is evaluated yet, or the folder cannot be written
   */
  public static void write(Session session, Long2ShortFile file) {
    var config = file.config();
    List<TradeOffRow> rows = new ArrayList<>();
    List<String> names = new ArrayList<>(List.of(Long2ShortConfig.LONG, Long2ShortConfig.SHORT));
    config.methods().forEach(step -> names.add(step.name()));
    for (String name : names) {
      for (long seed : config.seeds()) {
        row(session, file, name, seed).ifPresent(rows::add);
      }
    }
    if (rows.isEmpty()) {
      throw new UserError(
          "long2short %s has no evaluation in warehouse %s: run it first, without --report-only"
              .formatted(config.name(), session.config().warehouse()));
    }
    Path folder =
        Path.of(session.config().warehouse())
            .toAbsolutePath()
            .normalize()
            .resolve("long2short")
            .resolve(config.name());
    var table = new TradeOffTable(names, rows);
    new TradeOffChart(config.name(), names, rows).writePng(folder.resolve(CHART));
    List<String> lines = MarkdownTable.lines(table.header(), table.cells());
    List<String> page = new ArrayList<>(List.of("# " + config.name(), ""));
    for (var step : config.methods()) {
      String teacher = step.teacher().isEmpty() ? "" : ", teacher " + step.teacher();
      page.add(
          "- %s: %s of %s%s"
              .formatted(step.name(), step.method(), String.join(", ", step.from()), teacher));
    }
    page.addAll(List.of("", TradeOffTable.WHAT, ""));
    page.addAll(lines);
    page.addAll(List.of("", "![Accuracy against tokens](" + CHART + ")"));
    table.watches().forEach(watch -> page.addAll(List.of("", watch)));
    ReportFile.write(folder.resolve(PAGE), String.join("\n", page) + "\n", ReportFile.IN_WAREHOUSE);
    var progress = session.progress();
    progress.line("");
    lines.forEach(progress::line);
    progress.line("");
    table.watches().forEach(progress::line);
    progress.line("report: " + folder.resolve(PAGE));
  }

  /** Of the newest policy of a run that is evaluated. */
  private static Optional<TradeOffRow> row(
      Session session, Long2ShortFile file, String name, long seed) {
    var evaluation = file.evaluation(name, seed);
    var tables = new RunTables(session.warehouse());
    Optional<Evals.Result> sampled = tables.newest(evaluation, Evals.SAMPLING);
    if (sampled.isEmpty()) {
      return Optional.empty();
    }
    Optional<Evals.Result> greedy = tables.newest(evaluation, Evals.GREEDY);
    var of = sampled.get();
    List<TradeOffRow.Answer> answers =
        session
            .warehouse()
            .read(EvalResults.TABLE)
            .where(col(TableSchema.RUN).equalTo(of.run()))
            .where(col(EvalResults.POLICY_VERSION).equalTo(of.policyVersion()))
            .where(col(EvalResults.DATASET).equalTo(of.dataset()))
            .where(col(EvalResults.SPLIT).equalTo(of.split()))
            .where(col(EvalResults.MODE).equalTo(Evals.SAMPLING))
            .where(col(EvalResults.PROBLEMS).equalTo(of.problems()))
            .where(col(EvalResults.SAMPLES).equalTo(of.samples()))
            .collectAsList()
            .stream()
            .map(EvalResults.Result::from)
            .filter(one -> one.correct().isPresent())
            .map(one -> new TradeOffRow.Answer(one.correct().get(), one.tokens()))
            .toList();
    return Optional.of(new TradeOffRow(name, seed, of, greedy, answers));
  }
}
