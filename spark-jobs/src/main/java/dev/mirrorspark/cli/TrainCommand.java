package dev.mirrorspark.cli;

import dev.mirrorspark.cli.SparkCommand.Access;
import dev.mirrorspark.loop.TrainingRun;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code train}: reinforcement learning. */
@Command(
    name = "train",
    mixinStandardHelpOptions = true,
    description = {
      "Trains the policy by reinforcement learning.",
      "Goes on at the iteration at which the run stands."
    },
    footer = {
      "  " + Mirrorspark.NAME + " train --config conf/quickstart.yaml --set train.iterations=40"
    })
final class TrainCommand implements Callable<Integer> {
  private final Terminal terminal;
  @Mixin private RunOptions options;

  TrainCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    return new SparkCommand("train", Access.WRITE_RUN)
        .run(
            terminal,
            options,
            options.config(),
            session -> {
              TrainingRun.run(session);
              return 0;
            });
  }
}
