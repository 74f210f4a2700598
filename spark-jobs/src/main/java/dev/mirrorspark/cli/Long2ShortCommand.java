package dev.mirrorspark.cli;

import dev.mirrorspark.cli.SparkCommand.Access;
import dev.mirrorspark.config.Long2ShortFile;
import dev.mirrorspark.experiment.Long2ShortReport;
import dev.mirrorspark.experiment.Long2ShortRun;
import dev.mirrorspark.loop.DpoRun;
import dev.mirrorspark.loop.Session;
import dev.mirrorspark.loop.ShortestRun;
import dev.mirrorspark.report.TextTable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code long2short}: the skill of a long model in the length of a short one. */
@Command(
    name = "long2short",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "(run | shortest | dpo)",
    description = {
      "Gives a short model the skill of one that reasons at length (Kimi k1.5, 2.4).",
      "run does all methods from one file and draws the chart. Each is also a command of its own:"
          + " merge, long2short shortest, long2short dpo, train with reward.length_weight, and"
          + " train with train.method=distill."
    },
    footer = {"  " + Mirrorspark.NAME + " long2short run conf/long2short.yaml"})
final class Long2ShortCommand {
  private Long2ShortCommand() {}

  static CommandLine with(Terminal terminal) {
    return new CommandLine(new Long2ShortCommand())
        .addSubcommand(new Run(terminal))
        .addSubcommand(new Shortest(terminal))
        .addSubcommand(new Dpo(terminal));
  }

  private static int run(
      String name, Terminal terminal, RunOptions options, Consumer<Session> body) {
    return new SparkCommand(name, Access.WRITE_RUN).perform(terminal, options, body);
  }

  /** {@code long2short run}: all methods of a file. */
  @Command(
      name = "run",
      mixinStandardHelpOptions = true,
      description = {
        "Runs the methods of a file and compares them.",
        "What is finished is skipped, a stopped run goes on. Each model is evaluated on the same"
            + " held-out problems; chart and table are written to WAREHOUSE/long2short/NAME."
      },
      footer = {"  " + Mirrorspark.NAME + " long2short run conf/long2short.yaml --set seeds=[1]"})
  static final class Run implements Callable<Integer> {
    private final Terminal terminal;

    @Parameters(paramLabel = "FILE", description = "The long2short file (YAML).")
    private Path file;

    @Option(
        names = {"-s", "--set"},
        paramLabel = "KEY=VALUE",
        description =
            "Overrides a key of the file, such as seeds=[1] or set.rollout.max_tokens=256. May be"
                + " repeated.")
    private List<String> sets = new ArrayList<>();

    @Option(names = "--dry-run", description = "Prints the list of runs and runs nothing.")
    private boolean dryRun;

    @Option(
        names = "--report-only",
        description = "Draws the chart and the table from what the tables hold; runs nothing.")
    private boolean reportOnly;

    Run(Terminal terminal) {
      this.terminal = terminal;
    }

    @Override
    public Integer call() {
      var methods = Long2ShortFile.load(file, sets);
      if (dryRun) {
        TextTable.lines(List.of("run", "what"), Long2ShortRun.plan(methods))
            .forEach(terminal.out()::println);
        return 0;
      }
      return new SparkCommand("long2short run", reportOnly ? Access.READ : Access.WRITE_RUN)
          .run(
              terminal,
              new RunOptions(),
              methods.common(),
              session -> {
                if (!reportOnly) {
                  Long2ShortRun.run(session, methods, PromptsCommand::answerTypes);
                }
                Long2ShortReport.write(session, methods);
                return 0;
              });
    }
  }

  /** {@code long2short shortest}: shortest rejection sampling. */
  @Command(
      name = "shortest",
      mixinStandardHelpOptions = true,
      description = {
        "Fits a policy to its own shortest correct responses.",
        "The run's first policy (model.path) gives train.samples responses to each of"
            + " train.prompts_per_iteration problems; the trainer's settings are those of sft."
      },
      footer = {
        "  "
            + Mirrorspark.NAME
            + " long2short shortest --set model.path=models/long --set run=shortest"
      })
  static final class Shortest implements Callable<Integer> {
    private final Terminal terminal;
    @Mixin private RunOptions options;

    Shortest(Terminal terminal) {
      this.terminal = terminal;
    }

    @Override
    public Integer call() {
      return run("long2short shortest", terminal, options, ShortestRun::run);
    }
  }

  /** {@code long2short dpo}: direct preference optimisation. */
  @Command(
      name = "dpo",
      mixinStandardHelpOptions = true,
      description = {
        "Teaches a policy to prefer its shortest correct response.",
        "The run's first policy (model.path) gives train.samples responses to each of"
            + " train.prompts_per_iteration problems; rejected are longer wrong ones and much longer"
            + " correct ones (train.dpo). The trainer's settings are those of sft."
      },
      footer = {
        "  " + Mirrorspark.NAME + " long2short dpo --set model.path=models/long --set run=dpo"
      })
  static final class Dpo implements Callable<Integer> {
    private final Terminal terminal;
    @Mixin private RunOptions options;

    Dpo(Terminal terminal) {
      this.terminal = terminal;
    }

    @Override
    public Integer call() {
      return run("long2short dpo", terminal, options, DpoRun::run);
    }
  }
}
