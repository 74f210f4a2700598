package dev.mirrorspark.experiment;

import dev.mirrorspark.config.ExperimentConfig;
import dev.mirrorspark.config.ExperimentFile;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.loop.Session;
import dev.mirrorspark.report.ArmTable;
import dev.mirrorspark.report.LengthChart;
import dev.mirrorspark.report.MarkdownTable;
import dev.mirrorspark.report.QuestionChart;
import dev.mirrorspark.report.ReportFile;
import dev.mirrorspark.report.SeedBand;
import dev.mirrorspark.report.Trial;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * What the tables say of an experiment: a picture a question and a table of the arms, in {@code
 * WAREHOUSE/experiments/NAME}.
 */
public final class ExperimentReport {
  /** The file that holds the table and shows the pictures. */
  public static final String PAGE = "report.md";

  private final Session session;
  private final ExperimentFile file;
  private final ExperimentConfig config;
  private final List<Trial> trials;

  private ExperimentReport(Session session, ExperimentFile file, List<Trial> trials) {
    this.session = session;
    this.file = file;
    this.config = file.config();
    this.trials = trials;
  }

  /**
   * Draws the pictures, writes the page and prints the table.
   *
   * @throws UserError if no run of the experiment has a finished iteration, or the folder cannot be
   *     written
   */
  public static void write(Session session, ExperimentFile file) {
    var tables = new RunTables(session.warehouse());
    List<Trial> trials = new ArrayList<>();
    for (var arm : file.config().arms()) {
      for (long seed : file.config().seeds()) {
        trials.add(tables.trial(arm.name(), seed, file.run(arm, seed, Optional.empty())));
      }
    }
    if (trials.stream().allMatch(trial -> trial.iterations().isEmpty() && !trial.complete())) {
      throw new UserError(
          "experiment %s has no finished iteration in warehouse %s: run it first, without"
                  .formatted(file.config().name(), session.config().warehouse())
              + " --report-only");
    }
    new ExperimentReport(session, file, trials).write();
  }

  private void write() {
    Path folder =
        Path.of(session.config().warehouse())
            .toAbsolutePath()
            .normalize()
            .resolve("experiments")
            .resolve(config.name());
    var arms =
        new ArmTable(config.arms().stream().map(ExperimentConfig.Arm::name).toList(), trials);
    List<String> table = MarkdownTable.lines(arms.header(), arms.rows());
    List<String> page = new ArrayList<>(head());
    page.addAll(table);
    page.add("");
    for (var question : config.questions()) {
      page.addAll(answer(question, folder));
    }
    ReportFile.write(folder.resolve(PAGE), String.join("\n", page) + "\n", ReportFile.IN_WAREHOUSE);
    var progress = session.progress();
    progress.line("");
    table.forEach(progress::line);
    progress.line("");
    progress.line("report: " + folder.resolve(PAGE));
  }

  private List<String> head() {
    List<String> head = new ArrayList<>();
    head.add("# " + config.name());
    head.add("");
    for (var arm : config.arms()) {
      String settings = String.join("`, `", file.shown(arm));
      head.add(
          "- %s: %s".formatted(arm.name(), settings.isEmpty() ? "the base" : "`" + settings + "`"));
    }
    head.add("");
    head.add(
        "Held-out accuracy before (sampling) and after reinforcement learning, and mean tokens of"
            + " the sampled responses after it: means over the seeds ± half the 95% interval"
            + " (Student's t, one value a seed). Differences to %s are paired by seed, in"
                .formatted(config.arms().get(0).name())
            + " percentage points. Tokens and time are those of reinforcement learning.");
    head.add("");
    return head;
  }

  private List<String> answer(ExperimentConfig.Question question, Path folder) {
    if (question.ofLength()) {
      var chart = new LengthChart(question.title(), question.y(), lengths(question));
      List<String> slopes = new ArrayList<>(MarkdownTable.lines(chart.header(), chart.rows()));
      slopes.add("");
      return part(question, folder, chart.hasPoints(), chart::writePng, slopes);
    }
    var bands = question.ofKey() ? ends(question) : curves(question);
    var chart = new QuestionChart(question.title(), question.x(), question.y(), bands);
    return part(question, folder, chart.hasPoints(), chart::writePng, List.of());
  }

  private List<String> part(
      ExperimentConfig.Question question,
      Path folder,
      boolean measured,
      Consumer<Path> writePng,
      List<String> below) {
    List<String> part = new ArrayList<>(List.of("## " + question.title(), ""));
    if (!measured) {
      part.addAll(List.of("Nothing is measured yet.", ""));
      return part;
    }
    String file = question.name() + ".png";
    writePng.accept(folder.resolve(file));
    session.progress().line("picture: " + folder.resolve(file));
    part.addAll(List.of("![%s](%s)".formatted(question.title(), file), ""));
    part.addAll(below);
    return part;
  }

  private Map<String, List<List<Trial.Point>>> lengths(ExperimentConfig.Question question) {
    Map<String, List<List<Trial.Point>>> points = new LinkedHashMap<>();
    for (var arm : config.arms()) {
      if (question.shows(arm.name())) {
        points.put(arm.name(), of(arm.name()).map(trial -> trial.lengths(question.y())).toList());
      }
    }
    return points;
  }

  private Stream<Trial> of(String arm) {
    return trials.stream().filter(trial -> trial.arm().equals(arm));
  }

  /** A band an arm. */
  private Map<String, SeedBand> curves(ExperimentConfig.Question question) {
    Map<String, SeedBand> bands = new LinkedHashMap<>();
    for (var arm : config.arms()) {
      if (question.shows(arm.name())) {
        bands.put(
            arm.name(),
            SeedBand.of(
                of(arm.name()).map(trial -> trial.curve(question.x(), question.y())).toList()));
      }
    }
    return bands;
  }

  /** A band a line of arms, over the value of the key that sets them apart. */
  private Map<String, SeedBand> ends(ExperimentConfig.Question question) {
    Map<String, SeedBand> bands = new LinkedHashMap<>();
    file.lines(question)
        .forEach(
            (name, arms) ->
                bands.put(
                    name,
                    SeedBand.of(
                        config.seeds().stream().map(seed -> ends(question, arms, seed)).toList())));
    return bands;
  }

  private List<Trial.Point> ends(
      ExperimentConfig.Question question, List<ExperimentConfig.Arm> arms, long seed) {
    List<Trial.Point> points = new ArrayList<>();
    for (var arm : arms) {
      of(arm.name())
          .filter(trial -> trial.seed() == seed)
          .flatMap(trial -> trial.end(question.y()).stream())
          .map(y -> new Trial.Point(arm.number(question.x()).orElseThrow(), y))
          .forEach(points::add);
    }
    points.sort(Comparator.comparingDouble(Trial.Point::x));
    return points;
  }
}
