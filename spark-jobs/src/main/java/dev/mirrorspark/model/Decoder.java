package dev.mirrorspark.model;

import dev.mirrorspark.vision.Patches;
import dev.mirrorspark.vision.PictureFile;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.DoubleOptional;
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
  private final Optional<FewRows> few;
  private final MaskedAttention masked;

  public Decoder(Parameters parameters) {
    this(parameters, Products.IN_MEMORY);
  }

  /**
   * A decoder over these parameters.
   *
   * @param inMemory elements of weights that stay in no cache
   */
  Decoder(Parameters parameters, long inMemory) {
    this.parameters = parameters;
    this.shape = parameters.shape();
    this.rotary = new Rotary(shape, parameters.flat());
    this.few =
        FewRows.suit(parameters, inMemory)
            ? Optional.of(new FewRows(parameters))
            : Optional.empty();
    this.masked = new MaskedAttention(shape, parameters.flat());
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
    Tensor x =
        layers(
            indices(rows.tokens()),
            rotary.at(rows.positions(), indices(rows.positions())),
            (layer, qkv) -> within(rows, masks.get(shape.window(layer)), qkv));
    return norm(x, parameters.norm());
  }

  /**
   * Prefill: stores the keys and values of whole prompts in the cache.
   *
   * @param sequences the places of each prompt, from position 0
   * @return hidden states of the last token of each, after the last norm {@code [prompts, hidden]}
   */
  public Tensor prefill(List<int[]> prompts, List<KvCache.Sequence> sequences, KvCache cache) {
    return prefill(PackedSequences.of(prompts), sequences, cache);
  }

  /** As above, of prompts that may have pictures. */
  public Tensor prefill(PackedSequences packed, List<KvCache.Sequence> sequences, KvCache cache) {
    Buckets buckets = Buckets.of(packed);
    Tensor embedded = embedded(indices(buckets.tokens()));
    if (!packed.pictures().isEmpty()) {
      PictureRows.of(parameters, packed, buckets, name -> false).put(embedded);
    }
    int[] firsts = new int[packed.count()];
    int[] lasts = new int[packed.count()];
    for (int i = 0; i < firsts.length; i++) {
      firsts[i] = buckets.rows()[packed.starts()[i]];
      lasts[i] = firsts[i] + packed.length(i) - 1;
    }
    Tensor x =
        layersOver(
            embedded,
            rotary.at(RotaryPositions.of(shape.vision(), packed, buckets)),
            (layer, qkv) -> {
              for (int i = 0; i < firsts.length; i++) {
                cache
                    .contents()
                    .store(layer, sequences.get(i), qkv, firsts[i], 0, packed.length(i));
              }
              return new CausalAttention(buckets, shape.window(layer))
                  .forward(queries(qkv), keys(qkv), values(qkv), false, new Kept());
            });
    return norm(x.index_select(0, indices(lasts)), parameters.norm());
  }

  /**
   * A run of a sequence's tokens whose earlier ones are in the cache.
   *
   * @param from position of the first of them
   */
  public record Piece(int[] tokens, int from, KvCache.Sequence sequence) {
    int end() {
      return from + tokens.length;
    }
  }

  /**
   * Prefill of parts of prompts, after the parts before them: products are made of all together,
   * attention of each by itself.
   *
   * @return hidden states of the last token of each, after the last norm {@code [pieces, hidden]}
   */
  public Tensor prefill(List<Piece> pieces, KvCache cache) {
    int[] tokens = pieces.stream().flatMapToInt(piece -> Arrays.stream(piece.tokens())).toArray();
    int[] positions =
        pieces.stream().flatMapToInt(p -> IntStream.range(p.from(), p.end())).toArray();
    int[] lasts = new int[pieces.size()];
    int rows = 0;
    for (int i = 0; i < lasts.length; i++) {
      rows += pieces.get(i).tokens().length;
      lasts[i] = rows - 1;
    }
    var behind = new PieceAttention(shape, pieces, parameters.flat());
    Tensor x =
        layers(
            indices(tokens),
            rotary.at(positions, indices(positions)),
            (layer, qkv) -> {
              Tensor mixed = qkv.new_empty(qkv.size(0), shape.queryWidth());
              for (int i = 0; i < lasts.length; i++) {
                try (var scope = new PointerScope()) {
                  Piece piece = pieces.get(i);
                  int count = piece.tokens().length;
                  int first = lasts[i] + 1 - count;
                  cache.contents().store(layer, piece.sequence(), qkv, first, piece.from(), count);
                  Tensor q = queries(qkv.narrow(0, first, count));
                  mixed.narrow(0, first, count).copy_(behind.attend(layer, i, q, cache));
                }
              }
              return mixed;
            });
    return norm(x.index_select(0, indices(lasts)), parameters.norm());
  }

  /**
   * Decodes one token of each sequence.
   *
   * @param tokens the tokens, on the device {@code [n]}
   * @param positions the place of each in its sequence {@code [n]}
   * @return hidden states after the last norm {@code [n, hidden]}
   */
  public Tensor step(
      Tensor tokens, int[] positions, List<KvCache.Sequence> sequences, KvCache cache) {
    return step(tokens, positions, positions, sequences, cache);
  }

  /**
   * As above, where rotary positions are not places, which they are not behind a picture.
   *
   * @param turns rotary position of each token {@code [n]}
   */
  public Tensor step(
      Tensor tokens,
      int[] positions,
      int[] turns,
      List<KvCache.Sequence> sequences,
      KvCache cache) {
    Tensor places = indices(positions);
    Tensor angles = Arrays.equals(positions, turns) ? places : indices(turns);
    CachePages.Step step = cache.contents().step(sequences, positions, places);
    Rotary.Turn turn = rotary.at(turns, angles);
    if (few.isPresent() && positions.length <= FewRows.MOST) {
      return few.get().step(embedded(tokens), turn, step);
    }
    return norm(layers(tokens, turn, step::attend), parameters.norm());
  }

  /**
   * Logits of hidden states {@code [n, hidden]}.
   *
   * @return {@code [n, vocab]}, in fp32 where the parameters are bf16; −∞ of rows that are no token
   */
  public Tensor logits(Tensor hidden) {
    Tensor logits = parameters.ofTokens(Products.of(hidden, parameters.head()));
    return Tensors.type(logits) == ScalarType.BFloat16 ? logits.to(ScalarType.Float) : logits;
  }

  /**
   * As {@link #logits(Tensor)}, in memory that is there already where types allow it: what is
   * mapped anew costs more than the product's last part.
   *
   * @param room {@code [n, vocab]} in fp32
   */
  public Tensor logits(Tensor hidden, Tensor room) {
    if (Tensors.type(hidden) != Tensors.type(room)) {
      return logits(hidden);
    }
    Products.into(room, hidden, parameters.head());
    return parameters.ofTokens(room);
  }

  /** A picture as the encoder before the decoder reads it. */
  public Patches patches(PictureFile picture) {
    return shape.vision().preprocessing().of(picture);
  }

  private Tensor embedded(Tensor tokens) {
    return torch.embedding(parameters.embedding(), tokens);
  }

  private Tensor layers(Tensor tokens, Rotary.Turn turn, Attention attention) {
    return layersOver(embedded(tokens), turn, attention);
  }

  /** What all layers make of embeddings x {@code [n, hidden]}, in place. */
  private Tensor layersOver(Tensor x, Rotary.Turn turn, Attention attention) {
    for (int i = 0; i < shape.layers(); i++) {
      Parameters.Layer layer = parameters.layer(i);
      // what a layer computes is freed at its end
      try (var scope = new PointerScope()) {
        Tensor mixed = attention(i, layer, norm(x, layer.inputNorm()), turn, attention);
        Products.add(x, mixed, layer.output());
        layer.outputBias().ifPresent(x::add_);
        Products.add(x, gated(layer, norm(x, layer.postNorm())), layer.down());
      }
    }
    return x;
  }

  /** Attention before its output projection {@code [n, heads * d]}. */
  private Tensor attention(
      int index, Parameters.Layer layer, Tensor x, Rotary.Turn turn, Attention how) {
    long heads = shape.heads();
    long kvHeads = shape.kvHeads();
    Tensor qkv =
        Products.of(x, layer.qkv(), layer.qkvBias())
            .view(x.size(0), heads + 2 * kvHeads, shape.headDim());
    Tensor qk = qkv.narrow(1, 0, heads + kvHeads);
    layer.qkNorm().ifPresent(weight -> qk.copy_(norm(qk, byHead(weight))));
    if (shape.rotary(index)) {
      turn.apply(qk);
    }
    return how.attend(index, qkv);
  }

  private Tensor queries(Tensor qkv) {
    return qkv.narrow(1, 0, shape.heads());
  }

  private Tensor keys(Tensor qkv) {
    return qkv.narrow(1, shape.heads(), shape.kvHeads());
  }

  private Tensor values(Tensor qkv) {
    return qkv.narrow(1, (long) shape.heads() + shape.kvHeads(), shape.kvHeads());
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
    Tensor gateUp = Products.of(x, layer.gateUp());
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

  /** Additive masks {@code [length, length]} of the windows that hide something within rows. */
  private Map<Integer, Tensor> windowMasks(int length) {
    Map<Integer, Tensor> masks = new HashMap<>();
    for (int layer = 0; layer < shape.layers(); layer++) {
      int window = shape.window(layer);
      if (window > 0 && window < length) {
        masks.computeIfAbsent(window, w -> masked.mask(0, 0, length, w));
      }
    }
    return masks;
  }

  /** Causal attention within each row, under a window's mask where there is one. */
  private Tensor within(PackedRows rows, Tensor mask, Tensor qkv) {
    if (mask == null) {
      // a row's padding stands behind its tokens, where the causal mask hides it
      var bucket = new Buckets.Bucket(0, rows.rows(), rows.length());
      return CausalAttention.of(bucket, queries(qkv), keys(qkv), values(qkv));
    }
    return masked.attend(rows.rows(), queries(qkv), keys(qkv), values(qkv), mask);
  }

  /** Frees the rotary tables; the parameters belong to the caller. */
  @Override
  public void close() {
    rotary.close();
    few.ifPresent(FewRows::close);
  }
}
