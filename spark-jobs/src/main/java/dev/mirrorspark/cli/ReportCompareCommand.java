package dev.mirrorspark.cli;

import dev.mirrorspark.cli.SparkCommand.Access;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.loop.Session;
import dev.mirrorspark.report.TableComparison;
import dev.mirrorspark.table.Policies;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.TableSchema;
import dev.mirrorspark.table.Warehouse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.functions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code report compare}: whether two runs did the same. */
@Command(
    name = "compare",
    mixinStandardHelpOptions = true,
    description = {
      "Compares the tables of two runs row by row.",
      "Timings and the places of checkpoints are left out. Exits with 1 if anything else differs."
    },
    footer = {
      "  "
          + Mirrorspark.NAME
          + " report compare --config conf/quickstart.yaml --other-warehouse runs/again"
    })
final class ReportCompareCommand implements Callable<Integer> {
  private final Terminal terminal;
  @Mixin private RunOptions options;

  @Option(
      names = "--other-warehouse",
      paramLabel = "FOLDER",
      description = "The other run's warehouse. Without it the one of the run file.")
  private Optional<String> otherWarehouse = Optional.empty();

  @Option(
      names = "--other-run",
      paramLabel = "NAME",
      description = "The other run. Without it the run of the run file.")
  private Optional<String> otherRun = Optional.empty();

  ReportCompareCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    if (otherWarehouse.isEmpty() && otherRun.isEmpty()) {
      throw new UserError("--other-warehouse or --other-run: what to compare with is missing");
    }
    return new SparkCommand("report compare", Access.READ)
        .run(terminal, options, options.config(), this::compare);
  }

  private int compare(Session session) {
    String dataset = session.config().prompts().dataset();
    String run = session.config().run();
    var one = new TableComparison.Side(session.warehouse(), run, dataset);
    var other = new TableComparison.Side(other(session), otherRun.orElse(run), dataset);
    TableComparison comparison;
    try (var comparing = session.progress().stage("comparing the tables", 0)) {
      comparison = TableComparison.of(one, other);
    }
    session.progress().table(comparison.header(), comparison.rows());
    comparison.differences().forEach(session.progress()::line);
    session.progress().line("policy here:         " + newest(one));
    session.progress().line("policy in the other: " + newest(other));
    session.progress().line(comparison.equal() ? "the runs are equal" : "the runs differ");
    return comparison.equal() ? 0 : Failure.OTHER;
  }

  private Warehouse other(Session session) {
    String root = otherWarehouse.orElse(session.warehouse().root());
    var log = new Path(new Path(root, Prompts.TABLE.name()), "_delta_log");
    try {
      if (!log.getFileSystem(session.spark().sessionState().newHadoopConf()).exists(log)) {
        throw new UserError(
            "--other-warehouse %s: holds no tables; name a folder that a run has written to"
                .formatted(root));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Warehouse.open(session.spark(), root);
  }

  private static String newest(TableComparison.Side side) {
    return side
        .warehouse()
        .read(Policies.TABLE)
        .where(functions.col(TableSchema.RUN).equalTo(side.run()))
        .orderBy(functions.col(Policies.VERSION).desc())
        .limit(1)
        .collectAsList()
        .stream()
        .map(Policies.Policy::from)
        .map(policy -> "version %d, sha256 %s".formatted(policy.version(), policy.sha256()))
        .findFirst()
        .orElse("none");
  }
}
