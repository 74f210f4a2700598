package dev.mirrorspark.cli;

import dev.mirrorspark.cli.SparkCommand.Access;
import dev.mirrorspark.report.RunList;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code runs}: the runs of a warehouse. */
@Command(
    name = "runs",
    mixinStandardHelpOptions = true,
    description = {
      "Lists the runs of a warehouse: when each was started, its finished iterations, accuracy and",
      "mean tokens of the last one, and the accuracy over the iterations as a line."
    },
    footer = {"  " + Mirrorspark.NAME + " runs --set warehouse=runs/quickstart"})
final class RunsCommand implements Callable<Integer> {
  private final Terminal terminal;
  @Mixin private RunOptions options;

  RunsCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    return new SparkCommand("runs", Access.READ)
        .run(
            terminal,
            options,
            options.config(),
            session -> {
              var list = RunList.of(session.warehouse());
              if (list.runs().isEmpty()) {
                session.progress().line("no run in warehouse " + session.config().warehouse());
              } else {
                session.progress().table(list.header(), list.rows());
              }
              return 0;
            });
  }
}
