package dev.mirrorspark.model;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Log-probs of wanted tokens and their gradient, a chunk of tokens at a time, so that no {@code
 * [tokens, vocab]} tensor exists. One object is one batch's pass.
 */
final class LanguageHead implements AutoCloseable {
  private final Parameters parameters;
  private final int chunk;
  private final double temperature;
  private final Kept kept = new Kept();
  private final Tensor target;
  private final Normed normed;
  private final Tensor hidden;
  private final int count;
  private Tensor only;

  /**
   * @param x residual stream after the last layer at the wanted places {@code [targets, hidden]}
   * @param targets ids of the wanted tokens {@code [targets]}
   * @param chunk tokens of a chunk
   */
  LanguageHead(Parameters parameters, Tensor x, int[] targets, double temperature, int chunk) {
    this.parameters = parameters;
    this.chunk = chunk;
    this.temperature = temperature;
    this.count = targets.length;
    try (var scope = new PointerScope()) {
      this.target = kept.keep(Tensors.indices(targets, x.device()).unsqueeze(1));
      this.normed = Normed.of(x, parameters.shape().rmsNormEps());
      kept.keep(normed.unit());
      kept.keep(normed.scale());
      this.hidden = kept.keep(normed.times(parameters.norm()));
    }
  }

  /**
   * Log-probs {@code [targets]}, nats.
   *
   * @param keep whether a backward pass follows: a single chunk is kept for it
   */
  float[] logprobs(boolean keep) {
    Tensor result = hidden.new_empty(count, 1).to(type());
    for (int from = 0; from < count; from += chunk) {
      int size = Math.min(chunk, count - from);
      try (var scope = new PointerScope()) {
        Tensor logprobs = distribution(from, size);
        if (keep && size == count) {
          only = kept.keep(logprobs);
        }
        result.narrow(0, from, size).copy_(logprobs.gather(1, target.narrow(0, from, size)));
      }
    }
    return Tensors.floats(result);
  }

  /**
   * Log-probs of the wanted tokens, and the entropy of the distribution at each of their places.
   */
  TokenFigures figures() {
    Tensor logprobs = hidden.new_empty(count, 1).to(type());
    Tensor entropies = hidden.new_empty(count, 1).to(type());
    for (int from = 0; from < count; from += chunk) {
      int size = Math.min(chunk, count - from);
      try (var scope = new PointerScope()) {
        Tensor all = distribution(from, size);
        logprobs.narrow(0, from, size).copy_(all.gather(1, target.narrow(0, from, size)));
        Tensor real = all.narrow(1, 0, parameters.shape().tokens()); // behind them it is −∞
        Tensor sums = real.exp().mul_(real).sum(new long[] {1}, true, new ScalarTypeOptional());
        entropies.narrow(0, from, size).copy_(sums.neg_());
      }
    }
    return new TokenFigures(Tensors.floats(logprobs), Tensors.floats(entropies));
  }

  /** The type of log-probs. */
  private ScalarType type() {
    ScalarType type = Tensors.type(hidden);
    return type == ScalarType.BFloat16 ? ScalarType.Float : type;
  }

  /** Log-probs of every token of the vocabulary {@code [size, vocab]}, at least in fp32. */
  private Tensor distribution(int from, int size) {
    Tensor logits = hidden.narrow(0, from, size).mm(parameters.head().t());
    if (Tensors.type(logits) == ScalarType.BFloat16) {
      logits = logits.to(ScalarType.Float);
    }
    if (temperature != 1) {
      logits.div_(new Scalar(temperature));
    }
    return parameters.ofTokens(logits).log_softmax(1);
  }

  /**
   * Adds the gradient of the head and of the last norm, unless they are frozen.
   *
   * @param derivatives of the loss by each log-prob {@code [targets]}
   * @return the gradient of x {@code [targets, hidden]}
   */
  Tensor backward(float[] derivatives, Parameters gradient) {
    Tensor dHidden = torch.empty_like(hidden);
    Tensor factors =
        Tensors.ofFloats(derivatives, count, 1)
            .to(hidden.device(), type())
            .div_(new Scalar(-temperature));
    for (int from = 0; from < count; from += chunk) {
      int size = Math.min(chunk, count - from);
      try (var scope = new PointerScope()) {
        Tensor dLogits =
            dLogits(from, size, factors.narrow(0, from, size)).to(hidden.scalar_type());
        Gradients.addProduct(gradient.head(), dLogits, hidden.narrow(0, from, size));
        dHidden.narrow(0, from, size).copy_(dLogits.mm(parameters.head()));
      }
    }
    Tensor dx = torch.zeros_like(hidden);
    normed.backward(dx, gradient.norm(), parameters.norm(), dHidden);
    return dx;
  }

  /** factor · (p − 1[wanted]) {@code [size, vocab]}, of factors {@code [size, 1]}. */
  private Tensor dLogits(int from, int size, Tensor factors) {
    Tensor logprobs = only == null ? distribution(from, size) : only;
    Tensor wanted = target.narrow(0, from, size);
    Tensor probs = logprobs.exp_();
    Tensor atWanted = probs.gather(1, wanted).sub_(new Scalar(1));
    return probs.scatter_(1, wanted, atWanted).mul_(factors);
  }

  @Override
  public void close() {
    kept.close();
  }
}
