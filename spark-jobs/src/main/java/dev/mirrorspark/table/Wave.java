package dev.mirrorspark.table;

import static org.apache.spark.sql.functions.col;

import dev.mirrorspark.config.RunConfig;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import scala.collection.JavaConverters;

/**
 * One time that an iteration samples, scores and rejects responses. With {@code sampling.waves}
 * above 1 it does so again, for as many problems as it lacks groups that train, until its batch is
 * full (over-sampling). No wave samples a problem that an earlier wave of its iteration sampled.
 *
 * @param iteration index of the iteration, from 0
 * @param index index of the wave in its iteration, from 0
 * @param most most waves of an iteration
 */
public record Wave(int iteration, int index, int most) {

  /** The waves that an iteration may need. */
  public static List<Wave> of(RunConfig config, int iteration) {
    int most = config.sampling().waves();
    return IntStream.range(0, most).mapToObj(index -> new Wave(iteration, index, most)).toList();
  }

  /** An iteration's wave where there is only one. */
  public static Wave only(int iteration) {
    return new Wave(iteration, 0, 1);
  }

  /** Whether it begins the iteration. */
  public boolean first() {
    return index == 0;
  }

  /** The version under which its rows are committed; rises from wave to wave. */
  public long version() {
    return (long) iteration * most + index;
  }

  /** Whether an application has committed its rows of this wave to a table. */
  public boolean isIn(Warehouse warehouse, TableSchema table, String txnApp) {
    return warehouse.committed(table, txnApp).orElse(-1) >= version();
  }

  /**
   * How many groups the iteration's batch lacks, so many problems the wave samples: of the first
   * wave all of them.
   */
  public int lacking(Warehouse warehouse, RunConfig config) {
    int batch = config.train().promptsPerIteration();
    if (first()) {
      return batch;
    }
    var train = ofIteration(warehouse, TrainingSet.TABLE, config).where(col(TrainingSet.KEPT));
    return (int) Math.max(0, batch - train.select(TrainingSet.PROMPT_ID).distinct().count());
  }

  /** Those rows whose problem has none in a table that the iteration's earlier waves filled. */
  public Dataset<Row> without(
      Warehouse warehouse, TableSchema table, RunConfig config, Dataset<Row> rows) {
    if (first()) {
      return rows;
    }
    var earlier = ofIteration(warehouse, table, config).select(Prompts.PROMPT_ID).distinct();
    var by = JavaConverters.asScalaBuffer(List.of(Prompts.PROMPT_ID)).toSeq();
    return rows.join(earlier, by, "left_anti");
  }

  private Dataset<Row> ofIteration(Warehouse warehouse, TableSchema table, RunConfig config) {
    return warehouse
        .read(table)
        .where(col(TableSchema.RUN).equalTo(config.run()))
        .where(col(Trajectories.ITERATION).equalTo(iteration));
  }
}
