package dev.mirrorspark.train;

import dev.mirrorspark.model.Decoder;
import dev.mirrorspark.model.Parameters;
import dev.mirrorspark.model.Tensors;
import dev.mirrorspark.train.SequencePacking.MicroBatch;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** The gradient of an objective over one partition's share of a step. */
public final class PartitionGradient {
  private PartitionGradient() {}

  /**
   * Adds the gradient of the sequences' loss to {@link Parameters#gradient()}.
   *
   * @return loss and statistics over these sequences
   */
  public static StepStats accumulate(
      Parameters parameters,
      Decoder decoder,
      Objective objective,
      List<TrainSequence> sequences,
      int rowTokens,
      int microBatchTokens) {
    StepStats stats = StepStats.NONE;
    for (MicroBatch batch : SequencePacking.pack(sequences, rowTokens, microBatchTokens)) {
      try (var scope = new PointerScope()) {
        stats = stats.plus(accumulate(decoder, objective, batch));
      }
    }
    return stats;
  }

  private static StepStats accumulate(Decoder decoder, Objective objective, MicroBatch batch) {
    Tensor logprobs = responseLogprobs(decoder, objective.temperature(), batch);
    List<TrainSequence> sequences = batch.sequences();
    int n = sequences.size();
    double[] weights = sequences.stream().mapToDouble(TrainSequence::weight).toArray();
    Tensor weight = like(weights, logprobs);
    Tensor sums = torch.zeros(new long[] {n}).to(logprobs.device(), logprobs.scalar_type());
    sums = sums.index_add(0, Tensors.indices(owners(sequences), logprobs.device()), logprobs);
    Tensor losses = sums.neg();
    double[] ratios = new double[0];
    if (objective instanceof Objective.MirrorDescent descent) {
      double[] advantages = sequences.stream().mapToDouble(TrainSequence::advantage).toArray();
      double[] references = sequences.stream().mapToDouble(PartitionGradient::sampled).toArray();
      Tensor ratio = sums.sub(like(references, logprobs));
      Tensor residual = like(advantages, logprobs).sub(ratio.mul(new Scalar(descent.tau())));
      losses = residual.square().div(new Scalar(2 * descent.tau()));
      ratios = Tensors.doubles(ratio);
    }
    Tensor loss = losses.mul(weight).sum();
    loss.backward();
    return StepStats.of(batch, loss.item_double(), ratios, Tensors.floats(logprobs));
  }

  /**
   * Log-probs of all response tokens with loss of the batch, sequence after sequence {@code
   * [tokens]}.
   */
  private static Tensor responseLogprobs(Decoder decoder, double temperature, MicroBatch batch) {
    int total = batch.sequences().stream().mapToInt(TrainSequence::lossLength).sum();
    int[] places = new int[total];
    int[] targets = new int[total];
    int n = 0;
    for (int s = 0; s < batch.sequences().size(); s++) {
      TrainSequence sequence = batch.sequences().get(s);
      int from = sequence.promptLength() + sequence.lossFrom();
      for (int i = from; i < sequence.tokens().length; i++) {
        places[n] = batch.starts()[s] + i - 1;
        targets[n++] = sequence.tokens()[i];
      }
    }
    Tensor hidden = decoder.hidden(batch.rows());
    Tensor logits =
        decoder.logits(hidden.index_select(0, Tensors.indices(places, hidden.device())));
    if (temperature != 1) {
      logits = logits.div(new Scalar(temperature));
    }
    Tensor target = Tensors.indices(targets, hidden.device()).view(total, 1);
    return logits.log_softmax(1).gather(1, target).squeeze(1);
  }

  private static int[] owners(List<TrainSequence> sequences) {
    int[] owners = new int[sequences.stream().mapToInt(TrainSequence::lossLength).sum()];
    int place = 0;
    for (int s = 0; s < sequences.size(); s++) {
      int end = place + sequences.get(s).lossLength();
      Arrays.fill(owners, place, end, s);
      place = end;
    }
    return owners;
  }

  private static double sampled(TrainSequence sequence) {
    double sum = 0;
    float[] logprobs = sequence.samplingLogprobs();
    for (int i = sequence.lossFrom(); i < logprobs.length; i++) {
      sum += logprobs[i];
    }
    return sum;
  }

  private static Tensor like(double[] values, Tensor other) {
    ScalarType type = other.scalar_type();
    return Tensors.ofDoubles(values, values.length).to(other.device(), type);
  }
}
