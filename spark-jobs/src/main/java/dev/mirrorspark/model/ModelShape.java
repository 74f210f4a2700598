package dev.mirrorspark.model;

import java.io.Serializable;

/**
 * The shape of a decoder, as {@code config.json} states it.
 *
 * @param family {@code llama}, {@code qwen2}, {@code qwen3}, {@code smollm3}, {@code mistral} or
 *     {@code qwen2_vl}: decides the architecture's name and how the shape is written
 * @param heads query heads
 * @param kvHeads key and value heads; {@code heads} is a multiple of it (grouped-query attention)
 * @param headDim width of one head; even
 * @param intermediate width of the SwiGLU layer
 * @param maxPositions longest sequence, prompt and response together, in tokens
 * @param attention biases, norms, windows and rotary layers
 * @param tiedEmbeddings whether the output layer is the embedding
 * @param tokens how many tokens the tokenizer has; further rows of the embedding and of the output
 *     layer, up to {@code vocab}, only fill them up: no distribution counts them, neither that of
 *     sampling nor that of training
 * @param vision the encoder of pictures before it; {@link VisionShape#NONE}: it sees text alone
 */
public record ModelShape(
    String family,
    int vocab,
    int hidden,
    int layers,
    int heads,
    int kvHeads,
    int headDim,
    int intermediate,
    int maxPositions,
    Rope rope,
    double rmsNormEps,
    AttentionTraits attention,
    boolean tiedEmbeddings,
    int tokens,
    VisionShape vision)
    implements Serializable {

  public ModelShape {
    if (tokens < 1 || tokens > vocab) {
      throw new IllegalArgumentException(tokens + " tokens, " + vocab + " rows");
    }
    if (attention.layers().size() != layers) {
      throw new IllegalArgumentException(
          attention.layers().size() + " layers of attention, " + layers + " layers");
    }
  }

  /** A shape whose tokenizer has as many tokens as the embedding has rows. */
  public ModelShape(
      String family,
      int vocab,
      int hidden,
      int layers,
      int heads,
      int kvHeads,
      int headDim,
      int intermediate,
      int maxPositions,
      Rope rope,
      double rmsNormEps,
      AttentionTraits attention,
      boolean tiedEmbeddings) {
    this(
        family,
        vocab,
        hidden,
        layers,
        heads,
        kvHeads,
        headDim,
        intermediate,
        maxPositions,
        rope,
        rmsNormEps,
        attention,
        tiedEmbeddings,
        vocab,
        VisionShape.NONE);
  }

  /** A shape with unscaled rotary positions and full attention in every layer. */
  public ModelShape(
      String family,
      int vocab,
      int hidden,
      int layers,
      int heads,
      int kvHeads,
      int headDim,
      int intermediate,
      int maxPositions,
      double ropeTheta,
      double rmsNormEps,
      boolean qkvBias,
      boolean outputBias,
      boolean tiedEmbeddings) {
    this(
        family,
        vocab,
        hidden,
        layers,
        heads,
        kvHeads,
        headDim,
        intermediate,
        maxPositions,
        Rope.plain(ropeTheta),
        rmsNormEps,
        AttentionTraits.plain(qkvBias, outputBias, layers),
        tiedEmbeddings);
  }

  /**
   * The same shape with the attention that a new model of its family has.
   *
   * @param bias whether the projections have biases, where the family leaves the choice
   */
  public ModelShape ofFamily(boolean bias) {
    return with(Family.named(family).fresh(layers, bias));
  }

  /** The same shape with a tokenizer of so many tokens. */
  public ModelShape withTokens(int count) {
    return with(maxPositions, rope, attention, count, vision);
  }

  /** The same shape for sequences of other length, with another base of the rotary angles. */
  public ModelShape reaching(int positions, double theta) {
    return with(positions, new Rope(theta, rope.scaling()), attention, tokens, vision);
  }

  /** The same shape with another attention. */
  ModelShape with(AttentionTraits other) {
    return with(maxPositions, rope, other, tokens, vision);
  }

  /** The same shape with other rotary positions. */
  ModelShape with(Rope other) {
    return with(maxPositions, other, attention, tokens, vision);
  }

  /** The same shape behind another encoder of pictures. */
  public ModelShape with(VisionShape other) {
    return with(maxPositions, rope, attention, tokens, other);
  }

  private ModelShape with(
      int positions,
      Rope otherRope,
      AttentionTraits otherAttention,
      int count,
      VisionShape otherVision) {
    return new ModelShape(
        family,
        vocab,
        hidden,
        layers,
        heads,
        kvHeads,
        headDim,
        intermediate,
        positions,
        otherRope,
        rmsNormEps,
        otherAttention,
        tiedEmbeddings,
        count,
        otherVision);
  }

  /** Whether the query, key and value projections have a bias. */
  public boolean qkvBias() {
    return attention.qkvBias();
  }

  /** Whether the attention's output projection has a bias. */
  public boolean outputBias() {
    return attention.outputBias();
  }

  /** Whether each query and key head passes an RMSNorm of its own before the rotary turn. */
  public boolean qkNorm() {
    return attention.qkNorm();
  }

  /** How many positions a query of that layer sees, its own among them; 0: all before it. */
  public int window(int layer) {
    return attention.layers().get(layer).window();
  }

  /** Whether that layer turns queries and keys by their position. */
  public boolean rotary(int layer) {
    return attention.layers().get(layer).rotary();
  }

  /** Width of all query heads together. */
  public int queryWidth() {
    return heads * headDim;
  }

  /** Width of all key heads together; the value heads are as wide. */
  public int keyWidth() {
    return kvHeads * headDim;
  }
}
