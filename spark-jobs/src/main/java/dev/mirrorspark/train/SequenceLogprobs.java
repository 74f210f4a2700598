package dev.mirrorspark.train;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.model.Parameters;
import dev.mirrorspark.model.TrainingPass;
import dev.mirrorspark.policy.PolicyHost;
import dev.mirrorspark.policy.WeightSource;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.HashPartitioner;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;
import org.apache.spark.api.java.JavaRDD;

/**
 * What a policy makes of given responses: the log-prob of each of their tokens, by the trainer's
 * own forward pass over packed sequences, without a gradient.
 *
 * @param weights the policy that reads
 * @param place device, precision and threads
 * @param update its packing and its ranks, by which responses are spread, so that the same ones
 *     pass together on every cluster
 * @param temperature divides the logits
 */
record SequenceLogprobs(
    WeightSource weights, RunConfig.Model place, RunConfig.Update update, double temperature)
    implements Serializable {

  /** The log-probs of a response {@code [response]}, nats. */
  record Read(String key, float[] logprobs) implements Serializable {}

  /**
   * Of every response, those of all its tokens.
   *
   * @throws UserError in the job, for a response that is longer than the policy's context
   */
  JavaRDD<Read> of(JavaRDD<Sample> responses) {
    return responses
        .keyBy(Sample::key)
        .partitionBy(new HashPartitioner(update.ranks()))
        .values()
        .mapPartitions(this::read);
  }

  private Iterator<Read> read(Iterator<Sample> responses) {
    List<Sample> all = new ArrayList<>();
    responses.forEachRemaining(response -> all.add(wholly(response)));
    List<Read> read = new ArrayList<>();
    if (all.isEmpty()) {
      return read.iterator();
    }
    var settings = new TrainingPass.Settings(false, update.headTokens());
    try (var lease = PolicyHost.lease(weights, place);
        var parameters = Parameters.frozen(lease.shape(), lease.flat());
        var pass = new TrainingPass(parameters, settings)) {
      int longest = lease.shape().maxPositions();
      for (var batch : MicroBatch.pack(all, false, update.microBatchTokens())) {
        if (TaskContext.get().isInterrupted()) {
          throw new TaskKilledException("reading was interrupted");
        }
        batch.samples().forEach(sample -> requireRoom(sample, longest));
        int[][] wanted = batch.placesAndTargets();
        float[] logprobs =
            pass.logprobs(batch.packed(pass.shape()), wanted[0], wanted[1], temperature);
        int from = 0;
        for (Sample sample : batch.samples()) {
          int to = from + sample.responseLength();
          read.add(new Read(sample.key(), Arrays.copyOfRange(logprobs, from, to)));
          from = to;
        }
      }
    }
    return read.iterator();
  }

  private void requireRoom(Sample sample, int longest) {
    if (sample.tokens().length > longest) {
      throw new UserError(
          "%s: takes %d tokens, response %s has %d with its prompt; use a model with a longer context"
              .formatted(weights.key(), longest, sample.key(), sample.tokens().length));
    }
  }

  /** The sample with every token of its response wanted. */
  private static Sample wholly(Sample sample) {
    boolean[] mask = new boolean[sample.responseLength()];
    Arrays.fill(mask, true);
    return new Sample(
            sample.key(),
            sample.group(),
            sample.tokens(),
            sample.promptLength(),
            mask,
            sample.sampling(),
            sample.advantage(),
            sample.currentFrom(),
            sample.weight())
        .seeing(sample.picture());
  }
}
