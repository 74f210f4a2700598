package dev.mirrorspark.cli;

import dev.mirrorspark.cli.SparkCommand.Access;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.loop.ForkRun;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code fork}: a run that goes on from an iteration of another. */
@Command(
    name = "fork",
    mixinStandardHelpOptions = true,
    description = {
      "Makes a run that goes on from an iteration of another one of the warehouse.",
      "It begins with what the other run had when that iteration began; weights are not copied, and"
          + " the other run keeps all it did. Also the way back to an earlier iteration. Settings may"
          + " differ from there on."
    },
    footer = {
      "  "
          + Mirrorspark.NAME
          + " fork quickstart@6 --config conf/quickstart.yaml --set run=lower"
          + " --set train.learning_rate=1e-4"
    })
final class ForkCommand implements Callable<Integer> {
  private static final Pattern WHERE = Pattern.compile("([^@]+)@(\\d{1,9})");

  private final Terminal terminal;
  @Mixin private RunOptions options;

  @Parameters(
      paramLabel = "RUN@ITERATION",
      description = "The other run, and the iteration with which the new one begins.")
  private String where;

  ForkCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    var parts = WHERE.matcher(where);
    if (!parts.matches()) {
      throw new UserError(
          "%s is not accepted; accepted: RUN@ITERATION, such as quickstart@6".formatted(where));
    }
    return new SparkCommand("fork", Access.WRITE_RUN)
        .perform(
            terminal,
            options,
            session -> ForkRun.run(session, parts.group(1), Integer.parseInt(parts.group(2))));
  }
}
