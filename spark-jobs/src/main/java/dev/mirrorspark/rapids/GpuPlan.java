package dev.mirrorspark.rapids;

import dev.mirrorspark.config.UserError;
import java.lang.reflect.InvocationTargetException;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoder;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.QueryPlanningTracker;
import org.apache.spark.sql.execution.CommandExecutionMode;
import org.apache.spark.sql.execution.QueryExecution;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.types.StructType;
import scala.Option;

/**
 * What Spark RAPIDS would do with the plan of a query, as RAPIDS itself tells; needs no GPU.
 *
 * @param parts operators and expressions of the plan, see {@link PlanParts}
 * @param verdicts of RAPIDS, in the order of the plan
 */
record GpuPlan(Set<String> parts, List<Verdict> verdicts) {
  private static final String EXPLAIN = "com.nvidia.spark.rapids.ExplainPlan";

  /** As in {@code !Exec <SortExec> cannot run on GPU because ...}. */
  private static final Pattern LINE = Pattern.compile("\\s*([*!@#&])\\s*(\\w*) ?<([^>]+)> ?(.*)");

  GpuPlan {
    parts = Set.copyOf(parts);
    verdicts = List.copyOf(verdicts);
  }

  /**
   * On one part of a plan.
   *
   * @param kind {@code Exec}, {@code Expression}, {@code Partitioning}, ...; empty for an operator
   *     that RAPIDS does not know
   * @param said what it says of the part, after its name
   */
  record Verdict(boolean onGpu, String kind, String name, String said) {
    boolean isOperator() {
      return kind.isEmpty() || kind.equals("Exec");
    }

    private static Verdict of(Matcher line) {
      return new Verdict(line.group(1).equals("*"), line.group(2), line.group(3), line.group(4));
    }
  }

  /**
   * Asks RAPIDS.
   *
   * @param plan as it was when RAPIDS would have got it
   * @throws UserError where it is not on the class path
   */
  static GpuPlan of(SparkSession spark, SparkPlan plan) {
    var asked =
        new QueryExecution(
            spark,
            spark.emptyDataFrame().queryExecution().logical(),
            new QueryPlanningTracker(Option.empty()),
            CommandExecutionMode.SKIP()) {
          @Override
          public SparkPlan executedPlan() {
            return plan;
          }
        };
    try {
      var frame =
          Dataset.class
              .getConstructor(QueryExecution.class, Encoder.class)
              .newInstance(asked, Encoders.row(new StructType()));
      String said =
          (String)
              Class.forName(EXPLAIN, true, Thread.currentThread().getContextClassLoader())
                  .getMethod("explainPotentialGpuPlan", Dataset.class, String.class)
                  .invoke(null, frame, "ALL");
      return new GpuPlan(
          PlanParts.of(plan),
          said.lines().map(LINE::matcher).filter(Matcher::matches).map(Verdict::of).toList());
    } catch (ClassNotFoundException e) {
      throw new UserError(
          "Spark RAPIDS is not on the class path: start this by ./submit/rapids-check", e);
    } catch (InvocationTargetException e) {
      throw new IllegalStateException("RAPIDS cannot explain a plan", e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("not the RAPIDS that this was made for", e);
    }
  }
}
