package dev.mirrorspark.curate;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.when;

import dev.mirrorspark.table.Prompts;
import java.util.Arrays;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Numbers the problems: held-out ones first, then as in their files. Of two copies the one with the
 * lower place stays, so that a held-out problem always does.
 *
 * <p>The rows have the columns of table {@code prompts} but for the picture's, and some more that
 * do not outlive the job.
 */
final class Places {
  /** From 0, without gaps. */
  static final String PLACE = "place";

  /** Whether the row is a held-out problem of another prompt set, there to be compared with. */
  static final String ELSEWHERE = "elsewhere";

  /** Why the problem's form shuts it out, see {@link QuestionForm}; null where it does not. */
  static final String FORM = "form";

  /** Equal for problems whose texts are equal but for their layout. */
  static final String TEXT_KEY = "text_key";

  /** Source of the problem that the row is a copy of; null where it is none. */
  static final String COPY_OF = "copy_of";

  private Places() {}

  /** The columns of table {@code prompts}, those of a picture null, and others. */
  static Column[] asPrompts(Column... more) {
    var columns =
        Arrays.stream(Prompts.TABLE.columns().fields())
            .map(
                field ->
                    Prompts.COLUMNS_OF_TEXT.contains(field.name())
                        ? col(field.name())
                        : lit(null).cast(field.dataType()).as(field.name()));
    return Stream.concat(columns, Arrays.stream(more)).toArray(Column[]::new);
  }

  /**
   * Numbers problems. Copies to the letter would share a {@code prompt_id}: the second and later
   * ones get {@code -2}, {@code -3} … behind it.
   *
   * @param problems rows of table {@code prompts}, in the order of their files
   * @param elsewhere held-out rows of other prompt sets
   * @param tagDomains whether problems without a domain of their own get one by their words
   */
  static Dataset<Row> number(
      SparkSession spark, Dataset<Row> problems, Dataset<Row> elsewhere, boolean tagDomains) {
    var columns = Prompts.columnsOfText();
    var heldout = col(Prompts.SPLIT).equalTo(Prompts.HELDOUT);
    var here = problems.select(columns).withColumn(ELSEWHERE, lit(false));
    var ordered =
        elsewhere
            .select(columns)
            .orderBy(Prompts.DATASET, Prompts.PROMPT_ID)
            .withColumn(ELSEWHERE, lit(true))
            .union(here.where(heldout))
            .union(here.where(not(heldout)));
    StructType schema =
        ordered
            .schema()
            .asNullable()
            .add(PLACE, DataTypes.LongType)
            .add(FORM, DataTypes.StringType)
            .add(TEXT_KEY, DataTypes.StringType);
    var placed =
        ordered
            .toJavaRDD()
            .zipWithIndex()
            .map(numbered -> with(numbered._1(), numbered._2(), tagDomains));
    var copy =
        functions
            .row_number()
            .over(Window.partitionBy(ELSEWHERE, Prompts.PROMPT_ID).orderBy(PLACE));
    var id = col(Prompts.PROMPT_ID);
    return spark
        .createDataFrame(placed, schema)
        .withColumn("copy", copy)
        .withColumn(
            Prompts.PROMPT_ID,
            when(col("copy").gt(1), functions.concat_ws("-", id, col("copy"))).otherwise(id))
        .drop("copy")
        .withColumn(COPY_OF, lit(null).cast(DataTypes.StringType));
  }

  /** All that is read off the text: words are Java's, and what follows is SQL. */
  private static Row with(Row row, long place, boolean tagDomains) {
    int columns = row.size();
    var cells = new Object[columns + 3];
    for (int i = 0; i < columns; i++) {
      cells[i] = row.get(i);
    }
    String text = row.getAs(Prompts.TEXT_OF_PROMPT);
    // The import knew no other domain than the name of the prompt set.
    if (tagDomains && row.getAs(Prompts.DOMAIN).equals(row.getAs(Prompts.DATASET))) {
      cells[row.fieldIndex(Prompts.DOMAIN)] = DomainTags.domain(text);
    }
    cells[columns] = place;
    if (!row.getAs(Prompts.SPLIT).equals(Prompts.HELDOUT)) {
      cells[columns + 1] =
          QuestionForm.exclusion(text, row.getAs(Prompts.ANSWER))
              .map(Exclusion::label)
              .orElse(null);
    }
    cells[columns + 2] = ProblemText.key(text);
    return RowFactory.create(cells);
  }
}
