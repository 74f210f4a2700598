package dev.mirrorspark.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.files.Storage;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/** The keys {@code bos_token_id} and {@code eos_token_id} of checkpoint files. */
final class TokenIds {
  /** The first of these that names a token decides. */
  private static final List<String> FILES = List.of("generation_config.json", "config.json");

  private TokenIds() {}

  /** Puts both keys: one end token as a number, several as a list, none as no key. */
  static void put(ObjectNode root, OptionalInt bos, int[] eos) {
    bos.ifPresent(id -> root.put("bos_token_id", id));
    if (eos.length == 1) {
      root.put("eos_token_id", eos[0]);
    } else if (eos.length > 1) {
      var list = root.putArray("eos_token_id");
      Arrays.stream(eos).forEach(list::add);
    }
  }

  /**
   * The begin token: {@code bos_token} of the tokenizer, else {@code bos_token_id}.
   *
   * @param special the tokenizer's special tokens by role
   */
  static OptionalInt bos(
      Storage storage, String folder, Vocabulary vocabulary, Map<String, String> special) {
    if (special.containsKey("bos_token")) {
      return vocabulary.id(special.get("bos_token"));
    }
    return first(storage, folder, vocabulary, "bos_token_id")
        .map(ids -> OptionalInt.of(ids[0]))
        .orElse(OptionalInt.empty());
  }

  /**
   * The end tokens, each once: the tokenizer's {@code eos_token}, then {@code eos_token_id} of
   * {@code generation_config.json}, else of {@code config.json}. A trained response ends with the
   * first.
   *
   * @throws UserError if none is named, or one that the tokenizer does not know
   */
  static int[] eos(
      Storage storage, String folder, Vocabulary vocabulary, Map<String, String> special) {
    int[] stated = first(storage, folder, vocabulary, "eos_token_id").orElseGet(() -> new int[0]);
    String text = special.get("eos_token");
    if (text == null && stated.length == 0) {
      throw new UserError(
          folder
              + ": no end token, so that no response could end; name eos_token_id in"
              + " generation_config.json or eos_token in tokenizer_config.json");
    }
    if (text == null) {
      return stated;
    }
    OptionalInt id = vocabulary.id(text);
    if (id.isEmpty()) {
      throw new UserError(
          Storage.child(folder, "tokenizer_config.json")
              + ": eos_token: \""
              + text
              + "\" is no token of tokenizer.json, so that no response could end with it");
    }
    return IntStream.concat(IntStream.of(id.getAsInt()), IntStream.of(stated)).distinct().toArray();
  }

  private static Optional<int[]> first(
      Storage storage, String folder, Vocabulary vocabulary, String key) {
    for (String name : FILES) {
      String file = Storage.child(folder, name);
      JsonNode value =
          JsonFiles.readIfPresent(storage, file).orElseGet(JsonFiles::object).path(key);
      if (value.isNumber() || value.isTextual() || value.isBoolean() || !value.isEmpty()) {
        return Optional.of(ids(file, key, value, vocabulary.size()));
      }
    }
    return Optional.empty();
  }

  private static int[] ids(String file, String key, JsonNode value, int size) {
    int count = value.isArray() ? value.size() : 1;
    return IntStream.range(0, count)
        .map(i -> id(file, key, value.isArray() ? value.get(i) : value, size))
        .toArray();
  }

  private static int id(String file, String key, JsonNode id, int size) {
    if (!id.isIntegralNumber() || id.longValue() < 0) {
      throw new UserError(file + ": " + key + ": " + id + ": must be a token id or a list of them");
    }
    if (id.longValue() >= size) {
      throw new UserError(
          file
              + ": "
              + key
              + ": "
              + id
              + ": tokenizer.json has the ids 0 to "
              + (size - 1)
              + "; name a token that it knows");
    }
    return id.intValue();
  }
}
