package dev.mirrorspark.cli;

import dev.mirrorspark.cli.SparkCommand.Access;
import dev.mirrorspark.loop.Session;
import dev.mirrorspark.report.HackingReport;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code report hacking}: whether a run earns its reward. */
@Command(
    name = "hacking",
    mixinStandardHelpOptions = true,
    description = {
      "Names problems whose reward rises while the audit's verdict does not.",
      "Then counts the responses that show a known trick, by iteration."
    },
    footer = {"  " + Mirrorspark.NAME + " report hacking --config conf/quickstart.yaml"})
final class ReportHackingCommand implements Callable<Integer> {
  private final Terminal terminal;
  @Mixin private RunOptions options;

  @Option(
      names = "--most",
      paramLabel = "N",
      description = "Findings that are printed (default: ${DEFAULT-VALUE}).")
  private int most = 20;

  ReportHackingCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    return new SparkCommand("report hacking", Access.READ)
        .run(terminal, options, options.config(), this::report);
  }

  private int report(Session session) {
    var config = session.config();
    ReportCommand.requireIterations(session, config.run());
    var report = HackingReport.of(session.warehouse(), config.run(), config.prompts().dataset());
    var progress = session.progress();
    if (!report.found().isEmpty()) {
      progress.table(report.header(), report.rows(most));
    }
    progress.line(report.verdict());
    if (report.tricks().isEmpty()) {
      progress.line("no response shows a known trick");
    } else {
      progress.table(report.trickHeader(), report.trickRows());
      progress.line("");
      progress.table(report.iterationHeader(), report.iterationRows());
    }
    return 0;
  }
}
