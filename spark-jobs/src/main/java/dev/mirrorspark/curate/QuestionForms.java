package dev.mirrorspark.curate;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;

import dev.mirrorspark.table.Prompts;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** The step that shuts out questions by their form, see {@link QuestionForm}. */
final class QuestionForms {
  private QuestionForms() {}

  /** Excludes training and warm-up problems; held-out ones are left as they are. */
  static Dataset<Row> exclude(Dataset<Row> rows) {
    return rows.withColumn(
            Prompts.EXCLUDED_BECAUSE, coalesce(col(Prompts.EXCLUDED_BECAUSE), col(Places.FORM)))
        .drop(Places.FORM);
  }
}
