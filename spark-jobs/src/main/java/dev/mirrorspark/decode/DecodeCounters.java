package dev.mirrorspark.decode;

import java.io.Serializable;
import org.apache.spark.SparkContext;
import org.apache.spark.util.CollectionAccumulator;
import org.apache.spark.util.LongAccumulator;

/**
 * What the tasks of a decoding job tell the driver beside their responses.
 *
 * @param responses responses finished, for the live view only: retried tasks count twice
 * @param tokens tokens sampled, likewise
 * @param finished one entry for each partition that was computed; again on a retry
 */
record DecodeCounters(
    LongAccumulator responses, LongAccumulator tokens, CollectionAccumulator<Finished> finished)
    implements Serializable {

  /**
   * A partition is decoded.
   *
   * @param modelSeconds time in the decoding engine
   * @param slotSteps slots times decoding steps
   * @param busySteps those of them in which the slot had a response
   */
  record Finished(
      int partition,
      int responses,
      long tokens,
      double modelSeconds,
      long slotSteps,
      long busySteps)
      implements Serializable {}

  static DecodeCounters register(SparkContext spark) {
    var responses = new LongAccumulator();
    var tokens = new LongAccumulator();
    var finished = new CollectionAccumulator<Finished>();
    spark.register(responses);
    spark.register(tokens);
    spark.register(finished);
    return new DecodeCounters(responses, tokens, finished);
  }
}
