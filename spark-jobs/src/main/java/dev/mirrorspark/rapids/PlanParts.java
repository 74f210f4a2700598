package dev.mirrorspark.rapids;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.PlanExpression;
import org.apache.spark.sql.execution.ColumnarToRowExec;
import org.apache.spark.sql.execution.InputAdapter;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.WholeStageCodegenExec;
import org.apache.spark.sql.execution.adaptive.AdaptiveSparkPlanExec;
import org.apache.spark.sql.execution.adaptive.QueryStageExec;
import org.apache.spark.sql.execution.columnar.InMemoryTableScanExec;
import org.apache.spark.sql.execution.exchange.ReusedExchangeExec;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import scala.collection.JavaConverters;
import scala.collection.Seq;

/**
 * What a physical plan is made of: its operators with the types of the columns that they give, and
 * their expressions with the types that they are applied to, as {@code ProjectExec(string)} and
 * {@code Add(integer, integer)}.
 */
final class PlanParts {
  /** Of an expression over more than these the types count, and not their places. */
  private static final int POSITIONS = 3;

  private final Set<String> parts = new TreeSet<>();

  private PlanParts() {}

  /** The parts of a plan, without what whole-stage code generation and adaptive execution add. */
  static Set<String> of(SparkPlan plan) {
    var found = new PlanParts();
    found.operator(plan);
    return found.parts;
  }

  private void operator(SparkPlan plan) {
    if (plan instanceof AdaptiveSparkPlanExec adaptive) {
      operator(adaptive.initialPlan());
    } else if (plan instanceof QueryStageExec stage) {
      operator(stage.plan());
    } else if (plan instanceof ReusedExchangeExec reused) {
      operator(reused.child());
    } else {
      if (!(plan instanceof WholeStageCodegenExec
          || plan instanceof InputAdapter
          || plan instanceof ColumnarToRowExec)) {
        String name = plan.getClass().getSimpleName();
        parts.add(name);
        list(plan.output()).forEach(column -> parts.add(name + "(" + type(column) + ")"));
        list(plan.expressions()).forEach(this::expression);
      }
      if (plan instanceof InMemoryTableScanExec cached) {
        operator(cached.relation().cachedPlan());
      }
      list(plan.children()).forEach(this::operator);
    }
  }

  private void expression(Expression expression) {
    if (expression instanceof PlanExpression<?> subquery
        && subquery.plan() instanceof SparkPlan p) {
      operator(p);
    }
    List<Expression> children = list(expression.children());
    var types = children.stream().map(PlanParts::type);
    String name = expression.getClass().getSimpleName();
    parts.add(
        (children.size() > POSITIONS ? types.distinct().sorted() : types)
            .collect(
                Collectors.joining(
                    ", ", name + "(", children.size() > POSITIONS ? ", ...)" : ")")));
    if (name.startsWith("RegExp") || name.endsWith("Like")) {
      parts.add(name + "(" + children.get(1) + ")"); // its pattern decides too
    }
    children.forEach(this::expression);
  }

  private static String type(Expression expression) {
    try {
      return type(expression.dataType());
    } catch (Exception e) { // Scala's checked ones are not declared
      return "-"; // a frame or an ordering has none
    }
  }

  private static String type(DataType type) {
    return type instanceof ArrayType array
        ? "array<%s>".formatted(type(array.elementType()))
        : type.typeName();
  }

  private static <T> List<T> list(Seq<T> values) {
    return new ArrayList<>(JavaConverters.seqAsJavaList(values));
  }
}
