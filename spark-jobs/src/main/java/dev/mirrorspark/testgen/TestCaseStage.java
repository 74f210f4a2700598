package dev.mirrorspark.testgen;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.sandbox.Runner;
import dev.mirrorspark.sandbox.SandboxHost;
import dev.mirrorspark.table.TestCases;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.LongAccumulator;

/**
 * Makes test cases in Spark tasks, one a problem, each with the sandbox of its executor (Kimi k1.5,
 * 2.3.5).
 *
 * @param config its testcases section says how; its seed gives those of the cases
 */
public record TestCaseStage(SparkSession spark, RunConfig config) {

  /**
   * Hands the rows of {@code test_cases} to an action that writes them; they are made anew by every
   * action, so it is to be one. Of a problem that failures of the sandbox leave open there is none.
   *
   * @param problems each with a generator at least
   * @param progress is told how many programs were run so far
   */
  public void make(
      List<CodingProblem> problems, LongConsumer progress, Consumer<Dataset<Row>> write) {
    var context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    var runs = new LongAccumulator();
    context.sc().register(runs);
    var listener = new BoxProgress(runs.id(), progress);
    var settings = config;
    var rows =
        context
            .parallelize(problems, Math.max(1, problems.size()))
            .mapPartitions(part -> rows(part, settings, runs));
    context.sc().addSparkListener(listener);
    try {
      // One file a commit, and as many tasks as problems.
      write.accept(
          spark.createDataFrame(rows, TestCases.TABLE.columns().asNullable()).repartition(1));
    } finally {
      context.sc().removeSparkListener(listener);
    }
  }

  private static Iterator<Row> rows(
      Iterator<CodingProblem> problems, RunConfig config, LongAccumulator runs)
      throws InterruptedException {
    List<Row> rows = new ArrayList<>();
    while (problems.hasNext()) {
      Runner sandbox = SandboxHost.get(config.sandbox());
      rows.addAll(rows(problems.next(), config, new CaseMaker(sandbox, config, () -> runs.add(1))));
    }
    return rows.iterator();
  }

  private static List<Row> rows(CodingProblem problem, RunConfig config, CaseMaker maker)
      throws InterruptedException {
    List<Row> rows = new ArrayList<>();
    var made = maker.make(problem);
    if (made.isPresent()) {
      int generator = made.get().generator().number();
      for (TestCase one : made.get().cases()) {
        rows.add(row(config.run(), problem, generator, one));
      }
    }
    return rows;
  }

  private static Row row(String run, CodingProblem problem, int generator, TestCase made) {
    boolean judged = made.outcome() == CaseOutcome.VALID || made.outcome().invalid();
    boolean valid = made.outcome() == CaseOutcome.VALID;
    return RowFactory.create(
        run,
        problem.id(),
        made.number(),
        generator,
        made.hasInput() ? made.input() : null,
        made.output().orElse(null),
        made.agreement().agreeing().toArray(Integer[]::new),
        problem.submissions().size(),
        judged ? valid : null,
        valid ? null : made.outcome().label(),
        made.detail(),
        made.seconds());
  }
}
