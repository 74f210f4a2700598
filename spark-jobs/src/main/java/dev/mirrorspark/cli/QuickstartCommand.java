package dev.mirrorspark.cli;

import dev.mirrorspark.cli.SparkCommand.Access;
import dev.mirrorspark.loop.Quickstart;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code quickstart}: the whole way from random weights to a policy that RL has improved. */
@Command(
    name = "quickstart",
    mixinStandardHelpOptions = true,
    description = {
      "Takes a small model from random weights to reasoning that RL has improved.",
      "Makes problems and the model, warms it up, evaluates it, trains it by reinforcement learning"
          + " and evaluates it again. The run file is conf/quickstart.yaml unless --config names"
          + " another."
    },
    footer = {"  " + Mirrorspark.NAME + " quickstart --set seed=2 --set run=second-seed"})
final class QuickstartCommand implements Callable<Integer> {
  private final Terminal terminal;
  @Mixin private RunOptions options;

  QuickstartCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    return new SparkCommand("quickstart", Access.WRITE_RUN)
        .run(
            terminal,
            options,
            options.config(terminal.home().resolve("conf/quickstart.yaml")),
            session -> {
              Quickstart.run(session);
              return 0;
            });
  }
}
