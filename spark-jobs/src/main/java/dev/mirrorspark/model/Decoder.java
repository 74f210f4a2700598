package dev.mirrorspark.model;

import java.util.HashMap;
import java.util.Optional;
import java.util.function.IntFunction;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The forward pass of a decoder of the Llama kind: RMSNorm, rotary positions, grouped-query
 * attention, SwiGLU; what a {@link Family} adds stands in its {@link ModelShape}.
 *
 * <p>Training and decoding run the same layers; they differ in where attention finds its keys and
 * values: within packed rows, or in a {@link KvCache}.
 */
public final class Decoder implements AutoCloseable {

  /** Attention of one layer: q {@code [n, heads, d]}, k and v {@code [n, kvHeads, d]}. */
  private interface Attention {
    /** Returns {@code [n, heads * d]}. */
    Tensor attend(int layer, Tensor q, Tensor k, Tensor v);
  }

  private final Parameters parameters;
  private final ModelShape shape;
  private final Rotary rotary;

  public Decoder(Parameters parameters) {
    this.parameters = parameters;
    this.shape = parameters.shape();
    this.rotary = new Rotary(shape, parameters.flat());
  }

  /** The tensor on the device and in the type of the parameters. */
  private Tensor like(Tensor tensor) {
    return tensor.to(parameters.flat().device(), parameters.flat().scalar_type());
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
    IntFunction<Tensor> masks = masks(0, window -> packedMask(rows, window));
    return layers(
        rows.tokens(),
        rows.positions(),
        (layer, q, k, v) -> packed(rows, masks.apply(layer), q, k, v));
  }

  /**
   * Prefill: as {@link #hidden}, and stores the keys and values of row r's sequence in slot {@code
   * slots[r]} of the cache from position 0. One sequence to a row.
   *
   * @return {@code [rows * length, hidden]}
   */
  public Tensor prefill(PackedRows rows, int[] slots, KvCache cache) {
    // a row's padding stands behind its tokens, where a causal mask hides it
    var bucket = new Buckets.Bucket(0, rows.rows(), rows.length());
    IntFunction<Tensor> masks = masks(rows.length(), window -> packedMask(rows, window));
    var write = cache.prefillIndex(rows, slots);
    return layers(
        rows.tokens(),
        rows.positions(),
        (layer, q, k, v) -> {
          cache.store(layer, write, k, v);
          int window = shape.window(layer);
          return window > 0 && window < rows.length()
              ? packed(rows, masks.apply(layer), q, k, v)
              : CausalAttention.of(bucket, q, k, v);
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
    var write = cache.stepIndex(positions);
    IntFunction<Tensor> masks = masks(0, window -> cache.stepMask(positions, window));
    return layers(
        tokens,
        positions,
        (layer, q, k, v) -> {
          cache.store(layer, write, k, v);
          return cache.attend(layer, q, masks.apply(layer));
        });
  }

  /**
   * Logits of hidden states {@code [n, hidden]}.
   *
   * @return {@code [n, vocab]}, in fp32 where the parameters are bf16
   */
  public Tensor logits(Tensor hidden) {
    Tensor logits = torch.linear(hidden, parameters.head());
    return Tensors.type(logits) == ScalarType.BFloat16 ? logits.to(ScalarType.Float) : logits;
  }

  private Tensor layers(int[] tokens, int[] positions, Attention attention) {
    Rotary.Turn turn = rotary.at(positions);
    Tensor x = torch.embedding(parameters.embedding(), indices(tokens));
    for (int i = 0; i < shape.layers(); i++) {
      Parameters.Layer layer = parameters.layer(i);
      Tensor before = x;
      // what a layer computes is freed at its end
      try (var scope = new PointerScope()) {
        Tensor y =
            before.add(attention(i, layer, norm(before, layer.inputNorm()), turn, attention));
        x = y.add(feedForward(layer, norm(y, layer.postNorm())));
        x.retainReference();
      }
      if (i > 0) {
        before.releaseReference();
      }
    }
    Tensor result = norm(x, parameters.norm());
    if (shape.layers() > 0) {
      x.releaseReference();
    }
    return result;
  }

  private Tensor attention(
      int index, Parameters.Layer layer, Tensor x, Rotary.Turn turn, Attention how) {
    long n = x.size(0);
    long heads = shape.heads();
    long kvHeads = shape.kvHeads();
    Tensor qkv = linear(x, layer.qkv(), layer.qkvBias());
    qkv = qkv.view(n, heads + 2 * kvHeads, shape.headDim());
    Tensor qk = qkv.narrow(1, 0, heads + kvHeads);
    if (layer.qkNorm().isPresent()) {
      qk = norm(qk, byHead(layer.qkNorm().get()));
    }
    if (shape.rotary(index)) {
      qk = turn.apply(qk);
    }
    Tensor mixed =
        how.attend(
            index,
            qk.narrow(1, 0, heads),
            qk.narrow(1, heads, kvHeads),
            qkv.narrow(1, heads + kvHeads, kvHeads));
    return linear(mixed, layer.output(), layer.outputBias());
  }

  /** The norms of queries and keys {@code [2, d]} as weights of all heads {@code [heads, d]}. */
  private Tensor byHead(Tensor qkNorm) {
    return torch.cat(
        new TensorVector(
            qkNorm.narrow(0, 0, 1).expand(shape.heads(), shape.headDim()),
            qkNorm.narrow(0, 1, 1).expand(shape.kvHeads(), shape.headDim())),
        0);
  }

  private Tensor feedForward(Parameters.Layer layer, Tensor x) {
    Tensor gateUp = torch.linear(x, layer.gateUp());
    long width = shape.intermediate();
    Tensor gated = torch.silu(gateUp.narrow(1, 0, width)).mul(gateUp.narrow(1, width, width));
    return torch.linear(gated, layer.down());
  }

  private Tensor norm(Tensor x, Tensor weight) {
    Tensor wide = Tensors.type(x) == ScalarType.BFloat16 ? x.to(ScalarType.Float) : x;
    Tensor scale =
        wide.square()
            .mean(new long[] {-1}, true, new ScalarTypeOptional())
            .add(new Scalar(shape.rmsNormEps()))
            .rsqrt();
    return wide.mul(scale).to(x.scalar_type()).mul(weight);
  }

  private static Tensor linear(Tensor x, Tensor weight, Optional<Tensor> bias) {
    return bias.isPresent()
        ? torch.linear(x, weight, new TensorOptional(bias.get()))
        : torch.linear(x, weight);
  }

  /**
   * The mask of each layer, made once for each window, before any layer's scope opens.
   *
   * @param length where above 0, windows that hide nothing from rows of that length have none
   */
  private IntFunction<Tensor> masks(int length, IntFunction<Tensor> ofWindow) {
    var made = new HashMap<Integer, Tensor>();
    for (int layer = 0; layer < shape.layers(); layer++) {
      int window = shape.window(layer);
      if (length == 0 || window > 0 && window < length) {
        made.computeIfAbsent(window, ofWindow::apply);
      }
    }
    return layer -> made.get(shape.window(layer));
  }

  /**
   * Additive mask {@code [rows, 1, length, length]}: same sequence, not later, and within the
   * window where there is one.
   */
  private Tensor packedMask(PackedRows rows, int window) {
    Tensor owner = indices(rows.sequences()).view(rows.rows(), rows.length());
    Tensor same = owner.unsqueeze(2).eq(owner.unsqueeze(1));
    Tensor causal = torch.tril(torch.ones_like(same.select(0, 0)));
    Tensor open = same.logical_and(causal);
    if (window > 0) {
      // within a sequence neighbours in a row are neighbours in position
      open = open.logical_and(torch.triu(torch.ones_like(causal), 1L - window));
    }
    open = open.unsqueeze(1);
    Tensor closed = like(torch.zeros(open.sizes()));
    return closed.masked_fill(open.logical_not(), new Scalar(Double.NEGATIVE_INFINITY));
  }

  private Tensor packed(PackedRows rows, Tensor mask, Tensor q, Tensor k, Tensor v) {
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
    Tensor y = x.view(rows.rows(), rows.length(), h, shape.headDim()).transpose(1, 2);
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
