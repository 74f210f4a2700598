package dev.mirrorspark.cli;

import dev.mirrorspark.cli.SparkCommand.Access;
import dev.mirrorspark.loop.EvaluationRun;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code eval}: accuracy of a policy version on problems. */
@Command(
    name = "eval",
    mixinStandardHelpOptions = true,
    description = {
      "Evaluates a policy version.",
      "Decodes greedily and by sampling; accuracy, its interval and mean tokens go into table"
          + " evals, over all levels and by level."
    },
    footer = {"  " + Mirrorspark.NAME + " eval --config conf/quickstart.yaml --policy 1"})
final class EvalCommand implements Callable<Integer> {
  private final Terminal terminal;
  @Mixin private RunOptions options;

  @Option(
      names = "--policy",
      paramLabel = "VERSION",
      description = "Version of the policy; without it the newest.")
  private Optional<Integer> policy = Optional.empty();

  EvalCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    return new SparkCommand("eval", Access.WRITE_RUN)
        .run(
            terminal,
            options,
            options.config(),
            session -> {
              EvaluationRun.run(session, policy.map(OptionalInt::of).orElse(OptionalInt.empty()));
              return 0;
            });
  }
}
