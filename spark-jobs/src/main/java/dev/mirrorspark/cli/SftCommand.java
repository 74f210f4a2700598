package dev.mirrorspark.cli;

import dev.mirrorspark.cli.SparkCommand.Access;
import dev.mirrorspark.loop.SftRun;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code sft}: supervised warm-up. */
@Command(
    name = "sft",
    mixinStandardHelpOptions = true,
    description = {
      "Trains the policy on warm-up examples.",
      "They are the long chains of thought of the prompt set."
    },
    footer = {"  " + Mirrorspark.NAME + " sft --config conf/quickstart.yaml --set sft.epochs=2"})
final class SftCommand implements Callable<Integer> {
  private final Terminal terminal;
  @Mixin private RunOptions options;

  SftCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    return new SparkCommand("sft", Access.WRITE_RUN)
        .run(
            terminal,
            options,
            options.config(),
            session -> {
              SftRun.run(session);
              return 0;
            });
  }
}
