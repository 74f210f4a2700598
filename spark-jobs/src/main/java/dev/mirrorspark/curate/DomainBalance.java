package dev.mirrorspark.curate;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.row_number;
import static org.apache.spark.sql.functions.when;
import static org.apache.spark.sql.functions.xxhash64;

import dev.mirrorspark.table.Prompts;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;

/**
 * The step that keeps no domain from outweighing the others (Kimi k1.5, 2.1: diverse coverage).
 *
 * <p>A domain above the cap keeps as many problems of each level as of any other, as far as it has
 * them; which ones depends on the seed and on the problems alone.
 */
final class DomainBalance {
  private DomainBalance() {}

  /** Excludes the training problems that a domain has beyond the cap. */
  static Dataset<Row> exclude(Dataset<Row> rows, int cap, long seed) {
    var competes =
        col(Prompts.EXCLUDED_BECAUSE).isNull().and(col(Prompts.SPLIT).equalTo(Prompts.TRAIN));
    var order = xxhash64(lit(seed), col(Prompts.PROMPT_ID));
    var level =
        Window.partitionBy(col("competes"), col(Prompts.DOMAIN), col(Prompts.LEVEL))
            .orderBy(order, col(Places.PLACE));
    var domain =
        Window.partitionBy(col("competes"), col(Prompts.DOMAIN))
            .orderBy(col("in_level"), col(Prompts.LEVEL));
    return rows.withColumn("competes", competes)
        .withColumn("in_level", row_number().over(level))
        .withColumn("in_domain", row_number().over(domain))
        .withColumn(
            Prompts.EXCLUDED_BECAUSE,
            when(col("competes").and(col("in_domain").gt(cap)), lit(Exclusion.DOMAIN_FULL.label()))
                .otherwise(col(Prompts.EXCLUDED_BECAUSE)))
        .drop("competes", "in_level", "in_domain");
  }
}
