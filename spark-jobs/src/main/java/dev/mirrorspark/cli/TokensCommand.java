package dev.mirrorspark.cli;

import dev.mirrorspark.cli.SparkCommand.Access;
import dev.mirrorspark.loop.TokensRun;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code tokens}: entropy and the trainer's log-prob of every token of an iteration. */
@Command(
    name = "tokens",
    mixinStandardHelpOptions = true,
    description = {
      "Reads an iteration's responses again.",
      "The policy that sampled them does, by the trainer's forward pass: the entropy of each",
      "token's distribution and the trainer's log-prob of it go into table token_scores, by which",
      "`view` colours. It may run while the run trains."
    },
    footer = {"  " + Mirrorspark.NAME + " tokens --config conf/quickstart.yaml 3"})
final class TokensCommand implements Callable<Integer> {
  private final Terminal terminal;
  @Mixin private RunOptions options;

  @Parameters(paramLabel = "ITERATION", description = "The iteration, from 0.")
  private int iteration;

  TokensCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    return new SparkCommand("tokens", Access.WRITE)
        .perform(
            terminal,
            options,
            session -> {
              var read = TokensRun.run(session, iteration);
              session
                  .progress()
                  .line(
                      "iteration %d: %,d tokens, entropy %.3f nats, log-prob gap mean %.1e, largest %.1e"
                          .formatted(
                              iteration,
                              read.tokens(),
                              read.entropy(),
                              read.gap(),
                              read.largestGap()));
            });
  }
}
