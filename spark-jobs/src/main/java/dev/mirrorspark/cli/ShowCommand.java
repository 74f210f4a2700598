package dev.mirrorspark.cli;

import dev.mirrorspark.cli.SparkCommand.Access;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.loop.Session;
import dev.mirrorspark.report.Figures;
import dev.mirrorspark.report.GroupRows;
import dev.mirrorspark.report.IterationRows;
import dev.mirrorspark.report.PlainText;
import dev.mirrorspark.report.SampleResponses;
import dev.mirrorspark.report.SampleResponses.SampleResponse;
import dev.mirrorspark.report.Sparkline;
import dev.mirrorspark.table.Iterations.Metrics;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code show}: a run, an iteration of it, or the responses to a problem. */
@Command(
    name = "show",
    mixinStandardHelpOptions = true,
    description = {
      "Prints the iterations of a run; with an iteration, the groups of responses that it scored;",
      "with a prompt too, the responses themselves."
    },
    footer = {"  " + Mirrorspark.NAME + " show quickstart 9 --set warehouse=runs/quickstart"})
final class ShowCommand implements Callable<Integer> {
  private static final int WIDE = 48;

  private final Terminal terminal;
  @Mixin private RunOptions options;

  @Parameters(index = "0", paramLabel = "RUN", description = "Name of the run.")
  private String run;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "ITERATION",
      description = "Index of an iteration, from 0.")
  private Optional<Integer> iteration = Optional.empty();

  @Parameters(
      index = "2",
      arity = "0..1",
      paramLabel = "PROMPT",
      description = "A prompt_id, or its beginning.")
  private Optional<String> prompt = Optional.empty();

  @Option(
      names = "--most",
      paramLabel = "N",
      description = "Groups or responses that are printed (default: ${DEFAULT-VALUE}).")
  private int most = 40;

  ShowCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    return new SparkCommand("show", Access.READ)
        .run(terminal, options, options.config(), this::show);
  }

  private int show(Session session) {
    if (most < 1) {
      throw new UserError("--most %d: must be 1 or more".formatted(most));
    }
    var iterations = ReportCommand.iterations(session, run);
    if (iteration.isEmpty()) {
      run(session, iterations);
      return 0;
    }
    int last = iterations.get(iterations.size() - 1).iteration();
    if (iterations.stream().noneMatch(row -> row.iteration() == iteration.get())) {
      throw new UserError(
          "run %s has no finished iteration %d; the last one is %d"
              .formatted(run, iteration.get(), last));
    }
    if (prompt.isEmpty()) {
      groups(session);
    } else {
      responses(session);
    }
    return 0;
  }

  private static void run(Session session, List<Metrics> iterations) {
    var rows = new IterationRows(iterations);
    var progress = session.progress();
    progress.table(rows.header(), rows.rows());
    progress.line("");
    progress.line(
        "accuracy, 0 to 100%   " + Sparkline.of(of(iterations, Metrics::accuracy), 0, 1, WIDE));
    progress.line("mean tokens           " + range(iterations, Metrics::meanTokens, 1));
    progress.line("entropy               " + range(iterations, Metrics::entropy, 3));
  }

  private static double[] of(List<Metrics> rows, ToDoubleFunction<Metrics> figure) {
    return rows.stream().mapToDouble(figure).toArray();
  }

  private static String range(List<Metrics> rows, ToDoubleFunction<Metrics> figure, int decimals) {
    double[] figures = of(rows, figure);
    var known = Arrays.stream(figures).filter(x -> !Double.isNaN(x)).summaryStatistics();
    return known.getCount() == 0
        ? "–"
        : "%s  %s to %s"
            .formatted(
                Sparkline.of(figures, WIDE),
                Figures.fixed(known.getMin(), decimals),
                Figures.fixed(known.getMax(), decimals));
  }

  private void groups(Session session) {
    var groups = GroupRows.of(session.warehouse(), run, iteration.get(), most);
    session.progress().table(groups.header(), groups.rows());
    if (groups.all() > groups.rows().size()) {
      session
          .progress()
          .line("and %,d more: --most shows them".formatted(groups.all() - groups.rows().size()));
    }
  }

  private void responses(Session session) {
    var found = SampleResponses.ofPrompt(session.warehouse(), run, iteration.get(), prompt.get());
    if (found.isEmpty()) {
      throw new UserError(
          "iteration %d of run %s scored no response to a prompt that begins with %s; its prompts: %s"
              .formatted(
                  iteration.get(),
                  run,
                  prompt.get(),
                  Mirrorspark.NAME + " show " + run + " " + iteration.get()));
    }
    String at = "";
    for (SampleResponse response : found.subList(0, Math.min(most, found.size()))) {
      if (!response.promptId().equals(at)) {
        at = response.promptId();
        lines(session, "prompt " + at + ", answer " + response.answer());
        lines(session, response.problem());
      }
      String reward =
          response.reward().map(value -> ", reward " + Figures.fixed(value, 3)).orElse("");
      session.progress().line("");
      lines(
          session,
          "── sample %d: %s%s, %d tokens; verifier: %s"
              .formatted(
                  response.sample(),
                  response.verdict(),
                  reward,
                  response.tokens(),
                  response.detail()));
      lines(session, response.text());
    }
    if (found.size() > most) {
      session.progress().line("and %,d more: --most shows them".formatted(found.size() - most));
    }
  }

  /** What models and data sets wrote must not reach the terminal as commands. */
  private static void lines(Session session, String text) {
    PlainText.of(text).lines().forEach(session.progress()::line);
  }
}
