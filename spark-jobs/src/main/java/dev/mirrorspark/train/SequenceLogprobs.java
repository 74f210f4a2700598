package dev.mirrorspark.train;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.model.Parameters;
import dev.mirrorspark.model.TokenFigures;
import dev.mirrorspark.model.TrainingPass;
import dev.mirrorspark.policy.GpuTasks;
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
 * @param entropies whether the entropy of each token's distribution is wanted too
 */
record SequenceLogprobs(
    WeightSource weights,
    RunConfig.Model place,
    RunConfig.Update update,
    double temperature,
    boolean entropies)
    implements Serializable {

  /**
   * What the policy makes of a response.
   *
   * @param currentFrom token from which on the current policy sampled
   * @param logprobs of each token, nats {@code [response]}
   * @param entropies of the distribution of each token, nats {@code [response]}; empty unless asked
   *     for
   */
  record Read(String key, int currentFrom, float[] logprobs, float[] entropies)
      implements Serializable {}

  /** One that computes no entropy. */
  SequenceLogprobs(
      WeightSource weights, RunConfig.Model place, RunConfig.Update update, double temperature) {
    this(weights, place, update, temperature, false);
  }

  /**
   * Of every response, those of all its tokens.
   *
   * @throws UserError in the job, for a response that is longer than the policy's context
   */
  JavaRDD<Read> of(JavaRDD<Sample> responses) {
    var dealt = responses.keyBy(Sample::key).partitionBy(new HashPartitioner(update.ranks()));
    return GpuTasks.on(dealt.values().mapPartitions(this::read), place);
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
        TokenFigures figures = figures(pass, batch);
        int from = 0;
        for (Sample sample : batch.samples()) {
          int to = from + sample.responseLength();
          read.add(
              new Read(
                  sample.key(),
                  sample.currentFrom(),
                  Arrays.copyOfRange(figures.logprobs(), from, to),
                  entropies
                      ? Arrays.copyOfRange(figures.entropies(), from, to)
                      : figures.entropies()));
          from = to;
        }
      }
    }
    return read.iterator();
  }

  private TokenFigures figures(TrainingPass pass, MicroBatch batch) {
    var packed = batch.packed(pass.shape());
    int[][] wanted = batch.placesAndTargets();
    return entropies
        ? pass.figures(packed, wanted[0], wanted[1], temperature)
        : new TokenFigures(pass.logprobs(packed, wanted[0], wanted[1], temperature), new float[0]);
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
