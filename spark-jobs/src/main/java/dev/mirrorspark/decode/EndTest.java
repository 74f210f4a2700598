package dev.mirrorspark.decode;

import dev.mirrorspark.model.TextTokenizer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * Whether a response ends at a token: an end token, or the last of a stop text.
 *
 * @param ids token ids that end a response
 * @param texts texts that do
 * @param text what tokens say
 */
record EndTest(Set<Integer> ids, List<String> texts, Function<int[], String> text) {

  /** Tokens before those that can hold a stop text: a text's first token may lose its space. */
  private static final int MARGIN = 4;

  EndTest {
    ids = Set.copyOf(ids);
    texts = List.copyOf(texts);
  }

  /** End tokens alone. */
  static EndTest ofTokens(Set<Integer> ids) {
    return new EndTest(ids, List.of(), tokens -> "");
  }

  /** The policy's end tokens, and what a run file adds to them. */
  static EndTest of(TextTokenizer tokenizer, Sampling sampling) {
    Set<Integer> ids = new HashSet<>(sampling.stopIds());
    Arrays.stream(tokenizer.eosIds()).forEach(ids::add);
    return new EndTest(ids, sampling.stop(), tokens -> tokenizer.decode(tokens, true));
  }

  /**
   * Whether a response ends at its last token.
   *
   * @param response all its tokens; called once for each length
   */
  boolean at(int[] response) {
    if (ids.contains(response[response.length - 1])) {
      return true;
    }
    for (String stop : texts) {
      // a token that says anything says a byte at least
      int most = stop.getBytes(StandardCharsets.UTF_8).length + MARGIN;
      int from = Math.max(0, response.length - most);
      if (text.apply(Arrays.copyOfRange(response, from, response.length)).contains(stop)) {
        return true;
      }
    }
    return false;
  }

  /** Whether the test looks at more than the last token. */
  boolean readsText() {
    return !texts.isEmpty();
  }
}
