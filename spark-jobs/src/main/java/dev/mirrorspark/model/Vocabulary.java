package dev.mirrorspark.model;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.files.Storage;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;

/** The tokens of a {@code tokenizer.json} by their text, the added ones included. */
final class Vocabulary {
  private final Map<String, Integer> ids = new HashMap<>();
  private final ControlTokens control;
  private int size;

  private Vocabulary(ControlTokens control) {
    this.control = control;
  }

  /**
   * Reads the vocabulary.
   *
   * @throws UserError if the file is missing, not JSON or without a vocabulary
   */
  static Vocabulary read(Storage storage, String tokenizerJson) {
    JsonNode root = JsonFiles.read(storage, tokenizerJson);
    JsonNode vocab = root.path("model").path("vocab");
    if (vocab.isEmpty()) {
      throw new UserError(tokenizerJson + ": model.vocab: missing or empty");
    }
    var vocabulary = new Vocabulary(ControlTokens.of(root));
    if (vocab.isArray()) { // Unigram: [token, score] in the order of ids
      for (int id = 0; id < vocab.size(); id++) {
        vocabulary.put(vocab.get(id).path(0).asText(), id);
      }
    } else {
      vocab.fields().forEachRemaining(e -> vocabulary.put(e.getKey(), e.getValue().asInt()));
    }
    root.path("added_tokens")
        .forEach(token -> vocabulary.put(token.path("content").asText(), token.path("id").asInt()));
    return vocabulary;
  }

  private void put(String token, int id) {
    ids.put(token, id);
    size = Math.max(size, id + 1);
  }

  /** The largest id and one. */
  int size() {
    return size;
  }

  /** The special tokens among them. */
  ControlTokens control() {
    return control;
  }

  OptionalInt id(String token) {
    Integer id = ids.get(token);
    return id == null ? OptionalInt.empty() : OptionalInt.of(id);
  }
}
