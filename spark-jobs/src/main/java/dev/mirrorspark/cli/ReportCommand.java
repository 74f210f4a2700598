package dev.mirrorspark.cli;

import dev.mirrorspark.cli.SparkCommand.Access;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.loop.Session;
import dev.mirrorspark.report.CostReport;
import dev.mirrorspark.report.LearningCurve;
import dev.mirrorspark.report.Summary;
import dev.mirrorspark.table.Evals;
import dev.mirrorspark.table.Iterations;
import dev.mirrorspark.table.Policies;
import dev.mirrorspark.table.TableSchema;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code report}: what the tables say of runs. */
@Command(
    name = "report",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel =
        "(page | cost | curve | summary | compare | paired | twins | hacking)",
    description = {"Tells what the tables say of one or several runs."},
    footer = {"  " + Mirrorspark.NAME + " report cost --config conf/quickstart.yaml"})
final class ReportCommand {
  private ReportCommand() {}

  static CommandLine with(Terminal terminal) {
    return new CommandLine(new ReportCommand())
        .addSubcommand(new ReportPageCommand(terminal))
        .addSubcommand(new Cost(terminal))
        .addSubcommand(new Curve(terminal))
        .addSubcommand(new Totals(terminal))
        .addSubcommand(new ReportCompareCommand(terminal))
        .addSubcommand(new ReportPairedCommand(terminal))
        .addSubcommand(new ReportTwinsCommand(terminal))
        .addSubcommand(new ReportHackingCommand(terminal));
  }

  /** {@code report cost}: where the time went. */
  @Command(
      name = "cost",
      mixinStandardHelpOptions = true,
      description = {
        "Prints the seconds of an iteration by stage.",
        "The share that is Spark and Delta, and not model arithmetic, comes last."
      },
      footer = {"  " + Mirrorspark.NAME + " report cost --config conf/quickstart.yaml"})
  static final class Cost implements Callable<Integer> {
    private final Terminal terminal;
    @Mixin private RunOptions options;

    Cost(Terminal terminal) {
      this.terminal = terminal;
    }

    @Override
    public Integer call() {
      return new SparkCommand("report cost", Access.READ)
          .run(
              terminal,
              options,
              options.config(),
              session -> {
                var cost = CostReport.of(iterations(session, session.config().run()));
                session.progress().table(cost.header(), cost.rows());
                session.progress().line(cost.verdict());
                return 0;
              });
    }
  }

  /** {@code report curve}: how runs learned. */
  @Command(
      name = "curve",
      mixinStandardHelpOptions = true,
      description = {
        "Prints and draws accuracy and mean tokens by iteration.",
        "Several runs stand side by side."
      },
      footer = {
        "  "
            + Mirrorspark.NAME
            + " report curve --config conf/quickstart.yaml --run seed-1 --run seed-2 --png"
            + " curve.png"
      })
  static final class Curve implements Callable<Integer> {
    private final Terminal terminal;
    @Mixin private RunOptions options;

    @Option(
        names = "--run",
        paramLabel = "NAME",
        description = "A run; may be repeated. Without it the run of the run file.")
    private List<String> runs = new ArrayList<>();

    @Option(names = "--png", paramLabel = "FILE", description = "The picture to write.")
    private Optional<Path> png = Optional.empty();

    Curve(Terminal terminal) {
      this.terminal = terminal;
    }

    @Override
    public Integer call() {
      var config = options.config();
      List<String> names = runs.isEmpty() ? List.of(config.run()) : runs;
      return new SparkCommand("report curve", Access.READ)
          .run(
              terminal,
              options,
              config,
              session -> {
                var curve =
                    new LearningCurve(
                        names.stream()
                            .distinct()
                            .map(name -> new LearningCurve.Run(name, iterations(session, name)))
                            .toList());
                session.progress().table(curve.header(), curve.rows());
                png.ifPresent(
                    file -> {
                      curve.writePng(file);
                      session.progress().line("picture: " + file);
                    });
                return 0;
              });
    }
  }

  /** {@code report summary}: what a run came to. */
  @Command(
      name = "summary",
      mixinStandardHelpOptions = true,
      description = {"Prints the evaluations of a run, before and after training."},
      footer = {"  " + Mirrorspark.NAME + " report summary --config conf/quickstart.yaml"})
  static final class Totals implements Callable<Integer> {
    private final Terminal terminal;
    @Mixin private RunOptions options;

    Totals(Terminal terminal) {
      this.terminal = terminal;
    }

    @Override
    public Integer call() {
      return new SparkCommand("report summary", Access.READ)
          .run(
              terminal,
              options,
              options.config(),
              session -> {
                String run = session.config().run();
                var summary = summary(session, run);
                if (summary.evals().isEmpty()) {
                  throw none(session, run, "evaluations");
                }
                session.progress().table(summary.header(), summary.rows());
                return 0;
              });
    }
  }

  /** The evaluations of a run. */
  static Summary summary(Session session, String run) {
    return new Summary(
        rows(session, Evals.TABLE, run, Evals.Result::from),
        rows(session, Policies.TABLE, run, Policies.Policy::from));
  }

  /** Refuses a run that has no finished iteration, and says which have. */
  static void requireIterations(Session session, String run) {
    iterations(session, run);
  }

  /** The finished iterations of a run, one at least. */
  static List<Iterations.Metrics> iterations(Session session, String run) {
    var rows = rows(session, Iterations.TABLE, run, Iterations.Metrics::from);
    if (rows.isEmpty()) {
      throw none(session, run, "finished iterations");
    }
    return rows.stream().sorted(Comparator.comparingInt(Iterations.Metrics::iteration)).toList();
  }

  private static <T> List<T> rows(
      Session session, TableSchema table, String run, Function<Row, T> read) {
    return session
        .warehouse()
        .read(table)
        .where(functions.col(TableSchema.RUN).equalTo(run))
        .collectAsList()
        .stream()
        .map(read)
        .toList();
  }

  private static UserError none(Session session, String run, String what) {
    var known =
        session
            .warehouse()
            .read(Iterations.TABLE)
            .select(TableSchema.RUN)
            .distinct()
            .orderBy(TableSchema.RUN)
            .as(Encoders.STRING())
            .collectAsList();
    return new UserError(
        "run %s has no %s in warehouse %s; runs with iterations there: %s"
            .formatted(
                run,
                what,
                session.config().warehouse(),
                known.isEmpty() ? "none" : String.join(", ", known)));
  }
}
