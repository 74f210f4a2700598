package dev.mirrorspark.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** The float64 reference itself is right: it reproduces a trained model's published output. */
class StoriesReferenceTest {
  @Test
  void reproducesTheExpectedContinuation() {
    var stories = StoriesCheckpoint.require();
    var model = LoadedModel.load(stories.folder());
    int[] ids = stories.ids();
    double[][] logits =
        new Float64Reference(model.shape(), model.flat())
            .logits(Arrays.copyOf(ids, ids.length - 1));
    assertArrayEquals(stories.logits(), logits[StoriesCheckpoint.PREFIX - 1], 1e-4);
    for (int t = 0; t < logits.length; t++) {
      double[] logprobs = Float64Reference.logSoftmax(logits[t]);
      assertEquals(ids[t + 1], argmax(logprobs), "token " + (t + 1));
      assertEquals(stories.logprobs()[t], logprobs[ids[t + 1]], 1e-4, "token " + (t + 1));
    }
  }

  static int argmax(double[] values) {
    int best = 0;
    for (int i = 1; i < values.length; i++) {
      best = values[i] > values[best] ? i : best;
    }
    return best;
  }
}
