package dev.mirrorspark.decode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.model.CacheType;
import dev.mirrorspark.model.KvCache;
import dev.mirrorspark.model.ModelShape;
import dev.mirrorspark.model.ParameterLayout;
import dev.mirrorspark.model.Parameters;
import dev.mirrorspark.model.Tensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Decoding over several pages: shared prompts, prompts in pieces, a bounded cache, blocks. */
class PagedDecodeTest {
  private static final ModelShape SHAPE =
      new ModelShape("llama", 50, 16, 2, 4, 2, 4, 24, 3000, 10_000, 1e-6, false, false, true);
  private static final float[] FLAT = flat();
  private static final EndTest ENDS = EndTest.ofTokens(Set.of(2));

  private static float[] flat() {
    var random = new Random(3);
    float[] flat = new float[(int) ParameterLayout.of(SHAPE).size()];
    for (int i = 0; i < flat.length; i++) {
      flat[i] = 0.4f * (float) random.nextGaussian();
    }
    return flat;
  }

  /** Responses by prompt and sample, and what the engine counted. */
  private record Run(Map<String, Decoded> responses, long prefill, long reads, int leastFree) {}

  private static Run run(
      List<DecodeRequest> requests, DecodeEngine.Room room, Sampling sampling, int block) {
    Map<String, Decoded> responses = new TreeMap<>();
    int[] least = {Integer.MAX_VALUE};
    try (var scope = new PointerScope();
        var parameters = Parameters.frozen(SHAPE, Tensors.ofFloats(FLAT, FLAT.length));
        var engine = new DecodeEngine(parameters, room, sampling, ENDS, block)) {
      engine.decode(
          requests.iterator(),
          d -> responses.put(d.request().promptId() + "/" + d.request().sample(), d),
          n -> least[0] = Math.min(least[0], engine.cache().freePages()));
      return new Run(responses, engine.prefillTokens(), engine.reads(), least[0]);
    }
  }

  private static List<DecodeRequest> groups(int prompts, int samples, int length) {
    var random = new Random(5);
    List<DecodeRequest> requests = new ArrayList<>();
    for (int p = 0; p < prompts; p++) {
      int[] prompt = random.ints(length - 7 * p, 3, 50).toArray();
      for (int s = 0; s < samples; s++) {
        requests.add(new DecodeRequest("p" + p, s, prompt, Seeds.response(1, 0, "p" + p, s)));
      }
    }
    return requests;
  }

  /** The samples of a prompt apart, so that none is shared. */
  private static List<DecodeRequest> apart(List<DecodeRequest> groups, int samples) {
    List<DecodeRequest> apart = new ArrayList<>();
    for (int s = 0; s < samples; s++) {
      for (int i = s; i < groups.size(); i += samples) {
        apart.add(groups.get(i));
      }
    }
    return apart;
  }

  private static void assertSame(Run expected, Run actual) {
    assertEquals(expected.responses().keySet(), actual.responses().keySet());
    expected
        .responses()
        .forEach(
            (id, response) -> {
              assertArrayEquals(response.tokens(), actual.responses().get(id).tokens(), id);
              assertArrayEquals(
                  response.logprobs(), actual.responses().get(id).logprobs(), 1e-4f, id);
            });
  }

  @ParameterizedTest(name = "{0} slots")
  @ValueSource(ints = {24, 5})
  void aSharedPromptIsComputedOnceAndChangesNoToken(int slots) {
    var requests = groups(3, 8, 500); // a part of the last page is copied to each
    var room = new DecodeEngine.Room(slots, 700, 0);
    var sampling = new Sampling(1, 150);
    var shared = run(requests, room, sampling, 1);
    var separate = run(apart(requests, 8), room, sampling, 1);
    assertEquals(500 + 493 + 486, shared.prefill());
    assertEquals(8 * shared.prefill(), separate.prefill());
    assertSame(separate, shared);
  }

  /** What goes on shares its prompt, too: the tokens are those of going on by itself. */
  @ParameterizedTest(name = "{0} slots")
  @ValueSource(ints = {24, 5})
  void responsesThatGoOnShareTheirPrompt(int slots) {
    var room = new DecodeEngine.Room(slots, 700, 0);
    List<DecodeRequest> unfinished = new ArrayList<>();
    run(groups(3, 8, 500), room, new Sampling(1, 150, 40, 0, 0), 1).responses().values().stream()
        .filter(d -> d.stopReason() == StopReason.BUDGET)
        .forEach(d -> unfinished.add(DecodeEngineTest.joined(d).request()));
    assertTrue(unfinished.size() > 6, unfinished.size() + " go on");
    long prompts = unfinished.stream().mapToLong(r -> r.promptTokens().length).sum();
    long distinct = unfinished.stream().mapToLong(r -> r.promptTokens().length).distinct().sum();
    long begun = unfinished.stream().mapToLong(r -> r.begun().tokens().length).sum();
    var shared = run(unfinished, room, new Sampling(1, 80), 1);
    assertEquals(distinct + begun, shared.prefill());
    Map<String, Decoded> alone = new TreeMap<>();
    long computed = 0;
    for (var request : unfinished) {
      var one = run(List.of(request), room, new Sampling(1, 80), 1);
      alone.putAll(one.responses());
      computed += one.prefill();
    }
    assertEquals(prompts + begun, computed);
    assertSame(new Run(alone, computed, 0, 0), shared);
  }

  /**
   * Keys and values of bytes, of prompts in pieces and within one: a response that is put off goes
   * on with the tokens that it would have had, and none differs from what separate prompts give.
   */
  @ParameterizedTest(name = "prompts of {0} tokens")
  @ValueSource(ints = {300, 2100})
  void overBytesResponsesGoOnAsIfTheyHadNotBeenPutOff(int length) {
    var room = new DecodeEngine.Room(5, length + 160, 0, CacheType.INT8);
    var requests = groups(3, 3, length);
    var whole = run(requests, room, new Sampling(1, 120), 1);
    Map<String, Decoded> ended = new TreeMap<>();
    List<DecodeRequest> open = requests;
    int rounds = 0;
    while (!open.isEmpty()) {
      List<DecodeRequest> next = new ArrayList<>();
      for (var d : run(open, room, new Sampling(1, 120, 37, 0, 0), 1).responses().values()) {
        var joined = DecodeEngineTest.joined(d);
        if (d.stopReason() == StopReason.BUDGET) {
          next.add(joined.request());
        } else {
          ended.put(d.request().promptId() + "/" + d.request().sample(), joined);
        }
      }
      open = next;
      rounds++;
    }
    assertTrue(rounds > 2, rounds + " rounds");
    assertEquals(whole.responses().keySet(), ended.keySet());
    ended.forEach((id, d) -> assertArrayEquals(whole.responses().get(id).tokens(), d.tokens(), id));
  }

  @Test
  void aLongPromptIsComputedInPieces() {
    var requests = groups(2, 2, 2 * Prefill.CHUNK / 3 * 2); // one piece and a part
    for (var d :
        run(requests, new DecodeEngine.Room(3, 3000, 0), new Sampling(1, 12), 1)
            .responses()
            .values()) {
      double[][] expected =
          UncachedLogprobs.distributions(SHAPE, FLAT, d.request().promptTokens(), d.tokens(), 1);
      for (int t = 0; t < d.tokens().length; t++) {
        assertEquals(expected[t][d.tokens()[t]], d.logprobs()[t], 2e-4, "token " + t);
      }
    }
  }

  @ParameterizedTest(name = "{0} pages")
  @ValueSource(ints = {3, 4, 7, 11})
  void aSmallCacheLetsFewerInAtATimeAndChangesNoToken(int pages) {
    var requests = groups(4, 3, 200);
    var sampling = new Sampling(1, 100);
    var bounded = run(requests, new DecodeEngine.Room(6, 300, pages * KvCache.PAGE), sampling, 1);
    assertTrue(bounded.leastFree() >= 0 && bounded.leastFree() < pages);
    assertSame(run(requests, new DecodeEngine.Room(6, 300, 0), sampling, 1), bounded);
  }

  @Test
  void aResponseThatTheCacheCannotHoldIsRefused() {
    var room = new DecodeEngine.Room(6, 300, 2 * KvCache.PAGE);
    var refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> run(groups(1, 1, 200), room, new Sampling(1, 100), 1));
    assertTrue(refused.getMessage().contains("p0"), refused.getMessage());
    assertTrue(refused.getMessage().contains("300"), refused.getMessage());
  }

  @ParameterizedTest(name = "temperature {0}")
  @ValueSource(doubles = {0, 1})
  void tokensReadInBlocksAreTheSame(double temperature) {
    var requests = groups(6, 3, 90);
    var room = new DecodeEngine.Room(7, 200, 0);
    var sampling = new Sampling(temperature, 61);
    var single = run(requests, room, sampling, 1);
    var blocks = run(requests, room, sampling, 8);
    assertSame(single, blocks);
    assertTrue(blocks.reads() * 3 < single.reads(), blocks.reads() + " of " + single.reads());
  }

  @Test
  void aStopTextEndsAResponseWhereItAppears() {
    var requests = groups(6, 3, 50);
    var room = new DecodeEngine.Room(7, 120, 0);
    var ends =
        new EndTest(
            Set.of(2),
            List.of("ab"),
            tokens -> {
              var text = new StringBuilder();
              for (int token : tokens) {
                text.append((char) ('a' + token % 4));
              }
              return text.toString();
            });
    var whole = run(requests, room, new Sampling(1, 60), 1);
    try (var scope = new PointerScope();
        var parameters = Parameters.frozen(SHAPE, Tensors.ofFloats(FLAT, FLAT.length));
        var engine = new DecodeEngine(parameters, room, new Sampling(1, 60), ends, 4)) {
      int[] stopped = new int[1];
      engine.decode(
          requests.iterator(),
          d -> {
            int[] all =
                whole.responses().get(d.request().promptId() + "/" + d.request().sample()).tokens();
            String text = ends.text().apply(all);
            int at = text.indexOf("ab");
            assertEquals(at < 0 ? all.length : at + 2, d.tokens().length, text);
            if (at >= 0) {
              assertEquals(StopReason.STOP, d.stopReason());
              stopped[0]++;
            }
          },
          n -> {});
      assertTrue(stopped[0] > 3, stopped[0] + " stopped");
    }
  }

  /**
   * Of the responses to each prompt some are given up: as they wait, while a prompt of two pieces
   * is computed, and as they decode. Their pages go to the others, whose tokens are the same.
   */
  @ParameterizedTest(name = "after {0} tokens")
  @ValueSource(ints = {0, 1, 40, 300})
  void whatIsGivenUpFreesItsPagesAndChangesNoOtherToken(int tokens) {
    var requests = groups(4, 6, 200);
    var room = new DecodeEngine.Room(5, 300, 11 * KvCache.PAGE);
    var sampling = new Sampling(1, 100);
    var all = run(requests, room, sampling, 1).responses();
    int[] sampled = new int[1];
    Map<String, Decoded> ended = new TreeMap<>();
    Predicate<DecodeRequest> wanted =
        request ->
            sampled[0] < tokens || request.sample() % 2 == 0 && !request.promptId().equals("p2");
    try (var scope = new PointerScope();
        var parameters = Parameters.frozen(SHAPE, Tensors.ofFloats(FLAT, FLAT.length));
        var cache = DecodeEngine.cache(parameters, room);
        var engine = new DecodeEngine(parameters, cache, room, sampling, Set.of(2))) {
      engine.decode(
          requests.iterator(),
          wanted,
          d -> ended.put(d.request().promptId() + "/" + d.request().sample(), d),
          n -> sampled[0] += n);
      engine.close();
      assertEquals(cache.pages(), cache.freePages(), "every page is given back");
    }
    assertTrue(ended.size() >= 9 && ended.size() < 24, ended.size() + " of 24 came to an end");
    for (var request : requests) {
      String id = request.promptId() + "/" + request.sample();
      if (request.sample() % 2 == 0 && !request.promptId().equals("p2")) {
        assertTrue(ended.containsKey(id), id);
      }
    }
    ended.forEach((id, d) -> assertArrayEquals(all.get(id).tokens(), d.tokens(), id));
  }

  @Test
  void memoryIsFlatOverTwoHundredRollouts() throws IOException {
    var requests = groups(4, 4, 60);
    var room = new DecodeEngine.Room(9, 90, 0);
    long before = 0;
    for (int round = 0; round < 250; round++) {
      if (round == 50) {
        before = residentKib();
      }
      run(requests, room, new Sampling(1, 15), 1);
    }
    long grown = residentKib() - before;
    assertTrue(grown < 24 << 10, grown + " KiB more after 200 rollouts");
  }

  private static long residentKib() throws IOException {
    System.gc();
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow();
  }
}
