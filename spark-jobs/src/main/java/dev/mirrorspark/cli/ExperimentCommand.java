package dev.mirrorspark.cli;

import dev.mirrorspark.cli.SparkCommand.Access;
import dev.mirrorspark.config.ExperimentFile;
import dev.mirrorspark.experiment.ExperimentReport;
import dev.mirrorspark.experiment.ExperimentRun;
import dev.mirrorspark.report.TextTable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code experiment}: arms × seeds from one file, with a picture a question. */
@Command(
    name = "experiment",
    mixinStandardHelpOptions = true,
    description = {
      "Runs a grid of runs, arms x seeds, and compares the arms.",
      "Finished runs are skipped, a stopped one goes on. At the end a picture a question and a"
          + " table with intervals are written to WAREHOUSE/experiments/NAME."
    },
    footer = {"  " + Mirrorspark.NAME + " experiment conf/experiments/paper.yaml"})
final class ExperimentCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Parameters(paramLabel = "FILE", description = "The experiment file (YAML).")
  private Path file;

  @Option(
      names = {"-s", "--set"},
      paramLabel = "KEY=VALUE",
      description =
          "Overrides a key of the experiment file, such as seeds=[1] or set.train.iterations=2. May"
              + " be repeated.")
  private List<String> sets = new ArrayList<>();

  @Option(names = "--dry-run", description = "Prints the list of runs and runs nothing.")
  private boolean dryRun;

  @Option(
      names = "--report-only",
      description = "Draws the pictures and the table from what the tables hold; runs nothing.")
  private boolean reportOnly;

  ExperimentCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    var experiment = ExperimentFile.load(file, sets);
    if (dryRun) {
      TextTable.lines(List.of("run", "what"), ExperimentRun.plan(experiment))
          .forEach(terminal.out()::println);
      return 0;
    }
    return new SparkCommand("experiment", reportOnly ? Access.READ : Access.WRITE_RUN)
        .run(
            terminal,
            new RunOptions(),
            experiment.common(),
            session -> {
              if (!reportOnly) {
                ExperimentRun.run(session, experiment, PromptsCommand::answerTypes);
              }
              ExperimentReport.write(session, experiment);
              return 0;
            });
  }
}
