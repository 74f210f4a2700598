package dev.mirrorspark.cli;

import dev.mirrorspark.cli.SparkCommand.Access;
import dev.mirrorspark.eval.PairedComparison;
import dev.mirrorspark.eval.PairedEvaluations;
import dev.mirrorspark.eval.PairedEvaluations.Way;
import dev.mirrorspark.loop.Session;
import dev.mirrorspark.report.Figures;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code report paired}: two policies on the same problems. */
@Command(
    name = "paired",
    mixinStandardHelpOptions = true,
    description = {
      "Compares two evaluated policies problem by problem.",
      "Prints the accuracy of both, the difference with its 95%% interval, and a p-value, for each"
          + " way in which both were evaluated: exact McNemar for one response a problem, a paired"
          + " permutation test for several."
    },
    footer = {
      "  "
          + Mirrorspark.NAME
          + " report paired --config conf/quickstart.yaml --baseline 1 --policy 21"
    })
final class ReportPairedCommand implements Callable<Integer> {
  private static final List<String> HEADER =
      List.of(
          "decoding",
          "problems",
          "samples",
          "baseline",
          "policy",
          "difference",
          "95% interval",
          "better",
          "worse",
          "p-value",
          "test");

  private final Terminal terminal;
  @Mixin private RunOptions options;

  @Option(
      names = "--baseline",
      paramLabel = "VERSION",
      required = true,
      description = "Version of the policy compared with.")
  private int baseline;

  @Option(
      names = "--policy",
      paramLabel = "VERSION",
      required = true,
      description = "Version of the other policy.")
  private int policy;

  @Option(
      names = "--run",
      paramLabel = "NAME",
      description = "Run of the policy. Without it the run of the run file.")
  private Optional<String> run = Optional.empty();

  @Option(
      names = "--baseline-run",
      paramLabel = "NAME",
      description = "Run of the baseline. Without it the run of the policy.")
  private Optional<String> baselineRun = Optional.empty();

  ReportPairedCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    return new SparkCommand("report paired", Access.READ)
        .run(terminal, options, options.config(), this::compare);
  }

  private int compare(Session session) {
    var config = session.config();
    String name = run.orElse(config.run());
    var one = new PairedEvaluations.Side(baselineRun.orElse(name), baseline);
    var other = new PairedEvaluations.Side(name, policy);
    Map<Way, PairedComparison> comparisons;
    try (var comparing = session.progress().stage("comparing the evaluations", 0)) {
      comparisons =
          PairedEvaluations.compare(
              session.warehouse(), config.prompts().dataset(), config.eval().split(), one, other);
    }
    session
        .progress()
        .table(
            HEADER,
            comparisons.entrySet().stream()
                .map(entry -> row(entry.getKey(), entry.getValue()))
                .toList());
    session
        .progress()
        .line(
            "baseline: %s; policy: %s; data set %s, %s"
                .formatted(one, other, config.prompts().dataset(), config.eval().split()));
    return 0;
  }

  private static List<String> row(Way way, PairedComparison comparison) {
    return List.of(
        way.temperature() == 0 ? way.mode() : "temperature " + way.temperature(),
        Integer.toString(comparison.problems()),
        Integer.toString(way.samples()),
        Figures.percent(comparison.baseline()),
        Figures.percent(comparison.policy()),
        Figures.percent(comparison.difference()),
        Figures.interval(comparison.low(), comparison.high()),
        Integer.toString(comparison.better()),
        Integer.toString(comparison.worse()),
        Figures.pValue(comparison.pValue()),
        comparison.test().label());
  }
}
