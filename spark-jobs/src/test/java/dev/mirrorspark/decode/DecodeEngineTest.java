package dev.mirrorspark.decode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.model.ModelShape;
import dev.mirrorspark.model.Parameters;
import dev.mirrorspark.model.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DecodeEngineTest {
  private static final ModelShape SHAPE = TinyPolicy.SHAPE;
  private static final float[] FLAT = TinyPolicy.flat(3);
  private static final int EOS = 2;

  @ParameterizedTest(name = "temperature {0}")
  @ValueSource(doubles = {0, 0.5, 1, 1.7})
  void logprobsAreThoseOfAnUncachedForwardPass(double temperature) {
    var decoded = decode(requests(23), 5, new Sampling(temperature, 30));
    for (var response : decoded) {
      int[] tokens = response.tokens();
      double[][] expected =
          UncachedLogprobs.distributions(
              SHAPE,
              FLAT,
              response.request().promptTokens(),
              tokens,
              temperature == 0 ? 1 : temperature);
      for (int t = 0; t < tokens.length; t++) {
        assertEquals(expected[t][tokens[t]], response.logprobs()[t], 1e-4, "token " + t);
        if (temperature == 0) {
          double most = Arrays.stream(expected[t]).max().orElseThrow();
          assertEquals(most, response.logprobs()[t], 1e-4, "token " + t);
        }
      }
    }
  }

  @Test
  void everyRequestIsAnsweredOnceWhateverTheSlots() {
    var requests = requests(23);
    var expected = tokens(decode(requests, 23, new Sampling(0, 30)));
    assertEquals(23, expected.size());
    for (int slots : new int[] {1, 2, 7, 40}) {
      assertEquals(
          expected, tokens(decode(requests, slots, new Sampling(0, 30))), slots + " slots");
    }
  }

  @Test
  void theSameRequestsGiveTheSameBits() {
    var sampling = new Sampling(1, 40);
    var first = decode(requests(23), 6, sampling);
    var second = decode(requests(23), 6, sampling);
    assertEquals(tokens(first), tokens(second));
    for (int i = 0; i < first.size(); i++) {
      assertEquals(first.get(i).request().promptId(), second.get(i).request().promptId());
      assertArrayEquals(first.get(i).logprobs(), second.get(i).logprobs());
    }
  }

  @ParameterizedTest(name = "temperature {0}, budget {1}, full slots {2}, {3} slots")
  @CsvSource({
    "0, 1, 0, 23",
    "0, 7, 0, 5",
    "0, 0, 0.9, 6",
    "0, 5, 0.5, 4",
    "1, 7, 0, 5",
    "1, 0, 0.9, 6",
  })
  void aResponseThatWasPutOffGoesOnAsIfItHadNotBeen(
      double temperature, int budget, double fullSlots, int slots) {
    var whole = tokens(decode(requests(23), 5, new Sampling(temperature, 40)));
    var sampling = new Sampling(temperature, 40, budget, fullSlots, 0);
    var ended = new ArrayList<Decoded>();
    int cycles = 0;
    List<DecodeRequest> waiting = requests(23);
    while (!waiting.isEmpty()) {
      var decoded = decode(waiting, Math.min(slots, waiting.size()), sampling);
      assertEquals(waiting.size(), decoded.size(), "no response is lost or doubled");
      List<DecodeRequest> next = new ArrayList<>();
      for (var segment : decoded) {
        assertTrue(segment.tokens().length > 0);
        assertTrue(budget == 0 || segment.tokens().length <= budget);
        var joined = joined(segment);
        if (segment.stopReason() == StopReason.BUDGET) {
          next.add(joined.request());
        } else {
          ended.add(joined);
        }
      }
      waiting = next;
      cycles++;
    }
    assertEquals(whole, tokens(ended));
    assertTrue(cycles > 1, "nothing was put off");
  }

  /** The segment with all that was before it, as a response and as the request to go on. */
  static Decoded joined(Decoded segment) {
    var request = segment.request();
    int[] earlier = request.begun().tokens();
    int[] all = Arrays.copyOf(earlier, earlier.length + segment.tokens().length);
    System.arraycopy(segment.tokens(), 0, all, earlier.length, segment.tokens().length);
    var begun = new Begun(0, request.begun().segments() + 1, request.promptTokens(), all);
    var next =
        new DecodeRequest(
            request.promptId(), request.sample(), request.promptTokens(), request.seed(), begun);
    return new Decoded(next, all, segment.logprobs(), segment.stopReason(), 0);
  }

  @Test
  void idleSlotsAreCounted() {
    try (var scope = new PointerScope();
        var parameters = Parameters.frozen(SHAPE, Tensors.ofFloats(FLAT, FLAT.length));
        var engine =
            new DecodeEngine(
                parameters, 8, SHAPE.maxPositions(), new Sampling(1, 30), Set.of(EOS))) {
      var decoded = new ArrayList<Decoded>();
      engine.decode(requests(23).iterator(), decoded::add, n -> {});
      long later = decoded.stream().mapToLong(r -> r.tokens().length - 1).sum();
      assertEquals(later, engine.busySteps());
      assertTrue(engine.slotSteps() > engine.busySteps() && engine.slotSteps() % 8 == 0);
    }
  }

  @Test
  void stopReasonSaysHowAResponseEnded() {
    var decoded = decode(requests(200), 16, new Sampling(1, 20));
    var reasons =
        decoded.stream().collect(Collectors.groupingBy(Decoded::stopReason, Collectors.counting()));
    assertTrue(reasons.get(StopReason.STOP) > 20, reasons.toString());
    assertTrue(reasons.get(StopReason.LENGTH) > 20, reasons.toString());
    for (var response : decoded) {
      int[] tokens = response.tokens();
      assertEquals(tokens.length, response.logprobs().length);
      long ends = IntStream.of(tokens).filter(token -> token == EOS).count();
      if (response.stopReason() == StopReason.STOP) {
        assertEquals(EOS, tokens[tokens.length - 1]);
        assertEquals(1, ends);
      } else {
        assertEquals(20, tokens.length);
        assertEquals(0, ends);
      }
    }
  }

  @Test
  void aResponseEndsWhereTheContextIsFull() {
    int[] prompt = new int[SHAPE.maxPositions() - 3];
    Arrays.fill(prompt, 5);
    var request = new DecodeRequest("long", 0, prompt, 1);
    for (var response : decode(List.of(request), 2, new Sampling(0, 30))) {
      assertEquals(3, response.tokens().length);
      assertEquals(StopReason.LENGTH, response.stopReason());
    }
    var full = new DecodeRequest("full", 0, new int[SHAPE.maxPositions()], 1);
    assertThrows(
        IllegalArgumentException.class, () -> decode(List.of(full), 2, new Sampling(0, 30)));
  }

  @Test
  void tokensAreDrawnFromTheDistribution() {
    int count = 20_000;
    int[] prompt = {1, 7, 9};
    var requests =
        IntStream.range(0, count)
            .mapToObj(i -> new DecodeRequest("p", i, prompt, Seeds.response(11, 0, "p", i)))
            .toList();
    double[] frequency = new double[SHAPE.vocab()];
    for (var response : decode(requests, 1000, new Sampling(0.8, 1))) {
      frequency[response.tokens()[0]] += 1.0 / count;
    }
    double[] logprobs = UncachedLogprobs.distributions(SHAPE, FLAT, prompt, new int[] {0}, 0.8)[0];
    for (int token = 0; token < frequency.length; token++) {
      double p = Math.exp(logprobs[token]);
      double deviation = Math.sqrt(p * (1 - p) / count);
      assertEquals(p, frequency[token], 4.5 * deviation + 1e-9, "token " + token);
    }
  }

  @Test
  void progressCountsAllTokensButTheFirstOfEachResponse() {
    var counted = new AtomicInteger();
    var decoded = new ArrayList<Decoded>();
    run(requests(23), 5, new Sampling(1, 30), decoded, counted);
    int tokens = decoded.stream().mapToInt(response -> response.tokens().length).sum();
    assertEquals(tokens, counted.get() + decoded.size());
  }

  private static List<DecodeRequest> requests(int count) {
    var random = new Random(29);
    return IntStream.range(0, count)
        .mapToObj(
            i -> {
              int[] prompt = random.ints(1 + random.nextInt(12), 3, SHAPE.vocab()).toArray();
              return new DecodeRequest("p" + i, 0, prompt, Seeds.response(11, 0, "p" + i, 0));
            })
        .toList();
  }

  private static List<Decoded> decode(List<DecodeRequest> requests, int slots, Sampling sampling) {
    var decoded = new ArrayList<Decoded>();
    run(requests, slots, sampling, decoded, new AtomicInteger());
    return decoded;
  }

  private static void run(
      List<DecodeRequest> requests,
      int slots,
      Sampling sampling,
      List<Decoded> decoded,
      AtomicInteger counted) {
    try (var scope = new PointerScope();
        var parameters = Parameters.frozen(SHAPE, Tensors.ofFloats(FLAT, FLAT.length));
        var engine =
            new DecodeEngine(parameters, slots, SHAPE.maxPositions(), sampling, Set.of(EOS))) {
      engine.decode(requests.iterator(), decoded::add, counted::addAndGet);
    }
  }

  /** Prompt and tokens of each response, by prompt. */
  private static List<String> tokens(List<Decoded> decoded) {
    return decoded.stream()
        .map(r -> r.request().promptId() + Arrays.toString(r.tokens()))
        .sorted(Comparator.naturalOrder())
        .toList();
  }
}
