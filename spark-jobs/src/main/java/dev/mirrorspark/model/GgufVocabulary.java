package dev.mirrorspark.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.files.Storage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A {@code tokenizer.json} as the metadata of a GGUF file: its BPE over bytes ({@code gpt2}) or
 * over characters with bytes for those that it lacks ({@code llama}); one without merges, such as a
 * tokenizer of characters, as the second without them.
 *
 * <p>Ids mean the same in both files. How a text is cut into words before BPE, a GGUF file names
 * only, and llama.cpp has a list of names: where the tokenizer's rule is none of them, {@link
 * #knowsTexts} is false, and only prompts of token ids are sure to be read the same.
 */
final class GgufVocabulary {
  private static final int NORMAL = 1;
  private static final int UNKNOWN = 2;
  private static final int CONTROL = 3;
  private static final int USER_DEFINED = 4;
  private static final int UNUSED = 5;
  private static final int BYTE = 6;

  /** Score of a token that no merge makes: below that of every merge. */
  private static final float UNMERGED = -1e6f;

  /** A part of a pre-tokenizer's rule, and the name that llama.cpp has for the rule. */
  private static final Map<String, String> RULES =
      Map.of(
          "\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*", "llama-bpe",
          "\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*", "qwen2");

  private final String[] tokens;
  private final float[] scores;
  private final int[] types;
  private final List<String> merges = new ArrayList<>();
  private final String model;
  private final Optional<String> rule;

  private GgufVocabulary(String[] tokens, String model, Optional<String> rule) {
    this.tokens = tokens;
    this.scores = new float[tokens.length];
    this.types = new int[tokens.length];
    this.model = model;
    this.rule = rule;
  }

  /**
   * Reads a tokenizer.
   *
   * @param rows rows of the embedding; tokens beyond the tokenizer's are marked as unused
   * @throws UserError if it is no BPE
   */
  static GgufVocabulary read(Storage storage, String file, int rows) {
    ObjectNode root = JsonFiles.read(storage, file);
    JsonNode bpe = root.path("model");
    if (!bpe.path("vocab").isObject()) {
      throw new UserError(file + ": is no BPE, which is all that GGUF is written for");
    }
    boolean fallsBack = bpe.path("byte_fallback").asBoolean();
    boolean ofBytes = bpe.path("merges").isArray() && !fallsBack;
    Optional<String> rule =
        ofBytes ? rule(root.path("pre_tokenizer").toString()) : Optional.empty();
    var vocabulary =
        new GgufVocabulary(
            new String[rows],
            ofBytes ? "gpt2" : "llama",
            fallsBack ? Optional.of("default") : rule);
    vocabulary.fill(root, bpe);
    return vocabulary;
  }

  private static Optional<String> rule(String preTokenizer) {
    String plain = preTokenizer.replace("\\\\", "\\");
    Optional<String> named =
        RULES.entrySet().stream()
            .filter(known -> plain.contains(known.getKey()))
            .map(Map.Entry::getValue)
            .findFirst();
    boolean digits = plain.contains("\"Digits\"");
    boolean gpt2 = plain.contains("\"ByteLevel\"") && plain.contains("\"use_regex\":true");
    return named.or(() -> gpt2 ? Optional.of(digits ? "smollm" : "gpt-2") : Optional.empty());
  }

  private void fill(ObjectNode root, JsonNode bpe) {
    Arrays.setAll(tokens, id -> "[PAD" + id + "]");
    Arrays.fill(types, UNUSED);
    var ranks = new HashMap<String, Integer>();
    for (JsonNode merge : bpe.path("merges")) {
      String left = merge.isArray() ? merge.get(0).asText() : merge.asText().split(" ", 2)[0];
      String right = merge.isArray() ? merge.get(1).asText() : merge.asText().split(" ", 2)[1];
      ranks.putIfAbsent(left + right, merges.size());
      merges.add(left + " " + right);
    }
    String unknown = bpe.path("unk_token").asText("");
    for (var token : bpe.path("vocab").properties()) {
      String text = token.getKey();
      int id = token.getValue().asInt();
      boolean ofByte = model.equals("llama") && text.matches("<0x[0-9A-F]{2}>");
      set(id, text, text.equals(unknown) ? UNKNOWN : ofByte ? BYTE : NORMAL);
      Integer rank = ranks.get(text);
      scores[id] = rank == null ? UNMERGED : -rank;
    }
    for (JsonNode added : root.path("added_tokens")) {
      String text = added.path("content").asText();
      int type = added.path("special").asBoolean() ? CONTROL : USER_DEFINED;
      set(added.path("id").asInt(), text, text.equals(unknown) ? UNKNOWN : type);
    }
  }

  private void set(int id, String text, int type) {
    tokens[id] = text;
    types[id] = type;
  }

  /** Whether llama.cpp reads texts as the tokenizer does. */
  boolean knowsTexts() {
    return rule.isPresent();
  }

  /** Puts what the file says of tokens; the tokenizer names the first and the last of a text. */
  void put(GgufHeader header, TextTokenizer tokenizer) {
    header
        .put("tokenizer.ggml.model", model)
        .put("tokenizer.ggml.pre", rule.orElse("default"))
        .texts("tokenizer.ggml.tokens", List.of(tokens))
        .floats("tokenizer.ggml.scores", scores)
        .ints("tokenizer.ggml.token_type", types);
    if (model.equals("gpt2")) {
      header.texts("tokenizer.ggml.merges", merges);
    }
    int[] ends = tokenizer.eosIds();
    header.put("tokenizer.ggml.eos_token_id", ends[0]);
    if (ends.length > 1) {
      header.put("tokenizer.ggml.eot_token_id", ends[1]);
    }
    tokenizer.bos().ifPresent(id -> header.put("tokenizer.ggml.bos_token_id", id));
    int[] empty = tokenizer.encode("", true);
    boolean begins =
        empty.length > 0 && tokenizer.bos().isPresent() && empty[0] == tokenizer.bos().getAsInt();
    header.put("tokenizer.ggml.add_bos_token", begins);
    header.put("tokenizer.ggml.add_eos_token", false);
  }
}
