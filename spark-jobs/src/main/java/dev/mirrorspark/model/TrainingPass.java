package dev.mirrorspark.model;

import dev.mirrorspark.model.LayerPass.Batch;
import dev.mirrorspark.reduce.Ranks;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Forward and backward passes that add to the gradient of a decoder's parameters, with memory
 * linear in tokens: no attention mask, no {@code [tokens, vocab]} tensor, and with recompute only
 * the input of each layer.
 *
 * <p>The same call gives the same bits on every run on a CPU. On CUDA so do its products (one
 * stream, one cuBLAS workspace), norms, softmax, sums, gathers, the scatter and copies by index (no
 * index twice), the sums by token ({@link Gradients#addByToken}) and attention within a window; not
 * the backward pass of LibTorch's fused attention, which sums the gradient of queries (and where
 * query heads share a key head, may sum that of keys and values) by atomics: two runs differ by the
 * rounding of these sums, about the square root of the number of key blocks times the unit
 * roundoff. Its deterministic form needs LibTorch's process-wide flag, under which the head's
 * scatter and products without {@code CUBLAS_WORKSPACE_CONFIG=:4096:8} are refused.
 *
 * <p>A pass belongs to one thread at a time.
 */
public final class TrainingPass implements AutoCloseable {

  /**
   * How memory is traded for time.
   *
   * @param recompute keep only the input of each layer and compute the rest again in the backward
   *     pass; the gradient has the same bits
   * @param headTokens tokens of a chunk of the language head, which holds a few {@code [headTokens,
   *     vocab]} tensors; with more than one chunk its logits are computed twice
   * @param vision which weights of a model that sees pictures are trained
   */
  public record Settings(boolean recompute, int headTokens, VisionTraining vision) {
    public Settings {
      if (headTokens < 1) {
        throw new IllegalArgumentException("headTokens = " + headTokens);
      }
    }

    /** As above, with everything trained. */
    public Settings(boolean recompute, int headTokens) {
      this(recompute, headTokens, VisionTraining.ALL);
    }
  }

  private final Parameters parameters;
  private final Parameters gradient;
  private final Settings settings;

  /**
   * A pass over trainable parameters; for log-probs alone frozen ones do.
   *
   * @param parameters they stay the caller's
   */
  public TrainingPass(Parameters parameters, Settings settings) {
    this.parameters = parameters;
    this.settings = settings;
    this.gradient = parameters.gradientViews();
  }

  /**
   * Adds the gradient of a loss to {@link Parameters#gradient()}.
   *
   * @param places places in the packed tokens of those BEFORE each wanted one, none twice {@code
   *     [targets]}
   * @param targets ids of the wanted tokens {@code [targets]}
   * @param temperature divides the logits
   * @param loss receives the log-probs {@code [targets]}, nats, and returns the derivative of the
   *     loss by each of them {@code [targets]}
   * @throws IllegalArgumentException if places and targets do not fit the batch
   * @throws IllegalStateException if the parameters are frozen
   */
  public void accumulate(
      PackedSequences batch,
      int[] places,
      int[] targets,
      double temperature,
      UnaryOperator<float[]> loss) {
    accumulate(batch, () -> Buckets.of(batch), places, targets, temperature, loss);
  }

  /**
   * The same of sequences that are spread over the ranks of an update: each rank computes its part
   * of every sequence and adds the part of the gradient that its tokens have, so that the sum over
   * all ranks is the gradient. All ranks call it with equal arguments and equal losses.
   *
   * @param loss receives on every rank the log-probs of all wanted tokens
   * @throws dev.mirrorspark.reduce.RankFailure if another rank has failed
   */
  public void accumulateSpread(
      Ranks ranks,
      PackedSequences batch,
      int[] places,
      int[] targets,
      double temperature,
      UnaryOperator<float[]> loss) {
    accumulate(batch, () -> Spread.of(batch, ranks), places, targets, temperature, loss);
  }

  private void accumulate(
      PackedSequences batch,
      Supplier<TokenRows> laid,
      int[] places,
      int[] targets,
      double temperature,
      UnaryOperator<float[]> loss) {
    parameters.gradient();
    check(batch, places, targets);
    if (targets.length == 0) {
      loss.apply(new float[0]);
      return;
    }
    try (var scope = new PointerScope();
        var noGrad = new NoGradGuard()) {
      TokenRows rows = laid.get();
      var shared = shared(batch, rows);
      Optional<PictureRows> pictures = pictures(batch, rows, settings.vision()::trains);
      List<LayerPass> layers = new ArrayList<>();
      List<Tensor> inputs = new ArrayList<>();
      Tensor x = embedded(rows, pictures);
      for (int i = 0; i < parameters.shape().layers(); i++) {
        if (settings.recompute()) {
          inputs.add(x.clone());
          LayerPass.apply(shared, parameters, i, x);
        } else {
          layers.add(new LayerPass(shared, parameters, i));
          layers.get(i).forward(x);
        }
      }
      Tensor dx = torch.zeros_like(x);
      head(rows, x, dx, places, targets, temperature, loss);
      for (int i = parameters.shape().layers() - 1; i >= 0; i--) {
        try (var layer =
            settings.recompute() ? new LayerPass(shared, parameters, i) : layers.remove(i)) {
          if (settings.recompute()) {
            layer.again(inputs.get(i));
            inputs.remove(i).close();
          }
          layer.backward(dx, gradient.layer(i));
        }
      }
      pictures.ifPresent(shown -> shown.backward(dx));
      ofEmbedding(rows, batch.tokens(), dx);
      if (!settings.vision().trainsDecoder() && parameters.shape().vision().present()) {
        long decoder = parameters.layout().entry(VisionEncoder.FIRST).offset();
        parameters.gradient().narrow(0, 0, decoder).zero_();
      }
    }
  }

  /** Writes the gradient of x at the wanted places to dx. */
  private void head(
      TokenRows rows,
      Tensor x,
      Tensor dx,
      int[] places,
      int[] targets,
      double temperature,
      UnaryOperator<float[]> loss) {
    int[] own =
        rows instanceof Spread spread
            ? spread.own(places)
            : IntStream.range(0, places.length).toArray();
    if (own.length == 0) { // only where the sequences are spread
      ofAll(rows, own, new float[0], places, loss);
      return;
    }
    Tensor wanted = rows(rows, of(places, own));
    try (var inner = new PointerScope();
        var head =
            new LanguageHead(
                parameters,
                x.index_select(0, wanted),
                of(targets, own),
                temperature,
                settings.headTokens())) {
      float[] derivatives = ofAll(rows, own, head.logprobs(true), places, loss);
      dx.index_copy_(0, wanted, head.backward(derivatives, gradient));
    }
  }

  /** The derivatives by this rank's log-probs, from a loss over those of all ranks. */
  private static float[] ofAll(
      TokenRows rows, int[] own, float[] logprobs, int[] places, UnaryOperator<float[]> loss) {
    if (!(rows instanceof Spread spread)) {
      return loss.apply(logprobs);
    }
    float[] derivatives = loss.apply(spread.gather(logprobs, places));
    float[] mine = new float[own.length];
    for (int i = 0; i < own.length; i++) {
      mine[i] = derivatives[own[i]];
    }
    return mine;
  }

  private static int[] of(int[] values, int[] indices) {
    return IntStream.of(indices).map(i -> values[i]).toArray();
  }

  /** Adds the gradient of the embedding by the tokens that have a row here. */
  private void ofEmbedding(TokenRows rows, int[] tokens, Tensor dx) {
    int[] here =
        IntStream.range(0, tokens.length).filter(token -> rows.rows()[token] >= 0).toArray();
    if (here.length > 0) {
      Gradients.addByToken(gradient.embedding(), of(tokens, here), of(rows.rows(), here), dx);
    }
  }

  /**
   * Log-probs {@code [targets]}, nats, without a gradient.
   *
   * @see #accumulate
   */
  public float[] logprobs(PackedSequences batch, int[] places, int[] targets, double temperature) {
    return targets.length == 0
        ? new float[0]
        : read(batch, places, targets, temperature, head -> head.logprobs(false));
  }

  /**
   * The same log-probs, with the entropy of the distribution at each place.
   *
   * @see #accumulate
   */
  public TokenFigures figures(
      PackedSequences batch, int[] places, int[] targets, double temperature) {
    return targets.length == 0
        ? new TokenFigures(new float[0], new float[0])
        : read(batch, places, targets, temperature, LanguageHead::figures);
  }

  private <T> T read(
      PackedSequences batch,
      int[] places,
      int[] targets,
      double temperature,
      Function<LanguageHead, T> wish) {
    check(batch, places, targets);
    try (var scope = new PointerScope();
        var noGrad = new NoGradGuard()) {
      var buckets = Buckets.of(batch);
      var shared = shared(batch, buckets);
      Tensor x = embedded(buckets, pictures(batch, buckets, name -> false));
      for (int i = 0; i < parameters.shape().layers(); i++) {
        LayerPass.apply(shared, parameters, i, x);
      }
      Tensor wanted = x.index_select(0, rows(buckets, places));
      try (var head =
          new LanguageHead(parameters, wanted, targets, temperature, settings.headTokens())) {
        return wish.apply(head);
      }
    }
  }

  private void check(PackedSequences batch, int[] places, int[] targets) {
    if (places.length != targets.length) {
      throw new IllegalArgumentException(places.length + " places, " + targets.length + " targets");
    }
    var seen = new BitSet();
    for (int place : places) {
      if (place < 0 || place >= batch.tokens().length || seen.get(place)) {
        throw new IllegalArgumentException("place " + place + " is outside the batch or twice");
      }
      seen.set(place);
    }
  }

  private Batch shared(PackedSequences batch, TokenRows rows) {
    var shape = parameters.shape();
    var positions = RotaryPositions.of(shape.vision(), batch, rows);
    var rotation = Rotation.of(shape, positions, rows.longest(), parameters.flat());
    return new Batch(shape, rows, rotation);
  }

  private Optional<PictureRows> pictures(
      PackedSequences batch, TokenRows rows, Predicate<String> trains) {
    return batch.pictures().isEmpty()
        ? Optional.empty()
        : Optional.of(PictureRows.of(parameters, batch, rows, trains));
  }

  private Tensor embedded(TokenRows rows, Optional<PictureRows> pictures) {
    Tensor x = parameters.embedding().index_select(0, indices(rows.tokens()));
    pictures.ifPresent(shown -> shown.put(x));
    return x;
  }

  /** The shape of the model. */
  public ModelShape shape() {
    return parameters.shape();
  }

  private Tensor rows(TokenRows rows, int[] places) {
    return indices(of(rows.rows(), places));
  }

  private Tensor indices(int[] values) {
    return Tensors.indices(values, parameters.flat().device());
  }

  /** The parameters belong to the caller. */
  @Override
  public void close() {
    gradient.close();
  }
}
