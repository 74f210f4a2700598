package dev.mirrorspark.model;

import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorArrayRefOptional;

/**
 * The plain way to a gradient: padded rows, a dense mask, all logits at once, and autograd over the
 * whole. It is what {@link TrainingPass} is compared with.
 */
final class PlainPass {

  /** Log-probs {@code [targets]} and the gradient {@code [size]}. */
  record Result(double[] logprobs, double[] gradient) {}

  private PlainPass() {}

  static Result of(
      ModelShape shape,
      double[] flat,
      PackedSequences batch,
      int[] places,
      int[] targets,
      double temperature,
      UnaryOperator<double[]> loss) {
    int[][] sequences = new int[batch.count()][];
    int length = 0;
    for (int s = 0; s < sequences.length; s++) {
      length = Math.max(length, batch.length(s));
      sequences[s] =
          java.util.Arrays.copyOfRange(batch.tokens(), batch.starts()[s], batch.starts()[s + 1]);
    }
    int[] rows = new int[places.length];
    for (int i = 0; i < rows.length; i++) {
      int owner = 0;
      while (batch.starts()[owner + 1] <= places[i]) {
        owner++;
      }
      rows[i] = owner * length + places[i] - batch.starts()[owner];
    }
    try (var scope = new PointerScope();
        var parameters = Parameters.trainable(shape, Tensors.ofDoubles(flat, flat.length))) {
      Tensor every = new PlainForward(parameters).logits(PackedRows.oneEach(sequences));
      Tensor logits =
          every.index_select(0, Tensors.indices(rows, every.device())).div(new Scalar(temperature));
      Tensor target = Tensors.indices(targets, every.device()).unsqueeze(1);
      Tensor logprobs = logits.log_softmax(1).gather(1, target).squeeze(1);
      double[] values = Tensors.doubles(logprobs);
      double[] derivatives = loss.apply(values);
      logprobs.backward(
          Tensors.ofDoubles(derivatives, derivatives.length),
          new BoolOptional(),
          false,
          new TensorArrayRefOptional());
      return new Result(values, Tensors.doubles(parameters.gradient()));
    }
  }
}
