package dev.mirrorspark.cli;

import dev.mirrorspark.cli.SparkCommand.Access;
import dev.mirrorspark.loop.RunStatus;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code status}: how a run is doing. */
@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    description = {
      "Says how far a run is, who holds it, how long it will take and what it keeps on disk.",
      "Also while it trains. Exits with 0 if the run has all of its iterations, with 3 if not."
    },
    footer = {"  " + Mirrorspark.NAME + " status --config conf/quickstart.yaml"})
final class StatusCommand implements Callable<Integer> {
  private static final int UNFINISHED = 3;

  private final Terminal terminal;
  @Mixin private RunOptions options;

  StatusCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    return new SparkCommand("status", Access.READ)
        .run(
            terminal,
            options,
            options.config(),
            session -> {
              var status = RunStatus.of(session);
              status.lines().forEach(session.progress()::line);
              return status.complete() ? 0 : UNFINISHED;
            });
  }
}
