package dev.mirrorspark.train;

import dev.mirrorspark.algorithm.Correction;
import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.policy.WeightSource;
import java.io.Serializable;
import java.util.Arrays;
import org.apache.spark.HashPartitioner;
import org.apache.spark.api.java.JavaRDD;

/**
 * Responses of another engine, made ready for the trainer: it reads them with the policy that was
 * to sample them, takes its own log-probs for those of sampling, keeps the engine's beside them,
 * and weighs each token by the {@link Correction}.
 *
 * <p>Only tokens of the current iteration: those of earlier segments come from earlier policies,
 * and the difference would be theirs.
 */
record Corrected(Correction correction, RunConfig config, WeightSource policy)
    implements Serializable {

  /**
   * What the correction did to the tokens that train.
   *
   * @param tokens their number
   * @param sum of their weights
   * @param cut those whose weight was cut
   */
  record Seen(long tokens, double sum, long cut) implements Serializable {
    static final Seen NOTHING = new Seen(0, 0, 0);

    Seen plus(Seen other) {
      return new Seen(tokens + other.tokens, sum + other.sum, cut + other.cut);
    }
  }

  /** The correction of a run's engine. */
  static Corrected of(RunConfig config, WeightSource policy) {
    var engine = config.rollout().engine();
    var correction =
        Correction.named(engine.correction(), engine.cap(), engine.maskLow(), engine.maskHigh());
    return new Corrected(correction, config, policy);
  }

  /** The responses with the trainer's log-probs and weights. */
  JavaRDD<Sample> of(JavaRDD<Sample> responses) {
    var reading =
        new SequenceLogprobs(
            policy, config.model(), config.update(), config.rollout().temperature());
    var partitioner = new HashPartitioner(config.update().ranks());
    return responses
        .keyBy(Sample::key)
        .join(reading.of(responses).keyBy(SequenceLogprobs.Read::key), partitioner)
        .values()
        .map(pair -> corrected(pair._1(), pair._2().logprobs()));
  }

  private Sample corrected(Sample sample, float[] trainer) {
    int from = sample.currentFrom();
    int n = sample.responseLength();
    float[] engine = sample.sampling();
    float[] sampling = engine.clone();
    float[] weights = new float[n];
    Arrays.fill(weights, 1);
    float[] current =
        correction.weights(
            Arrays.copyOfRange(trainer, from, n), Arrays.copyOfRange(engine, from, n));
    System.arraycopy(trainer, from, sampling, from, n - from);
    System.arraycopy(current, 0, weights, from, n - from);
    float[] advantage = sample.advantage().clone();
    if (config.train().method().equals("distill")) { // its advantage is the teacher's less these
      for (int i = from; i < n; i++) {
        advantage[i] += engine[i] - trainer[i];
      }
    }
    return sample.corrected(sampling, advantage, engine, weights);
  }

  /** What it did to a response. */
  Seen seen(Sample sample) {
    long tokens = 0;
    double sum = 0;
    long cut = 0;
    for (int i = sample.currentFrom(); i < sample.responseLength(); i++) {
      if (sample.mask()[i]) {
        tokens++;
        sum += sample.factor()[i];
        cut += correction.cut(sample.factor()[i]) ? 1 : 0;
      }
    }
    return new Seen(tokens, sum, cut);
  }
}
