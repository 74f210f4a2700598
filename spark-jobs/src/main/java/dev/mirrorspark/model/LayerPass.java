package dev.mirrorspark.model;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * One layer forwards and backwards over a batch, with hand-written gradients: the residual stream
 * is one tensor that every layer adds to in place, and so is its gradient.
 */
final class LayerPass implements AutoCloseable {

  /** What all layers of a batch share. */
  record Batch(ModelShape shape, TokenRows rows, Rotation rotation) {}

  private final Batch batch;
  private final ModelShape shape;
  private final Parameters.Layer layer;
  private final int index;
  private final Kept kept = new Kept();
  private Normed input;
  private HeadNorms headNorms;
  private TokenRows.Attention attention;
  private Tensor mixed;
  private Normed middle;
  private Tensor gateUp;
  private Tensor gate;

  LayerPass(Batch batch, Parameters parameters, int index) {
    this.batch = batch;
    this.shape = batch.shape();
    this.layer = parameters.layer(index);
    this.index = index;
  }

  /** Adds the layer's output to the residual stream x {@code [n, hidden]}; keeps nothing. */
  static void apply(Batch batch, Parameters parameters, int index, Tensor x) {
    try (var pass = new LayerPass(batch, parameters, index)) {
      pass.forward(x, false, true);
    }
  }

  /** Adds the layer's output to x {@code [n, hidden]}, and keeps what {@link #backward} needs. */
  void forward(Tensor x) {
    forward(x, true, true);
  }

  /** Computes again what {@link #backward} needs from the layer's input; x is overwritten. */
  void again(Tensor x) {
    forward(x, true, false);
  }

  private void forward(Tensor x, boolean keep, boolean whole) {
    try (var scope = new PointerScope()) {
      input = Normed.of(x, shape.rmsNormEps());
      attend(input.times(layer.inputNorm()), keep);
      layer.outputProjection().addTo(x, mixed);
      layer.outputBias().ifPresent(x::add_);
      middle = Normed.of(x, shape.rmsNormEps());
      gateUp = layer.gateUpProjection().of(middle.times(layer.postNorm()));
      gate = torch.silu(gateHalf(gateUp));
      if (whole) {
        layer.downProjection().addTo(x, gate.mul(upHalf(gateUp)));
      }
      if (keep) {
        for (Tensor tensor :
            new Tensor[] {
              input.unit(), input.scale(), mixed, middle.unit(), middle.scale(), gateUp, gate
            }) {
          kept.keep(tensor);
        }
      }
    }
  }

  private void attend(Tensor x, boolean keep) {
    long turned = shape.heads() + shape.kvHeads();
    Tensor qkv = layer.qkvProjection().of(x);
    layer.qkvBias().ifPresent(qkv::add_);
    qkv = qkv.view(x.size(0), turned + shape.kvHeads(), shape.headDim());
    Tensor qk = turned(normed(qkv.narrow(1, 0, turned), keep));
    Tensor q = qk.narrow(1, 0, shape.heads());
    Tensor k = qk.narrow(1, shape.heads(), shape.kvHeads());
    Tensor v = qkv.narrow(1, turned, shape.kvHeads());
    attention = batch.rows().attention(shape.window(index));
    mixed = attention.forward(q, k, v, keep, kept);
  }

  /** Queries and keys after their norm, where the model has one. */
  private Tensor normed(Tensor qk, boolean keep) {
    if (layer.qkNorm().isEmpty()) {
      return qk;
    }
    headNorms = HeadNorms.of(qk, shape.heads(), shape.rmsNormEps());
    if (keep) {
      headNorms.needed().forEach(kept::keep);
    }
    Tensor result = empty(qk, qk.size(1));
    headNorms.write(result, layer.qkNorm().get());
    return result;
  }

  /** Queries and keys turned by their positions, where the layer does. */
  private Tensor turned(Tensor qk) {
    if (!shape.rotary(index)) {
      return qk;
    }
    Tensor result = empty(qk, qk.size(1));
    batch.rotation().turn(result, qk);
    return result;
  }

  /**
   * Turns the gradient of the layer's output into that of its input, in place, and adds the
   * gradient of the layer's parameters.
   *
   * @param dx {@code [n, hidden]}
   */
  void backward(Tensor dx, Parameters.Layer gradient) {
    try (var scope = new PointerScope()) {
      feedForward(dx, gradient);
    }
    try (var scope = new PointerScope()) {
      attention(dx, gradient);
    }
  }

  private void feedForward(Tensor dx, Parameters.Layer gradient) {
    Tensor up = upHalf(gateUp);
    Tensor dGated = layer.downProjection().backward(gradient.downProjection(), dx, gate.mul(up));
    Tensor dGateUp = torch.empty_like(gateUp);
    torch.mul_out(upHalf(dGateUp), dGated, gate);
    torch.silu_backward_out(gateHalf(dGateUp), dGated.mul_(up), gateHalf(gateUp));
    Tensor dMiddle =
        layer
            .gateUpProjection()
            .backward(gradient.gateUpProjection(), dGateUp, middle.times(layer.postNorm()));
    middle.backward(dx, gradient.postNorm(), layer.postNorm(), dMiddle);
  }

  private void attention(Tensor dx, Parameters.Layer gradient) {
    long heads = shape.heads();
    long kvHeads = shape.kvHeads();
    Tensor dMixed = layer.outputProjection().backward(gradient.outputProjection(), dx, mixed);
    gradient.outputBias().ifPresent(bias -> Gradients.addSum(bias, dx));
    Tensor dQk = empty(dx, heads + kvHeads);
    Tensor dQkv = empty(dx, heads + 2 * kvHeads);
    attention.backward(
        dMixed,
        dQk.narrow(1, 0, heads),
        dQk.narrow(1, heads, kvHeads),
        dQkv.narrow(1, heads + kvHeads, kvHeads));
    beforeAttention(dQkv.narrow(1, 0, heads + kvHeads), dQk, gradient);
    Tensor flat = dQkv.flatten(1, 2);
    gradient.qkvBias().ifPresent(bias -> Gradients.addSum(bias, flat));
    Tensor dInput =
        layer
            .qkvProjection()
            .backward(gradient.qkvProjection(), flat, input.times(layer.inputNorm()));
    input.backward(dx, gradient.inputNorm(), layer.inputNorm(), dInput);
  }

  /** Writes the gradient of queries and keys before their norm and turn, from that after them. */
  private void beforeAttention(Tensor target, Tensor dQk, Parameters.Layer gradient) {
    Tensor unturned = dQk;
    if (shape.rotary(index)) {
      unturned = layer.qkNorm().isPresent() ? torch.empty_like(dQk) : target;
      batch.rotation().turnBack(unturned, dQk);
    }
    if (layer.qkNorm().isPresent()) {
      headNorms.backward(target, gradient.qkNorm().get(), layer.qkNorm().get(), unturned);
    } else if (!shape.rotary(index)) {
      target.copy_(dQk);
    }
  }

  private Tensor empty(Tensor like, long heads) {
    return like.new_empty(like.size(0), heads, shape.headDim());
  }

  private Tensor gateHalf(Tensor gateUp) {
    return gateUp.narrow(1, 0, shape.intermediate());
  }

  private Tensor upHalf(Tensor gateUp) {
    return gateUp.narrow(1, shape.intermediate(), shape.intermediate());
  }

  @Override
  public void close() {
    kept.close();
  }
}
