package dev.mirrorspark.curate;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.first;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.when;

import dev.mirrorspark.table.Prompts;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;

/** The step that shuts out problems whose text is that of an earlier one but for its layout. */
final class ExactDuplicates {
  private ExactDuplicates() {}

  /** Excludes all but the first of the problems with one normalised text. */
  static Dataset<Row> exclude(Dataset<Row> rows) {
    var key =
        when(col(Prompts.EXCLUDED_BECAUSE).isNull(), col(Places.TEXT_KEY))
            .otherwise(col(Places.PLACE).cast(DataTypes.StringType));
    var sameText = Window.partitionBy("key").orderBy(Places.PLACE);
    var later = col("number").gt(1).and(col(Places.ELSEWHERE).equalTo(false));
    return rows.withColumn("key", key)
        .withColumn("number", functions.row_number().over(sameText))
        .withColumn("first_split", first(Prompts.SPLIT).over(sameText))
        .withColumn("first_source", first(Prompts.SOURCE).over(sameText))
        .withColumn(
            Prompts.EXCLUDED_BECAUSE,
            when(later, reason(Exclusion.HELDOUT_DUPLICATE, Exclusion.DUPLICATE))
                .otherwise(col(Prompts.EXCLUDED_BECAUSE)))
        .withColumn(Places.COPY_OF, when(later, col("first_source")).otherwise(col(Places.COPY_OF)))
        .drop("key", "number", "first_split", "first_source", Places.TEXT_KEY);
  }

  /** A held-out problem can only be a copy of another one within the evaluation set. */
  static Column reason(Exclusion ofHeldout, Exclusion ofOther) {
    var acrossSplits =
        col("first_split")
            .equalTo(Prompts.HELDOUT)
            .and(col(Prompts.SPLIT).notEqual(Prompts.HELDOUT));
    return when(acrossSplits, lit(ofHeldout.label())).otherwise(lit(ofOther.label()));
  }
}
