package dev.mirrorspark.rapids;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.SparkSessionExtensions;
import org.apache.spark.sql.catalyst.rules.Rule;
import org.apache.spark.sql.execution.ColumnarRule;
import org.apache.spark.sql.execution.SparkPlan;

/**
 * The physical plans of all queries of a session, each with the stage and the line of code that
 * asked for it, as Spark has them where RAPIDS would put its operators in.
 */
public final class StagePlans {
  private static final String OWN = "dev.mirrorspark.";

  /** Passed by on the way from a query to who asked for it. */
  private static final Set<String> NO_STAGE = Set.of("table", "rapids");

  /**
   * A query.
   *
   * @param stage that asked for it: {@code sample}, {@code gate}, {@code metrics}, ...; {@code
   *     delta} where it is one of Delta's own over a table's log
   * @param place file and line
   */
  public record Query(String stage, String place, SparkPlan plan) {}

  private final List<Query> queries = Collections.synchronizedList(new ArrayList<>());
  private final SparkSession session;

  private StagePlans(SparkSession spark) {
    try {
      // Of the session's class, and no part of its interface in Spark 4.
      var extensions =
          (SparkSessionExtensions) spark.getClass().getMethod("extensions").invoke(spark);
      extensions.injectColumnar(session -> new Listening());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("not the Spark that this was made for", e);
    }
    this.session = spark.newSession();
    // Delta reads through whichever session is active.
    SparkSession.setActiveSession(session);
    SparkSession.setDefaultSession(session);
  }

  /** Listens to a new session beside this one, which takes its place on this thread. */
  public static StagePlans beside(SparkSession spark) {
    return new StagePlans(spark);
  }

  /** The session that is listened to. */
  public SparkSession session() {
    return session;
  }

  /** What it planned so far, in its order. */
  public List<Query> queries() {
    synchronized (queries) {
      return List.copyOf(queries);
    }
  }

  private final class Listening extends ColumnarRule {
    @Override
    public Rule<SparkPlan> preColumnarTransitions() {
      return new Rule<>() {
        @Override
        public SparkPlan apply(SparkPlan plan) {
          queries.add(query(plan));
          return plan;
        }
      };
    }
  }

  private static Query query(SparkPlan plan) {
    boolean delta = false;
    for (StackTraceElement frame : Thread.currentThread().getStackTrace()) {
      String type = frame.getClassName();
      delta |= type.startsWith("org.apache.spark.sql.delta.") && ofLog(type);
      if (type.startsWith(OWN)) {
        String[] parts = type.substring(OWN.length()).split("[.$]");
        if (!NO_STAGE.contains(parts[0])) {
          return new Query(
              delta ? "delta" : stage(parts[0], parts[1]),
              frame.getFileName() + ":" + frame.getLineNumber(),
              plan);
        }
      }
    }
    return new Query("delta", "", plan);
  }

  /** Classes that ask for the state of a table. */
  private static boolean ofLog(String type) {
    return type.contains("Snapshot") || type.contains("Checkpoint") || type.contains("stats.");
  }

  private static String stage(String room, String type) {
    return switch (room) {
      case "prompts" -> "sample";
      case "reward" -> "score";
      case "train" -> "update";
      case "report", "cli" -> type.equals("IterationMetrics") ? "metrics" : "report";
      case "loop" -> type.equals("CurateRun") ? "curate" : "loop";
      default -> room;
    };
  }
}
