package dev.mirrorspark.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.junit.jupiter.api.Test;

/** Decoding over the cache writes a trained model's published continuation, token by token. */
class StoriesCachedTest {
  @Test
  void reproducesTheExpectedContinuation() {
    var stories = StoriesCheckpoint.require();
    var model = LoadedModel.load(stories.folder());
    int[] ids = stories.ids();
    try (var noGrad = new NoGradGuard();
        var scope = new PointerScope()) {
      var flat = Tensors.ofFloats(model.flat(), model.flat().length);
      try (var parameters = Parameters.frozen(model.shape(), flat);
          var decoder = new Decoder(parameters);
          var cache = new KvCache(model.shape(), ids.length, flat)) {
        var sequence = List.of(cache.open(ids.length));
        var hidden = decoder.prefill(List.of(new int[] {ids[0]}), sequence, cache);
        for (int t = 0; t < ids.length - 1; t++) {
          double[] logits = Tensors.doubles(decoder.logits(hidden));
          if (t == StoriesCheckpoint.PREFIX - 1) {
            assertArrayEquals(stories.logits(), logits, 1e-3);
          }
          double[] logprobs = Float64Reference.logSoftmax(logits);
          int chosen = StoriesReferenceTest.argmax(logprobs);
          assertEquals(ids[t + 1], chosen, "token " + (t + 1));
          assertEquals(stories.logprobs()[t], logprobs[chosen], 1e-4, "token " + (t + 1));
          var token = Tensors.indices(new int[] {chosen}, flat.device());
          hidden = decoder.step(token, new int[] {t + 1}, sequence, cache);
        }
      }
    }
  }
}
