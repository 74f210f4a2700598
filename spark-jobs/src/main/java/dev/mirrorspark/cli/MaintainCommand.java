package dev.mirrorspark.cli;

import dev.mirrorspark.cli.SparkCommand.Access;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.loop.Maintenance;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code maintain}: keeps a warehouse small. */
@Command(
    name = "maintain",
    mixinStandardHelpOptions = true,
    description = {
      "Puts the small files of each table together and removes what nothing needs any more.",
      "May run while runs train. Removes nothing that resuming a run or replaying an iteration needs,"
          + " but for weights, and those only with --keep-weights."
    },
    footer = {"  " + Mirrorspark.NAME + " maintain --config conf/quickstart.yaml --keep-weights 3"})
final class MaintainCommand implements Callable<Integer> {
  private static final int LEAST_HOURS = 24;

  private final Terminal terminal;
  @Mixin private RunOptions options;

  @Option(
      names = "--min-files",
      paramLabel = "N",
      description = "Files of a table from which they are put together (${DEFAULT-VALUE}).")
  private int minFiles = 64;

  @Option(
      names = "--retain-hours",
      paramLabel = "N",
      description = "Nothing younger is removed (${DEFAULT-VALUE}, at least 24).")
  private int retainHours = 168;

  @Option(
      names = "--keep-weights",
      paramLabel = "N",
      description = {
        "Of the run, keep the weights of the N newest policy versions, of the first one, of those",
        "evaluated and of those that other runs start from; the iterations between can then not be",
        "replayed. Without it all stay."
      })
  private int keepWeights = -1;

  MaintainCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    if (retainHours < LEAST_HOURS || minFiles < 2 || keepWeights < -1) {
      throw new UserError(
          "maintain: --retain-hours is at least 24 (a commit under way may take that long), --min-files at least 2, --keep-weights at least 0");
    }
    return new SparkCommand("maintain", Access.WRITE)
        .perform(
            terminal,
            options,
            session ->
                Maintenance.run(
                    session, new Maintenance.Limits(minFiles, retainHours, keepWeights)));
  }
}
