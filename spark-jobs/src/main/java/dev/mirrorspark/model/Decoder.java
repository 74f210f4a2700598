package dev.mirrorspark.model;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The forward pass of a decoder of the Llama kind: RMSNorm, rotary positions, grouped-query
 * attention, SwiGLU; what a {@link Family} adds stands in its {@link ModelShape}.
 *
 * <p>It works in place and keeps nothing for a backward pass, which {@link TrainingPass} has.
 */
public final class Decoder implements AutoCloseable {

  /** Attention of one layer over qkv {@code [n, heads + 2 * kvHeads, d]}, turned. */
  private interface Attention {
    /** Returns {@code [n, heads * d]}. */
    Tensor attend(int layer, Tensor qkv);
  }

  private final Parameters parameters;
  private final ModelShape shape;
  private final Rotary rotary;

  public Decoder(Parameters parameters) {
    this.parameters = parameters;
    this.shape = parameters.shape();
    this.rotary = new Rotary(shape, parameters.flat());
  }

  private Tensor indices(int[] values) {
    return Tensors.indices(values, parameters.flat().device());
  }

  /**
   * Hidden states after the last norm of every position of the rows, without a cache.
   *
   * @return {@code [rows * length, hidden]}
   */
  public Tensor hidden(PackedRows rows) {
    Map<Integer, Tensor> masks = windowMasks(rows.length());
    return layers(
        indices(rows.tokens()),
        rotary.at(rows.positions(), indices(rows.positions())),
        (layer, qkv) -> within(rows, masks.get(shape.window(layer)), qkv));
  }

  /**
   * Prefill: as {@link #hidden}, and stores the keys and values of row r's sequence in slot {@code
   * slots[r]} of the cache from position 0.
   *
   * @return {@code [rows * length, hidden]}
   */
  public Tensor prefill(PackedRows rows, int[] slots, KvCache cache) {
    Map<Integer, Tensor> masks = windowMasks(rows.length());
    Tensor target = indices(slots);
    return layers(
        indices(rows.tokens()),
        rotary.at(rows.positions(), indices(rows.positions())),
        (layer, qkv) -> {
          cache.prefill(layer, target, rows.length(), keysAndValues(qkv));
          return within(rows, masks.get(shape.window(layer)), qkv);
        });
  }

  /**
   * Decodes one token in every slot of the cache.
   *
   * @param tokens the token of each slot {@code [slots]}
   * @param positions its position in its sequence {@code [slots]}
   * @return hidden states after the last norm {@code [slots, hidden]}
   */
  public Tensor step(int[] tokens, int[] positions, KvCache cache) {
    int n = tokens.length;
    int[] both = new int[2 * n];
    System.arraycopy(tokens, 0, both, 0, n);
    System.arraycopy(positions, 0, both, n, n);
    Tensor sent = indices(both);
    Tensor places = sent.narrow(0, n, n);
    KvCache.Step step = cache.step(positions, places);
    return layers(
        sent.narrow(0, 0, n),
        rotary.at(positions, places),
        (layer, qkv) -> {
          cache.store(layer, step, keysAndValues(qkv));
          return cache.attend(layer, step, qkv.narrow(1, 0, shape.heads()));
        });
  }

  /**
   * Logits of hidden states {@code [n, hidden]}.
   *
   * @return {@code [n, vocab]}, in fp32 where the parameters are bf16; −∞ of rows that are no token
   */
  public Tensor logits(Tensor hidden) {
    Tensor logits = parameters.ofTokens(torch.linear(hidden, parameters.head()));
    return Tensors.type(logits) == ScalarType.BFloat16 ? logits.to(ScalarType.Float) : logits;
  }

  private Tensor layers(Tensor tokens, Rotary.Turn turn, Attention attention) {
    Tensor x = torch.embedding(parameters.embedding(), tokens);
    for (int i = 0; i < shape.layers(); i++) {
      Parameters.Layer layer = parameters.layer(i);
      // what a layer computes is freed at its end
      try (var scope = new PointerScope()) {
        Tensor mixed = attention(i, layer, norm(x, layer.inputNorm()), turn, attention);
        x.addmm_(mixed, layer.output().t());
        layer.outputBias().ifPresent(x::add_);
        x.addmm_(gated(layer, norm(x, layer.postNorm())), layer.down().t());
      }
    }
    return norm(x, parameters.norm());
  }

  /** Attention before its output projection {@code [n, heads * d]}. */
  private Tensor attention(
      int index, Parameters.Layer layer, Tensor x, Rotary.Turn turn, Attention how) {
    long heads = shape.heads();
    long kvHeads = shape.kvHeads();
    Tensor qkv =
        linear(x, layer.qkv(), layer.qkvBias())
            .view(x.size(0), heads + 2 * kvHeads, shape.headDim());
    Tensor qk = qkv.narrow(1, 0, heads + kvHeads);
    layer.qkNorm().ifPresent(weight -> qk.copy_(norm(qk, byHead(weight))));
    if (shape.rotary(index)) {
      turn.apply(qk);
    }
    return how.attend(index, qkv);
  }

  private Tensor keysAndValues(Tensor qkv) {
    return qkv.narrow(1, shape.heads(), 2L * shape.kvHeads());
  }

  /** The norms of queries and keys {@code [2, d]} as weights of all heads {@code [heads, d]}. */
  private Tensor byHead(Tensor qkNorm) {
    return torch.cat(
        new TensorVector(
            qkNorm.narrow(0, 0, 1).expand(shape.heads(), shape.headDim()),
            qkNorm.narrow(0, 1, 1).expand(shape.kvHeads(), shape.headDim())),
        0);
  }

  /** silu(gate) · up {@code [n, intermediate]}. */
  private Tensor gated(Parameters.Layer layer, Tensor x) {
    Tensor gateUp = torch.linear(x, layer.gateUp());
    long width = shape.intermediate();
    return torch.silu(gateUp.narrow(1, 0, width)).mul_(gateUp.narrow(1, width, width));
  }

  /** RMSNorm over the last dimension; what is squared and summed is in fp32 where x is bf16. */
  private Tensor norm(Tensor x, Tensor weight) {
    Tensor wide = Tensors.type(x) == ScalarType.BFloat16 ? x.to(ScalarType.Float) : x;
    return torch
        .rms_norm(
            wide,
            new long[] {x.size(-1)},
            new TensorOptional(),
            new DoubleOptional(shape.rmsNormEps()))
        .to(x.scalar_type())
        .mul(weight);
  }

  private static Tensor linear(Tensor x, Tensor weight, Optional<Tensor> bias) {
    return bias.isPresent()
        ? torch.linear(x, weight, new TensorOptional(bias.get()))
        : torch.linear(x, weight);
  }

  /** Additive masks {@code [length, length]} of the windows that hide something within rows. */
  private Map<Integer, Tensor> windowMasks(int length) {
    Map<Integer, Tensor> masks = new HashMap<>();
    for (int layer = 0; layer < shape.layers(); layer++) {
      int window = shape.window(layer);
      if (window > 0 && window < length && !masks.containsKey(window)) {
        Tensor ones = parameters.flat().new_ones(length, length);
        Tensor open = torch.tril(ones).mul_(torch.triu(ones, 1L - window));
        masks.put(
            window,
            torch
                .zeros_like(ones)
                .masked_fill_(open.eq(new Scalar(0)), new Scalar(Double.NEGATIVE_INFINITY)));
      }
    }
    return masks;
  }

  /** Causal attention within each row, under a window's mask where there is one. */
  private Tensor within(PackedRows rows, Tensor mask, Tensor qkv) {
    Tensor q = qkv.narrow(1, 0, shape.heads());
    Tensor k = qkv.narrow(1, shape.heads(), shape.kvHeads());
    Tensor v = qkv.narrow(1, (long) shape.heads() + shape.kvHeads(), shape.kvHeads());
    if (mask == null) {
      // a row's padding stands behind its tokens, where the causal mask hides it
      return CausalAttention.of(new Buckets.Bucket(0, rows.rows(), rows.length()), q, k, v);
    }
    Tensor mixed =
        torch.scaled_dot_product_attention(
            heads(rows, q),
            heads(rows, k),
            heads(rows, v),
            new TensorOptional(mask),
            0.0,
            false,
            new DoubleOptional(),
            false);
    return mixed.transpose(1, 2).reshape((long) rows.rows() * rows.length(), shape.queryWidth());
  }

  /** {@code [rows * length, h, d]} to {@code [rows, heads, length, d]}, key heads repeated. */
  private Tensor heads(PackedRows rows, Tensor x) {
    long h = x.size(1);
    long groups = shape.heads() / h;
    Tensor y = x.unflatten(0, rows.rows(), rows.length()).transpose(1, 2);
    if (groups > 1) {
      y =
          y.unsqueeze(2)
              .expand(rows.rows(), h, groups, rows.length(), shape.headDim())
              .reshape(rows.rows(), shape.heads(), rows.length(), shape.headDim());
    }
    return y;
  }

  /** Frees the rotary tables; the parameters belong to the caller. */
  @Override
  public void close() {
    rotary.close();
  }
}
