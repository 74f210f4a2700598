package dev.mirrorspark.cli;

import dev.mirrorspark.cli.SparkCommand.Access;
import dev.mirrorspark.loop.Replay;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code replay}: an iteration once more, to see that it gives the same weights. */
@Command(
    name = "replay",
    mixinStandardHelpOptions = true,
    description = {
      "Computes a finished iteration again and compares the weights.",
      "Exits with 1 if they differ from those that were committed."
    },
    footer = {"  " + Mirrorspark.NAME + " replay --config conf/quickstart.yaml 3"})
final class ReplayCommand implements Callable<Integer> {
  private final Terminal terminal;
  @Mixin private RunOptions options;

  @ArgGroup(multiplicity = "1")
  private Which which;

  /** The iteration, with or without the option's name. */
  private static final class Which {
    @Parameters(paramLabel = "ITERATION", description = "The iteration, from 0.")
    private Optional<Integer> bare = Optional.empty();

    @Option(names = "--iteration", paramLabel = "N", description = "The same.")
    private Optional<Integer> named = Optional.empty();

    int iteration() {
      return bare.or(() -> named).orElseThrow();
    }
  }

  ReplayCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    return new SparkCommand("replay", Access.READ)
        .run(
            terminal,
            options,
            options.config(),
            session -> {
              var result = Replay.run(session, which.iteration());
              session
                  .progress()
                  .line(
                      result.same()
                          ? "iteration %d: same weights, sha256 %s"
                              .formatted(result.iteration(), result.committedSha())
                          : "iteration %d: weights differ: committed sha256 %s, replayed %s"
                              .formatted(
                                  result.iteration(), result.committedSha(), result.replayedSha()));
              return result.same() ? 0 : Failure.OTHER;
            });
  }
}
