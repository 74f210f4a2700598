package dev.mirrorspark.cli;

import dev.mirrorspark.cli.SparkCommand.Access;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.report.QueryText;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.parser.ParseException;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.ParsedStatement;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import scala.collection.JavaConverters;

/** {@code sql}: a query over the tables. */
@Command(
    name = "sql",
    mixinStandardHelpOptions = true,
    description = {
      "Answers a query over the tables of a warehouse, which it reads and never changes.",
      "Tables go by their names (docs/tables.md), as of one version each."
    },
    footer = {
      "  "
          + Mirrorspark.NAME
          + " sql --set warehouse=runs/quickstart"
          + " \"SELECT iteration, accuracy FROM iterations ORDER BY 1\""
    })
final class SqlCommand implements Callable<Integer> {
  private static final Pattern CALLS_JAVA =
      Pattern.compile("\\b(?:try_)?(?:reflect|java_method)\\s*\\(", Pattern.CASE_INSENSITIVE);

  private final Terminal terminal;
  @Mixin private RunOptions options;

  @Parameters(
      paramLabel = "QUERY",
      arity = "1..*",
      description = "A SELECT of Spark SQL, in quotes.")
  private List<String> words = new ArrayList<>();

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description = "table, csv or json, an object a line (${DEFAULT-VALUE}).")
  private String format = "table";

  @Option(names = "--most", paramLabel = "N", description = "Rows at most (${DEFAULT-VALUE}).")
  private int most = 10_000;

  SqlCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    QueryText.Format as = format();
    String query = String.join(" ", words);
    String word = query.strip().split("\\W", 2)[0].toLowerCase(Locale.ROOT);
    if (!word.equals("select") && !word.equals("with") && !word.equals("describe")) {
      throw new UserError("sql reads only: a query begins with SELECT, WITH or DESCRIBE");
    }
    return new SparkCommand("sql", Access.READ)
        .perform(
            terminal,
            options,
            session -> {
              try {
                requireReading(session.spark(), query);
                session.warehouse().view();
                QueryText.write(session.spark().sql(query), as, most, terminal.out()::println);
              } catch (RuntimeException e) {
                throw e;
              } catch (Exception e) {
                throw refused(e);
              }
            });
  }

  /** A query may begin with WITH and write all the same. */
  private static void requireReading(SparkSession spark, String query) throws ParseException {
    if (CALLS_JAVA.matcher(query).find()
        || !query.strip().toLowerCase(Locale.ROOT).startsWith("describe")
            && writes(spark.sessionState().sqlParser().parsePlan(query))) {
      throw new UserError("sql reads only: this query would write, or call Java");
    }
  }

  private static boolean writes(LogicalPlan plan) {
    return plan instanceof org.apache.spark.sql.catalyst.plans.logical.Command
        || plan instanceof ParsedStatement
        || JavaConverters.seqAsJavaListConverter(plan.children()).asJava().stream()
            .anyMatch(SqlCommand::writes);
  }

  private static RuntimeException refused(Exception e) {
    return e instanceof AnalysisException
        ? new UserError(
            "the query is not accepted: "
                + String.valueOf(e.getMessage()).lines().findFirst().orElse(""),
            e)
        : new IllegalStateException(e);
  }

  private QueryText.Format format() {
    for (var known : QueryText.Format.values()) {
      if (known.name().equalsIgnoreCase(format) && most > 0) {
        return known;
      }
    }
    throw new UserError(
        "sql: --format is table, csv or json, and --most at least 1; not %s, %d"
            .formatted(format, most));
  }
}
