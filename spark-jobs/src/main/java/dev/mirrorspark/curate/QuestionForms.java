package dev.mirrorspark.curate;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.when;

import dev.mirrorspark.table.Prompts;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF2;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;

/** The step that shuts out questions by their form, see {@link QuestionForm}. */
final class QuestionForms {
  private QuestionForms() {}

  /** Excludes training and warm-up problems; held-out ones are left as they are. */
  static Dataset<Row> exclude(Dataset<Row> rows) {
    var form =
        functions.udf(
            (UDF2<String, String, String>)
                (text, answer) ->
                    QuestionForm.exclusion(text, answer).map(Exclusion::label).orElse(null),
            DataTypes.StringType);
    return rows.withColumn(
        Prompts.EXCLUDED_BECAUSE,
        coalesce(
            col(Prompts.EXCLUDED_BECAUSE),
            when(
                col(Prompts.SPLIT).notEqual(Prompts.HELDOUT),
                form.apply(col(Prompts.TEXT_OF_PROMPT), col(Prompts.ANSWER)))));
  }
}
