package dev.mirrorspark.model;

import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * RMSNorm of each query and each key head by itself, as Qwen3 has it before the rotary turn,
 * forwards and backwards; one weight for all query heads and one for all key heads {@code [2, d]}.
 *
 * @param query of queries {@code [n * heads, d]}
 * @param key of keys {@code [n * kvHeads, d]}
 * @param heads query heads
 */
record HeadNorms(Normed query, Normed key, long heads) {

  /** Of queries and keys {@code [n, heads + kvHeads, d]}. */
  static HeadNorms of(Tensor qk, long heads, double epsilon) {
    return new HeadNorms(
        Normed.of(flat(queries(qk, heads)), epsilon),
        Normed.of(flat(keys(qk, heads)), epsilon),
        heads);
  }

  /** Writes the normed queries and keys to the target {@code [n, heads + kvHeads, d]}. */
  void write(Tensor target, Tensor weight) {
    Tensor queries = queries(target, heads);
    Tensor keys = keys(target, heads);
    torch.mul_out(queries, query.unit().view(queries.sizes()), weight.select(0, 0));
    torch.mul_out(keys, key.unit().view(keys.sizes()), weight.select(0, 1));
  }

  /**
   * Writes the gradient of queries and keys to {@code dx} and adds that of the weight.
   *
   * @param dy gradient of the normed queries and keys, {@code [n, heads + kvHeads, d]} as dx
   */
  void backward(Tensor dx, Tensor dWeight, Tensor weight, Tensor dy) {
    backward(query, queries(dx, heads), part(dWeight, 0), weight.select(0, 0), queries(dy, heads));
    backward(key, keys(dx, heads), part(dWeight, 1), weight.select(0, 1), keys(dy, heads));
  }

  private static Tensor part(Tensor gradient, long index) {
    return Gradients.frozen(gradient) ? gradient : gradient.select(0, index);
  }

  private static void backward(
      Normed normed, Tensor target, Tensor dWeight, Tensor weight, Tensor dy) {
    Tensor dx = torch.zeros_like(normed.unit());
    normed.backward(dx, dWeight, weight, flat(dy));
    target.copy_(dx.view(target.sizes()));
  }

  /** What {@link #backward} needs. */
  Stream<Tensor> needed() {
    return Stream.of(query.unit(), query.scale(), key.unit(), key.scale());
  }

  private static Tensor flat(Tensor x) {
    return x.reshape(-1, x.size(2));
  }

  private static Tensor queries(Tensor x, long heads) {
    return x.narrow(1, 0, heads);
  }

  private static Tensor keys(Tensor x, long heads) {
    return x.narrow(1, heads, x.size(1) - heads);
  }
}
