package dev.mirrorspark.decode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RepeatDetectorTest {
  private static final String STORY =
      "Natalia sold clips to 48 of her friends in April, and then half as many clips in May. ";

  @ParameterizedTest
  @CsvSource({
    "'ha ', 16",
    "'ha ', 64",
    "'ha ', 200",
    "'So the answer is 5. Wait I check that again. ', 16",
    "'So the answer is 5. Wait I check that again. ', 64",
    "abababac, 64",
    "0, 64"
  })
  void anExactLoopFiresAtTheThresholdOrAfterFourCopies(String copy, int threshold) {
    String text = STORY + copy.repeat(100);
    int due = copy.length() + Math.max(threshold, 3 * copy.length());
    int fired = LoopTexts.firesAfter(LoopTexts.characters(text), threshold) - STORY.length();
    assertTrue(fired > due - 4 && fired <= due, "fired after " + fired + ", due at " + due);
  }

  /** Periods up to 512 behind any text: found by the first token at which they are due. */
  @Test
  void loopsOfAllPeriodsAreFound() {
    var random = new Random(5);
    for (int loop = 0; loop < 300; loop++) {
      int period = loop < 40 ? 1 + loop : loop == 40 ? 512 : 1 + random.nextInt(512);
      int threshold = 8 + random.nextInt(120);
      int before = random.nextInt(3000);
      int due = before + period + Math.max(threshold, 3 * period);
      int[] copy = random.ints(period, 0, 16).toArray();
      int[] tokens = random.ints(due + 8, 0, 16).toArray();
      for (int i = before; i < tokens.length; i++) {
        tokens[i] = copy[(i - before) % period];
      }
      int fired = LoopTexts.firesAfter(tokens, threshold);
      String what = "period %d, threshold %d, fired at %d, due at %d";
      assertTrue(
          fired > due - Math.max(8, period) && fired <= due + 8,
          what.formatted(period, threshold, fired, due));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "'Step %d: add 3 to the total. ', 1",
    "'Step %d: add 3 to the total. ', 95",
    "'Try x = %d: it does not work; so I go on to the next number. ', 5",
    "'Line %d of the poem is not yet written. ', 8",
    "'Let me check case %d of 1000 once more; it fails as well. ', 998"
  })
  void aLoopWithACounterFiresSoonAfter(String copy, int first) {
    String text =
        STORY
            + IntStream.range(first, first + 100)
                .mapToObj(copy::formatted)
                .collect(Collectors.joining());
    int period = copy.formatted(first).length();
    int fired = LoopTexts.firesAfter(LoopTexts.characters(text), 64) - STORY.length();
    int due = period + Math.max(4 * 64, 8 * period);
    assertTrue(fired > 0 && fired < 1.4 * due, "fired after " + fired + ", due at " + due);
  }

  @Test
  void copiesThatDifferInAWordFire() {
    String[] words = {"small", "large", "old", "green"};
    var random = new Random(2);
    String text =
        IntStream.range(0, 60)
            .mapToObj(i -> words[random.nextInt(4)])
            .map("Hmm, I think that the %s box holds 12 apples, so the sum is 36. "::formatted)
            .collect(Collectors.joining());
    int fired = LoopTexts.firesAfter(LoopTexts.words(STORY + text), 64);
    assertTrue(fired > 0 && fired < 500, "fired after " + fired);
  }

  @ParameterizedTest
  @ValueSource(strings = {"characters", "words"})
  void honestTextsThatRepeatDoNotFire(String tokenizer) {
    var tokens = LoopTexts.TOKENIZERS.get(tokenizer);
    honest("multiplication table", tokens.apply(lines(60, i -> i + " x 7 = " + 7 * i)));
    honest("markdown table", tokens.apply(lines(60, RepeatDetectorTest::row)));
    honest("shanty with a refrain", tokens.apply(SHANTY));
    honest("list with a prefix", tokens.apply(CAPITALS));
    honest("code with equal lines", tokens.apply(CODE));
    honest("powers", tokens.apply(BigInteger.TWO.pow(5000).toString()));
    honest("fibonacci", tokens.apply(fibonacci()));
    honest("text said thrice", tokens.apply((CAPITALS + STORY).repeat(3)));
    honest("ruler", tokens.apply("-".repeat(60) + "\n" + STORY + "\n" + "=".repeat(60)));
  }

  private static void honest(String name, int[] tokens) {
    assertEquals(-1, LoopTexts.firesAfter(tokens, 64), name);
  }

  @Test
  void zeroNeverFires() {
    assertEquals(-1, LoopTexts.firesAfter(new int[5000], 0));
  }

  @Test
  void aLoopThatWasLeftIsForgotten() {
    var detector = new RepeatDetector(20);
    for (int i = 0; i < 60; i++) {
      assertEquals(i >= 20, detector.accept(7), "token " + i);
    }
    int[] other = new Random(1).ints(500, 0, 1000).toArray();
    for (int i = 0; i < other.length; i++) {
      assertFalse(detector.accept(other[i]) && i > 20, "token " + i);
    }
  }

  /** A continued response: a new detector that is fed the earlier tokens says the same. */
  @Test
  void earlierTokensCanBeFedFirst() {
    int[] tokens =
        LoopTexts.characters(
            CAPITALS + lines(30, i -> "Case %d does not hold.".formatted(i)) + "no ".repeat(40));
    boolean[] whole = said(new RepeatDetector(32), tokens, 0);
    assertTrue(IntStream.range(0, whole.length).anyMatch(i -> whole[i]));
    for (int cut = 1; cut < tokens.length; cut += 97) {
      var continued = new RepeatDetector(32);
      said(continued, Arrays.copyOf(tokens, cut), 0);
      boolean[] rest = said(continued, tokens, cut);
      assertArrayEquals(Arrays.copyOfRange(whole, cut, whole.length), rest, "cut at " + cut);
    }
  }

  private static boolean[] said(RepeatDetector detector, int[] tokens, int from) {
    boolean[] said = new boolean[tokens.length - from];
    for (int i = 0; i < said.length; i++) {
      said[i] = detector.accept(tokens[from + i]);
    }
    return said;
  }

  private static String lines(int count, IntFunction<String> line) {
    return IntStream.rangeClosed(1, count).mapToObj(line).collect(Collectors.joining("\n"));
  }

  private static String row(int i) {
    return "| %d | %d | %d | %.3f |".formatted(i, i * i, i * i * i, Math.sqrt(i));
  }

  private static String fibonacci() {
    var text = new StringBuilder();
    var a = BigInteger.ZERO;
    var b = BigInteger.ONE;
    for (int i = 2; i < 90; i++) {
      var next = a.add(b);
      text.append("F(%d) = F(%d) + F(%d) = %s + %s = %s\n".formatted(i, i - 1, i - 2, b, a, next));
      a = b;
      b = next;
    }
    return text.toString();
  }

  private static final String SHANTY =
      IntStream.of(0, 1, 2, 3, 4)
          .mapToObj(
              i ->
                  (new String[] {
                                    "Put him in the long boat till he's sober,",
                                    "Pull out the bung and wet him all over,",
                                    "Heave him by the leg in a running bowline,",
                                    "Shave his belly with a rusty razor,",
                                    "What shall we do with the drunken sailor,"
                                  }
                                  [i]
                              + "\n")
                          .repeat(3)
                      + "Early in the morning!\n"
                      + "Way hay and up she rises,\n".repeat(3)
                      + "Early in the morning!\n\n")
          .collect(Collectors.joining());

  private static final String CAPITALS =
      """
      - The capital of France is Paris.
      - The capital of Italy is Rome.
      - The capital of Spain is Madrid.
      - The capital of Portugal is Lisbon.
      - The capital of Austria is Vienna.
      - The capital of Hungary is Budapest.
      - The capital of Norway is Oslo.
      - The capital of Finland is Helsinki.
      - The capital of Greece is Athens.
      - The capital of Egypt is Cairo.
      - The capital of Kenya is Nairobi.
      - The capital of Peru is Lima.
      - The capital of Chile is Santiago.
      - The capital of Japan is Tokyo.
      - The capital of Canada is Ottawa.
      - The capital of Cuba is Havana.
      """;

  private static final String CODE =
      """
      switch (kind) {
        case CIRCLE:
          count++;
          total += area(circle);
          break;
        case SQUARE:
          count++;
          total += area(square);
          break;
        case TRIANGLE:
          count++;
          total += area(triangle) / 2;
          break;
        case HEXAGON:
          count++;
          total += 6 * area(wedge);
          break;
        case NONE:
          break;
      }
      if (count > limit) {
        log.warn("too many shapes");
        return false;
      }
      if (total > bound) {
        log.warn("too large an area");
        return false;
      }
      return true;
      """;
}
