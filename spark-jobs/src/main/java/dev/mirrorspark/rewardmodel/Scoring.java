package dev.mirrorspark.rewardmodel;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.decode.ProgressSink;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/**
 * Where a reward model computes.
 *
 * @param config its model, rollout and update sections lay out the tasks
 */
public record Scoring(SparkSession spark, RunConfig config, ProgressSink progress) {
  JavaSparkContext context() {
    return JavaSparkContext.fromSparkContext(spark.sparkContext());
  }
}
