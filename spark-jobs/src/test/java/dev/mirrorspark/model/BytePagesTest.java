package dev.mirrorspark.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Attention over pages of whole numbers against attention in float64 over the numbers stored. */
class BytePagesTest {
  private static final int HEADS = 4;
  private static final int KV_HEADS = 2;
  private static final int D = 10;
  private static final int WIDTH = (HEADS + 2 * KV_HEADS) * D;

  private static ModelShape shape(int window) {
    return new ModelShape(
            "mistral", 40, 24, 1, HEADS, KV_HEADS, D, 44, 2000, 1e4, 1e-5, false, false, true)
        .with(new AttentionTraits(false, false, false, List.of(new LayerAttention(window, true))));
  }

  private static float[] normal(int tokens, long seed) {
    var random = new Random(seed);
    float[] qkv = new float[tokens * WIDTH];
    for (int i = 0; i < qkv.length; i++) {
      qkv[i] = (float) random.nextGaussian() * (i / WIDTH % 5 + 1) / 2;
    }
    return qkv;
  }

  /** Keys and values of all tokens as pages hold them; queries as they are. */
  private static float[] rounded(float[] qkv) {
    float[] all = qkv.clone();
    for (int at = 0; at < all.length; at += D) {
      if (at % WIDTH >= HEADS * D) {
        float largest = 0;
        for (int i = 0; i < D; i++) {
          largest = Math.max(largest, Math.abs(all[at + i]));
        }
        float scale = largest / 127;
        for (int i = 0; i < D; i++) {
          all[at + i] = (float) Math.rint(all[at + i] / scale) * scale;
        }
      }
    }
    return all;
  }

  /** Of the last token, over all keys and values that it sees. */
  private static double[] attention(float[] qkv, int tokens, int window) {
    double[] out = new double[HEADS * D];
    int first = window == 0 ? 0 : Math.max(0, tokens - window);
    for (int head = 0; head < HEADS; head++) {
      double[] scores = new double[tokens];
      double most = Double.NEGATIVE_INFINITY;
      for (int t = first; t < tokens; t++) {
        for (int i = 0; i < D; i++) {
          scores[t] +=
              (double) qkv[(tokens - 1) * WIDTH + head * D + i]
                  * qkv[t * WIDTH + (HEADS + head / 2) * D + i]
                  / Math.sqrt(D);
        }
        most = Math.max(most, scores[t]);
      }
      double sum = 0;
      for (int t = first; t < tokens; t++) {
        sum += Math.exp(scores[t] - most);
      }
      for (int t = first; t < tokens; t++) {
        for (int i = 0; i < D; i++) {
          out[head * D + i] +=
              Math.exp(scores[t] - most)
                  / sum
                  * qkv[t * WIDTH + (HEADS + KV_HEADS + head / 2) * D + i];
        }
      }
    }
    return out;
  }

  private static Tensor tensor(float[] qkv) {
    return Tensors.ofFloats(qkv, qkv.length / WIDTH, HEADS + 2L * KV_HEADS, D);
  }

  private static KvCache cache(ModelShape shape, int tokens) {
    return new KvCache(shape, tokens, Tensors.ofFloats(new float[1], 1), CacheType.INT8);
  }

  /**
   * Exact but for fp32 over what is stored; over what was given, within what rounding by half a
   * step of amax / 127 can do: an error e of the scores makes shares wrong by e^2e - 1 at most.
   */
  @ParameterizedTest(name = "{0} tokens, window {1}")
  @CsvSource({"1, 0", "127, 0", "128, 0", "129, 0", "1500, 0", "1500, 200", "300, 128", "700, 1"})
  void attendsToWhatIsStored(int tokens, int window) {
    float[] given = normal(tokens, 7);
    float[] other = normal(70, 8);
    float[] stored = rounded(given);
    try (var scope = new PointerScope();
        var noGrad = new NoGradGuard();
        var cache = cache(shape(window), 2000)) {
      // the sequence's first page lies apart from the others
      var gap = cache.open(1);
      cache.open(1);
      cache.close(gap);
      var sequence = cache.open(tokens);
      var second = cache.open(70);
      Tensor qkv = tensor(given);
      if (tokens > 1) {
        cache.contents().store(0, sequence, qkv, 0, 0, tokens - 1);
      }
      cache.contents().store(0, second, tensor(other), 0, 0, 69);
      float[] last = Arrays.copyOfRange(other, 69 * WIDTH, 70 * WIDTH);
      float[] both = Arrays.copyOf(last, 2 * WIDTH);
      System.arraycopy(given, (tokens - 1) * WIDTH, both, WIDTH, WIDTH);
      int[] positions = {69, tokens - 1};
      Tensor places = Tensors.indices(positions, qkv.device());
      Tensor mixed =
          cache
              .contents()
              .step(List.of(second, sequence), positions, places)
              .attend(0, tensor(both));
      double[] out = Tensors.doubles(mixed);
      assertArrayEquals(attention(rounded(other), 70, window), Arrays.copyOf(out, HEADS * D), 2e-6);
      double[] mine = Arrays.copyOfRange(out, HEADS * D, 2 * HEADS * D);
      assertArrayEquals(attention(stored, tokens, window), mine, 2e-6);
      double[] exact = attention(given, tokens, window);
      double bound = bound(given, tokens);
      double error = 0;
      for (int i = 0; i < exact.length; i++) {
        error = Math.max(error, Math.abs(exact[i] - mine[i]));
      }
      assertTrue(error > 0 && error <= bound, error + " of at most " + bound);
      // a prefill sees the same
      float[] back = Tensors.floats(qkv);
      for (int i = 0; i < (tokens - 1) * WIDTH; i++) {
        assertEquals(stored[i], back[i], 0, "element " + i);
      }
      Tensor seen = cache.contents().earlier(0, sequence, tokens);
      float[] pairs = Tensors.floats(seen.transpose(0, 1));
      for (int t = 0; t < tokens; t++) {
        for (int i = 0; i < 2 * KV_HEADS * D; i++) {
          assertEquals(
              stored[t * WIDTH + HEADS * D + i], pairs[t * 2 * KV_HEADS * D + i], 0, "token " + t);
        }
      }
    }
  }

  private static double bound(float[] given, int tokens) {
    double largestKey = 0;
    double largestValue = 0;
    double query = 0;
    for (int i = 0; i < tokens * WIDTH; i++) {
      int at = i % WIDTH / D;
      if (at >= HEADS + KV_HEADS) {
        largestValue = Math.max(largestValue, Math.abs(given[i]));
      } else if (at >= HEADS) {
        largestKey = Math.max(largestKey, Math.abs(given[i]));
      }
    }
    for (int head = 0; head < HEADS; head++) {
      double sum = 0;
      for (int i = 0; i < D; i++) {
        sum += Math.abs(given[(tokens - 1) * WIDTH + head * D + i]);
      }
      query = Math.max(query, sum);
    }
    double score = query * largestKey / 254 / Math.sqrt(D);
    return largestValue / 254 + (Math.exp(2 * score) - 1) * largestValue;
  }

  @Test
  void aForkHasThePagesAndACopyOfTheLast() {
    int tokens = 300;
    float[] given = normal(tokens, 9);
    try (var scope = new PointerScope();
        var noGrad = new NoGradGuard();
        var cache = cache(shape(0), 2000)) {
      var prompt = cache.open(tokens);
      cache.contents().store(0, prompt, tensor(given), 0, 0, tokens);
      var forks = List.of(cache.fork(prompt, tokens, 400), cache.fork(prompt, tokens, 700));
      cache.fill(prompt, tokens, forks);
      List<float[]> held = new ArrayList<>();
      for (var sequence : List.of(prompt, forks.get(0), forks.get(1))) {
        held.add(Tensors.floats(cache.contents().earlier(0, sequence, tokens)));
      }
      assertArrayEquals(held.get(0), held.get(1));
      assertArrayEquals(held.get(0), held.get(2));
    }
  }

  @Test
  void bytesAreAQuarterAndAScaleForEachHead() {
    var wide =
        new ModelShape("llama", 40, 576, 30, 9, 3, 64, 1536, 64, 1e4, 1e-5, false, false, true);
    assertEquals(2L * 30 * 3 * 64 * 4 * 1000, CacheType.MODEL.bytes(wide, 1000, 4));
    assertEquals(2L * 30 * 3 * (64 + 4) * 1000, CacheType.INT8.bytes(wide, 1000, 4));
    assertEquals(CacheType.INT8, CacheType.labelled("int8"));
  }

  @Test
  void isForACpuInFp32() {
    try (var scope = new PointerScope()) {
      Tensor like = Tensors.ofFloats(new float[1], 1).to(ScalarType.BFloat16);
      assertThrows(
          IllegalArgumentException.class, () -> new KvCache(shape(0), 100, like, CacheType.INT8));
    }
  }

  /** The trained model's log-probs of its continuation, over rounded keys and values. */
  @Test
  void theTrainedModelsLogProbsStayNear() {
    var stories = StoriesCheckpoint.require();
    var model = LoadedModel.load(stories.folder());
    int[] ids = stories.ids();
    double sum = 0;
    double most = 0;
    try (var noGrad = new NoGradGuard();
        var scope = new PointerScope()) {
      var flat = Tensors.ofFloats(model.flat(), model.flat().length);
      try (var parameters = Parameters.frozen(model.shape(), flat);
          var decoder = new Decoder(parameters);
          var cache = new KvCache(model.shape(), ids.length, flat, CacheType.INT8)) {
        var sequence = List.of(cache.open(ids.length));
        var hidden = decoder.prefill(List.of(new int[] {ids[0]}), sequence, cache);
        for (int t = 0; t < ids.length - 1; t++) {
          double[] logits = Tensors.doubles(decoder.logits(hidden));
          double gap =
              Math.abs(Float64Reference.logSoftmax(logits)[ids[t + 1]] - stories.logprobs()[t]);
          sum += gap;
          most = Math.max(most, gap);
          var token = Tensors.indices(new int[] {ids[t + 1]}, flat.device());
          hidden = decoder.step(token, new int[] {t + 1}, sequence, cache);
        }
      }
    }
    double mean = sum / (ids.length - 1);
    System.out.printf("log-probs over bytes: mean gap %.5f, largest %.5f nats%n", mean, most);
    assertTrue(mean > 1e-6 && mean < 0.02 && most < 0.2, mean + ", " + most);
  }
}
