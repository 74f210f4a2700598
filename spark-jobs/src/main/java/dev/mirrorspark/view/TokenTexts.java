package dev.mirrorspark.view;

import dev.mirrorspark.files.Storage;
import dev.mirrorspark.model.TextTokenizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What single tokens read, by the tokenizers of the policies' folders. Two tokenizers are kept: the
 * versions of a run share theirs, so one of the run's folders does for all.
 */
final class TokenTexts implements AutoCloseable {
  private static final int KEPT = 2;

  /** Tokens that are decoded together. */
  private static final int TOGETHER = 48;

  private final Storage storage;
  private final Map<String, TextTokenizer> open = new LinkedHashMap<>(16, 0.75f, true);

  TokenTexts(Storage storage) {
    this.storage = storage;
  }

  /**
   * The text of each token.
   *
   * @param folder of a model
   * @return empty where the folder is gone, or holds no tokenizer
   */
  synchronized Optional<List<String>> of(String folder, List<Integer> ids) {
    try {
      return Optional.of(pieces(tokenizer(folder), ids));
    } catch (RuntimeException gone) {
      return Optional.empty();
    }
  }

  private TextTokenizer tokenizer(String folder) {
    TextTokenizer known = open.get(folder);
    if (known == null) {
      known = TextTokenizer.of(storage, folder);
      open.put(folder, known);
      if (open.size() > KEPT) {
        String eldest = open.keySet().iterator().next();
        open.remove(eldest).close();
      }
    }
    return known;
  }

  /** Decodes a few at a time, each time with the token before, since some read it. */
  private static List<String> pieces(TextTokenizer tokenizer, List<Integer> ids) {
    List<String> pieces = new ArrayList<>();
    for (int from = 0; from < ids.size(); from += TOGETHER) {
      int before = from == 0 ? 0 : 1;
      int to = Math.min(ids.size(), from + TOGETHER);
      int[] some = ids.subList(from - before, to).stream().mapToInt(Integer::intValue).toArray();
      List<String> decoded = tokenizer.pieces(some);
      pieces.addAll(decoded.subList(before, decoded.size()));
    }
    return pieces;
  }

  @Override
  public synchronized void close() {
    open.values().forEach(TextTokenizer::close);
    open.clear();
  }
}
