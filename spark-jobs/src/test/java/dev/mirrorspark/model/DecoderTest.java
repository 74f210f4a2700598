package dev.mirrorspark.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The decoder on LibTorch gives the logits of the float64 reference, without a cache. */
class DecoderTest {
  private static final int VOCAB = 40;

  @ParameterizedTest(name = "{0}: {1} heads over {2}, bias {3}, tied {4}")
  @CsvSource({
    "llama, 4, 4, false, true",
    "llama, 4, 2, false, false",
    "llama, 6, 2, true, true",
    "llama, 4, 1, true, false",
    "qwen2, 4, 2, true, true",
    "qwen2, 6, 3, true, false",
  })
  void logitsEqualTheReference(
      String family, int heads, int kvHeads, boolean bias, boolean tied, @TempDir Path work) {
    // head_dim 10 is not hidden / heads: the projections are not square
    boolean outputBias = bias && family.equals("llama");
    var shape =
        new ModelShape(
            family, VOCAB, 24, 3, heads, kvHeads, 10, 44, 64, 10_000, 1e-5, bias, outputBias, tied);
    float[] flat = RandomCheckpoint.flat(shape, 17);
    // through a folder, sharded: what is compared is what a reader of the files computes
    Path folder = RandomCheckpoint.save(work, shape, flat, DType.F32, 20_000);
    var model = LoadedModel.load(folder);
    assertEquals(shape, model.shape());
    int[] tokens = new Random(5).ints(50, 0, VOCAB).toArray();
    double[][] expected = new Float64Reference(shape, flat).logits(tokens);
    double[][] logits = decoderLogits(model, tokens);
    for (int t = 0; t < tokens.length; t++) {
      assertArrayEquals(expected[t], logits[t], 1e-3, "after token " + t);
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("dev.mirrorspark.model.FamilyShapes#all")
  void everyFamilysLogitsEqualTheReference(String name, ModelShape shape, @TempDir Path work) {
    float[] flat = RandomCheckpoint.flat(shape, 41);
    Path folder = RandomCheckpoint.save(work, shape, flat, DType.F32, 20_000);
    var model = LoadedModel.load(folder);
    assertEquals(shape, model.shape());
    int[] tokens = new Random(6).ints(50, 0, VOCAB).toArray();
    double[][] expected = new Float64Reference(shape, flat).logits(tokens);
    assertRows(expected, decoderLogits(model, tokens));
    for (int first : new int[] {1, 9, 31}) {
      assertRows(expected, cachedLogits(shape, flat, tokens, first, Products.IN_MEMORY));
      assertRows(expected, cachedLogits(shape, flat, tokens, first, 1)); // as large weights are
    }
    assertRows(expected, logitsOfPieces(shape, flat, tokens));
  }

  /** Else the test above would pass without them. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("dev.mirrorspark.model.FamilyShapes#all")
  void whatAFamilyAddsMovesTheLogits(String name, ModelShape shape) {
    float[] flat = RandomCheckpoint.flat(shape, 41);
    int[] tokens = new Random(6).ints(50, 0, VOCAB).toArray();
    double[] last = new Float64Reference(shape, flat).logits(tokens)[49];
    var bare = shape.with(Rope.plain(shape.rope().theta()));
    bare =
        bare.with(
            new AttentionTraits(
                shape.qkvBias(),
                shape.outputBias(),
                shape.qkNorm(),
                LayerAttention.full(shape.layers())));
    double[] plain = new Float64Reference(bare, flat).logits(tokens)[49];
    double gap = 0;
    for (int i = 0; i < VOCAB; i++) {
      gap = Math.max(gap, Math.abs(last[i] - plain[i]));
    }
    assertEquals(!shape.equals(bare) && !name.contains("dynamic"), gap > 0.05, name + ": " + gap);
  }

  /** Weights that bf16 holds exactly, so that only the computation rounds. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("dev.mirrorspark.model.FamilyShapes#all")
  void logitsOfBf16ParametersAreInFp32(String name, ModelShape shape) {
    float[] flat = RandomCheckpoint.flat(shape, 47);
    for (int i = 0; i < flat.length; i++) {
      flat[i] = Float.intBitsToFloat(Float.floatToIntBits(flat[i]) & 0xffff0000);
    }
    int[] tokens = new Random(8).ints(30, 0, VOCAB).toArray();
    double[][] expected = new Float64Reference(shape, flat).logits(tokens);
    try (var scope = new PointerScope();
        var noGradient = new NoGradGuard();
        var parameters =
            Parameters.frozen(shape, Tensors.ofFloats(flat, flat.length).to(ScalarType.BFloat16));
        var decoder = new Decoder(parameters)) {
      var logits = decoder.logits(decoder.hidden(PackedRows.oneEach(new int[][] {tokens})));
      assertEquals(ScalarType.Float, logits.scalar_type().intern());
      double[] values = Tensors.doubles(logits);
      double square = 0;
      double scale = 0;
      for (int i = 0; i < values.length; i++) {
        double wanted = expected[i / VOCAB][i % VOCAB];
        square += (values[i] - wanted) * (values[i] - wanted);
        scale += wanted * wanted;
      }
      assertTrue(square < 0.06 * 0.06 * scale, name + ": " + Math.sqrt(square / scale));
    }
  }

  /** Logits of tokens: of the last of the first in a prefill, of the others one step each. */
  private static double[][] cachedLogits(
      ModelShape shape, float[] flat, int[] tokens, int first, long inMemory) {
    double[][] logits = new double[tokens.length][];
    try (var scope = new PointerScope();
        var noGradient = new NoGradGuard();
        var parameters = Parameters.frozen(shape, Tensors.ofFloats(flat, flat.length));
        var decoder = new Decoder(parameters, inMemory);
        // the other slot holds a sequence of another length
        var cache = new KvCache(shape, 2 * KvCache.PAGE, parameters.flat())) {
      var sequences = List.of(cache.open(tokens.length), cache.open(tokens.length));
      var prompts = List.of(new int[] {1, 2, 3}, Arrays.copyOf(tokens, first));
      double[] values = Tensors.doubles(decoder.logits(decoder.prefill(prompts, sequences, cache)));
      logits[first - 1] = Arrays.copyOfRange(values, shape.vocab(), 2 * shape.vocab());
      for (int t = first; t < tokens.length; t++) {
        var both = Tensors.indices(new int[] {5, tokens[t]}, parameters.flat().device());
        var hidden = decoder.step(both, new int[] {3 + t - first, t}, sequences, cache);
        values = Tensors.doubles(decoder.logits(hidden));
        logits[t] = Arrays.copyOfRange(values, shape.vocab(), 2 * shape.vocab());
      }
    }
    return logits;
  }

  /** Logits of the last tokens of pieces, two sequences' at a time, one of which begins later. */
  private static double[][] logitsOfPieces(ModelShape shape, float[] flat, int[] tokens) {
    double[][] logits = new double[tokens.length][];
    try (var scope = new PointerScope();
        var noGradient = new NoGradGuard();
        var parameters = Parameters.frozen(shape, Tensors.ofFloats(flat, flat.length));
        var decoder = new Decoder(parameters);
        var cache = new KvCache(shape, 2 * KvCache.PAGE, parameters.flat())) {
      var one = cache.open(tokens.length);
      var other = cache.open(tokens.length);
      int[] ends = {4, 5, 17, 18, 50};
      int from = 0;
      int otherFrom = 0;
      for (int end : ends) {
        var piece = new Decoder.Piece(Arrays.copyOfRange(tokens, from, end), from, one);
        int half = (end + 1) / 2;
        var second =
            new Decoder.Piece(Arrays.copyOfRange(tokens, otherFrom, half), otherFrom, other);
        var pieces = half > otherFrom ? List.of(second, piece) : List.of(piece);
        double[] values = Tensors.doubles(decoder.logits(decoder.prefill(pieces, cache)));
        int rows = pieces.size();
        logits[end - 1] = Arrays.copyOfRange(values, (rows - 1) * VOCAB, rows * VOCAB);
        if (rows == 2) {
          logits[half - 1] = Arrays.copyOf(values, VOCAB);
        }
        from = end;
        otherFrom = half;
      }
    }
    return logits;
  }

  /** Rows of no token are left out. */
  private static void assertRows(double[][] expected, double[][] actual) {
    for (int t = 0; t < expected.length; t++) {
      if (actual[t] != null) {
        assertArrayEquals(expected[t], actual[t], 1e-3, "token " + t);
      }
    }
  }

  @Test
  void reproducesTheTrainedCheckpoint() {
    var stories = StoriesCheckpoint.require();
    var model = LoadedModel.load(stories.folder());
    int[] ids = stories.ids();
    double[][] logits = decoderLogits(model, Arrays.copyOf(ids, ids.length - 1));
    assertArrayEquals(stories.logits(), logits[StoriesCheckpoint.PREFIX - 1], 1e-3);
    for (int t = 0; t < logits.length; t++) {
      double[] logprobs = Float64Reference.logSoftmax(logits[t]);
      assertEquals(ids[t + 1], StoriesReferenceTest.argmax(logprobs), "token " + (t + 1));
      assertEquals(stories.logprobs()[t], logprobs[ids[t + 1]], 1e-4, "token " + (t + 1));
    }
  }

  private static double[][] decoderLogits(LoadedModel model, int[] tokens) {
    return decoderLogits(model.shape(), model.flat(), PackedRows.oneEach(new int[][] {tokens}));
  }

  private static double[][] decoderLogits(ModelShape shape, float[] flat, PackedRows rows) {
    try (var scope = new PointerScope();
        var noGradient = new NoGradGuard();
        var parameters = Parameters.frozen(shape, Tensors.ofFloats(flat, flat.length));
        var decoder = new Decoder(parameters)) {
      double[] values = Tensors.doubles(decoder.logits(decoder.hidden(rows)));
      double[][] logits = new double[rows.tokens().length][];
      for (int t = 0; t < logits.length; t++) {
        logits[t] = Arrays.copyOfRange(values, t * shape.vocab(), (t + 1) * shape.vocab());
      }
      return logits;
    }
  }
}
