package dev.mirrorspark.cli;

import dev.mirrorspark.cli.SparkCommand.Access;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.loop.Session;
import dev.mirrorspark.report.ReportFile;
import dev.mirrorspark.report.RunFigures;
import dev.mirrorspark.report.RunPage;
import dev.mirrorspark.report.SampleResponses;
import dev.mirrorspark.report.SampleResponses.SampleResponse;
import dev.mirrorspark.report.Summary;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code report page}: a run as one HTML file. */
@Command(
    name = "page",
    mixinStandardHelpOptions = true,
    description = {
      "Writes one HTML file on a run, or on several laid over each other: learning curves, stop and",
      "gate reasons, time, difficulty, length, evaluations, sample responses.",
      "It loads nothing from a network, and can be written while the run trains."
    },
    footer = {
      "  " + Mirrorspark.NAME + " report page --config conf/quickstart.yaml --out page.html"
    })
final class ReportPageCommand implements Callable<Integer> {
  private static final String MEND = "name another with --out or --charts";

  private final Terminal terminal;
  @Mixin private RunOptions options;

  @Option(
      names = "--run",
      paramLabel = "NAME",
      description = "A run; may be repeated. Without it the run of the run file.")
  private List<String> runs = new ArrayList<>();

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "The page to write (default: ${DEFAULT-VALUE}).")
  private Path out = Path.of("report.html");

  @Option(
      names = "--charts",
      paramLabel = "FOLDER",
      description = "Also writes each chart there, as PNG and as SVG.")
  private Optional<Path> charts = Optional.empty();

  @Option(
      names = "--samples",
      paramLabel = "N",
      description =
          "Responses of each verdict, of the first and the last iteration (default: ${DEFAULT-VALUE}).")
  private int samples = 3;

  ReportPageCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    return new SparkCommand("report page", Access.READ)
        .run(terminal, options, options.config(), this::write);
  }

  private int write(Session session) {
    if (samples < 0) {
      throw new UserError("--samples %d: must be 0 or more".formatted(samples));
    }
    var config = session.config();
    List<String> names = runs.isEmpty() ? List.of(config.run()) : runs.stream().distinct().toList();
    List<RunFigures> figures = new ArrayList<>();
    List<Summary> summaries = new ArrayList<>();
    List<List<SampleResponse>> shown = new ArrayList<>();
    for (String name : names) {
      ReportCommand.requireIterations(session, name);
      var run = RunFigures.of(session.warehouse(), name);
      figures.add(run);
      summaries.add(ReportCommand.summary(session, name));
      shown.add(samples(session, run));
    }
    int planned = runs.isEmpty() ? config.train().iterations() : 0;
    var page = new RunPage(figures, planned, summaries, shown, Instant.now());
    ReportFile.write(out, page.html(), MEND);
    charts.ifPresent(
        folder ->
            page.pictures()
                .forEach(
                    picture -> {
                      ReportFile.write(
                          folder.resolve(picture.name() + ".png"), picture.png(), MEND);
                      ReportFile.write(
                          folder.resolve(picture.name() + ".svg"), picture.svg(), MEND);
                    }));
    session.progress().line("page: " + out);
    return 0;
  }

  private List<SampleResponse> samples(Session session, RunFigures run) {
    int first = run.iterations().get(0).iteration();
    int last = run.iterations().get(run.iterations().size() - 1).iteration();
    List<SampleResponse> found = new ArrayList<>();
    for (int iteration : first == last ? new int[] {last} : new int[] {first, last}) {
      found.addAll(SampleResponses.of(session.warehouse(), run.run(), iteration, samples));
    }
    return found;
  }
}
