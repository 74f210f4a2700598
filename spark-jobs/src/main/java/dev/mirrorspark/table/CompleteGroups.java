package dev.mirrorspark.table;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.not;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;

/**
 * Groups (the responses to a prompt that were born together) that are complete with an iteration:
 * one of them got its last segment now, and none goes on (partial rollouts, Kimi k1.5, 2.6.2).
 */
public final class CompleteGroups {
  /** Iteration in which a response got its last segment so far. */
  public static final String LAST = "last_iteration";

  private static final String GOES_ON = "goes_on";
  private static final String NEWEST = "newest";

  private CompleteGroups() {}

  /**
   * The responses of the complete groups.
   *
   * @param responses one row a response, with {@code born}, {@code prompt_id}, the {@code
   *     stop_reason} of its last segment, and {@link #LAST}
   * @param maxAge iterations after its birth in which a response can still go on
   */
  public static Dataset<Row> of(Dataset<Row> responses, int iteration, int maxAge) {
    var group = Window.partitionBy(Trajectories.BORN, Trajectories.PROMPT_ID);
    var putOff = col(Trajectories.STOP_REASON).equalTo(Trajectories.PUT_OFF);
    var goesOn = putOff.and(col(Trajectories.BORN).plus(maxAge).gt(iteration));
    return responses
        .withColumn(GOES_ON, max(goesOn).over(group))
        .withColumn(NEWEST, max(LAST).over(group))
        .where(not(col(GOES_ON)).and(col(NEWEST).equalTo(iteration)))
        .drop(GOES_ON, NEWEST);
  }
}
