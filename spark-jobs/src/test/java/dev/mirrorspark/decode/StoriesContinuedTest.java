package dev.mirrorspark.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.model.LoadedModel;
import dev.mirrorspark.model.Parameters;
import dev.mirrorspark.model.StoriesCheckpoint;
import dev.mirrorspark.model.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A trained model's greedy responses, put off again and again, against the uninterrupted ones: the
 * same tokens, but for steps whose two best logits are a near tie, which are counted.
 */
class StoriesContinuedTest {
  private static final int RESPONSES = 24;
  private static final int LENGTH = 160;
  private static final int SLOTS = 8;
  private static final double NEAR_TIE = 1e-4;

  @ParameterizedTest(name = "budget {0}")
  @ValueSource(ints = {1, 13, 40})
  void goOnWithTheTokensThatTheyWouldHaveHad(int budget) {
    var stories = StoriesCheckpoint.require();
    var model = LoadedModel.load(stories.folder());
    List<DecodeRequest> requests = new ArrayList<>();
    for (int i = 0; i < RESPONSES; i++) { // beginnings of the story, each another prompt
      int[] prompt = Arrays.copyOf(stories.ids(), 2 + i);
      prompt[prompt.length - 1] = stories.ids()[30 + i];
      requests.add(new DecodeRequest("p" + i, 0, prompt, i));
    }
    var whole = finished(model, requests, new Sampling(0, LENGTH));
    var pieces = finished(model, requests, new Sampling(0, LENGTH, budget, 0, 0));
    int ties = 0;
    int tokens = 0;
    for (var request : requests) {
      int[] expected = whole.get(request.promptId());
      int[] actual = pieces.get(request.promptId());
      int at = Arrays.mismatch(expected, actual);
      tokens += at < 0 ? expected.length : at;
      if (at >= 0) {
        double gap = gap(model, request.promptTokens(), expected, at);
        assertTrue(gap <= NEAR_TIE, request.promptId() + ", token " + at + ": gap " + gap);
        ties++;
      }
    }
    System.out.printf(
        "budget %d: %d tokens of %d responses are the same, %d near ties%n",
        budget, tokens, RESPONSES, ties);
    assertTrue(tokens > RESPONSES * LENGTH / 2, tokens + " tokens compared");
    assertTrue(ties <= 1, ties + " near ties");
  }

  /** How far apart the two best logits are at a token of a response. */
  private static double gap(LoadedModel model, int[] prompt, int[] response, int token) {
    double[] logprobs =
        UncachedLogprobs.distributions(model.shape(), model.flat(), prompt, response, 1)[token]
            .clone();
    Arrays.sort(logprobs);
    return logprobs[logprobs.length - 1] - logprobs[logprobs.length - 2];
  }

  /** The whole responses, by prompt, each put off and continued until it ends. */
  private static Map<String, int[]> finished(
      LoadedModel model, List<DecodeRequest> requests, Sampling sampling) {
    Map<String, int[]> finished = new TreeMap<>();
    List<DecodeRequest> waiting = requests;
    int cycles = 0;
    while (!waiting.isEmpty()) {
      List<DecodeRequest> next = new ArrayList<>();
      for (var segment : decode(model, waiting, sampling)) {
        var joined = DecodeEngineTest.joined(segment);
        if (segment.stopReason() == StopReason.BUDGET) {
          next.add(joined.request());
        } else {
          finished.put(joined.request().promptId(), joined.tokens());
        }
      }
      waiting = next;
      cycles++;
    }
    assertEquals(sampling.budget() > 0, cycles > 1);
    return finished;
  }

  private static List<Decoded> decode(
      LoadedModel model, List<DecodeRequest> requests, Sampling sampling) {
    var decoded = new ArrayList<Decoded>();
    float[] flat = model.flat();
    int slots = Math.min(SLOTS, requests.size());
    try (var scope = new PointerScope();
        var parameters = Parameters.frozen(model.shape(), Tensors.ofFloats(flat, flat.length));
        var engine = new DecodeEngine(parameters, slots, 256, sampling, Set.of(2))) {
      engine.decode(requests.iterator(), decoded::add, new AtomicInteger()::addAndGet);
    }
    return decoded;
  }
}
