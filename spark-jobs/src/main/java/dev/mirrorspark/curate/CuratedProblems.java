package dev.mirrorspark.curate;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;

import dev.mirrorspark.table.Prompts;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/** The outcome of a {@link Curation}, the problems that are shut out among the others. */
public final class CuratedProblems {

  /**
   * A problem that copies another one.
   *
   * @param source the copy's file and line
   * @param of file and line of the problem that stays
   */
  public record Copy(String source, String of, String text, String textOf) {}

  private final Dataset<Row> rows;

  CuratedProblems(Dataset<Row> rows) {
    this.rows = rows;
  }

  /** The rows for table {@code prompts}, none of which shows a picture. */
  public Dataset<Row> rows() {
    return rows.where(col(Places.ELSEWHERE).equalTo(false)).select(Places.asPrompts());
  }

  /** The card with all its counts. */
  public CurationCard card(String dataset) {
    return CurationCard.of(dataset, rows());
  }

  /** The first copies that are shut out for a reason, in the order of the files. */
  public List<Copy> copies(Exclusion why, int limit) {
    var originals =
        rows.where(col(Prompts.EXCLUDED_BECAUSE).isNull())
            .select(col(Prompts.SOURCE).as("of"), col(Prompts.TEXT_OF_PROMPT).as("text_of"));
    var copies =
        rows.where(col(Prompts.EXCLUDED_BECAUSE).equalTo(why.label()))
            .orderBy(Places.PLACE)
            .limit(limit);
    return copies
        .join(originals, col(Places.COPY_OF).equalTo(col("of")), "left")
        .groupBy(Places.PLACE, Prompts.SOURCE, Places.COPY_OF, Prompts.TEXT_OF_PROMPT)
        .agg(functions.min(coalesce(col("text_of"), lit(""))).as("text_of"), count(lit(1)))
        .orderBy(Places.PLACE)
        .collectAsList()
        .stream()
        .map(
            row ->
                new Copy(
                    row.getAs(Prompts.SOURCE),
                    row.getAs(Places.COPY_OF),
                    row.getAs(Prompts.TEXT_OF_PROMPT),
                    row.getAs("text_of")))
        .toList();
  }
}
