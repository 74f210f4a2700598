package dev.mirrorspark.rapids;

import dev.mirrorspark.config.UserError;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.SparkPlan;

/**
 * What Spark RAPIDS would do with a plan, in a build for Spark 4: nothing, since the RAPIDS that is
 * to be had is made for Spark 3.5.
 */
record GpuPlan(Set<String> parts, List<Verdict> verdicts) {
  record Verdict(boolean onGpu, String kind, String name, String said) {
    boolean isOperator() {
      return kind.isEmpty() || kind.equals("Exec");
    }
  }

  static GpuPlan of(SparkSession spark, SparkPlan plan) {
    throw new UserError("rapids-check: is not in the build for Spark 4; use the one for Spark 3.5");
  }
}
