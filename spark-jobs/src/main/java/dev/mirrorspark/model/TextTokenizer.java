package dev.mirrorspark.model;

import ai.djl.engine.EngineException;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mirrorspark.config.ChatConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.files.Storage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The tokenizer of a checkpoint folder: text to token ids and back, and the framing of prompts.
 *
 * <p>It reads {@code tokenizer.json}, {@code tokenizer_config.json} (special tokens, chat template)
 * and the end tokens (of {@code tokenizer_config.json} and of {@code generation_config.json}, else
 * {@code config.json}), never truncates, and opens no connection. Safe for several threads at once.
 *
 * <p>What a problem's text spells is text: only the template and the tokenizer itself put special
 * tokens.
 */
public final class TextTokenizer implements AutoCloseable {
  /** Where a problem's text wants its picture. */
  public static final String PLACE_OF_PICTURE = "<image>";

  private static final Map<String, String> OPTIONS =
      Map.of("truncation", "do_not_truncate", "padding", "do_not_pad");

  private final Storage storage;
  private final String folder;
  private final HuggingFaceTokenizer tokenizer;
  private final ControlTokens control;
  private final Vocabulary vocabulary;
  private final OptionalInt bos;
  private final int[] eos;
  private final Map<String, String> special;
  private final Optional<ChatTemplate> template;
  private final Begin begin;

  /** The tokenizer that takes no text for a special token; opened when a text spells one. */
  private Optional<HuggingFaceTokenizer> literal = Optional.empty();

  /** How a text with special tokens begins, against what the tokenizer does by itself. */
  private enum Begin {
    AS_IS,
    WITH,
    WITHOUT
  }

  private TextTokenizer(Storage storage, String folder, ChatConfig chat) {
    String file = Storage.child(folder, "tokenizer.json");
    this.storage = storage;
    this.folder = folder;
    this.vocabulary = Vocabulary.read(storage, file);
    this.control = vocabulary.control();
    var config = JsonFiles.readIfPresent(storage, Storage.child(folder, "tokenizer_config.json"));
    this.special = new HashMap<>();
    JsonFiles.readIfPresent(storage, Storage.child(folder, "special_tokens_map.json"))
        .ifPresent(map -> special.putAll(specialTokens(map)));
    config.ifPresent(map -> special.putAll(specialTokens(map)));
    this.bos = TokenIds.bos(storage, folder, vocabulary, special);
    this.eos = TokenIds.eos(storage, folder, vocabulary, special);
    this.template = template(storage, folder, config, special, chat);
    this.tokenizer = open(file, JsonFiles.text(storage, file));
    this.begin =
        begin(
            Storage.child(folder, "tokenizer_config.json"),
            config.map(root -> root.path("add_bos_token")).orElse(JsonFiles.object().path("")));
  }

  /**
   * Opens the tokenizer of a folder.
   *
   * @throws UserError if {@code tokenizer.json} is missing or malformed, or no end token of its
   *     vocabulary is named
   */
  public static TextTokenizer of(Storage storage, String folder) {
    return new TextTokenizer(storage, folder, ChatConfig.NONE);
  }

  /**
   * As {@link #of(Storage, String)}, with what the chat template is given; it renders a problem by
   * way of trial.
   *
   * @throws UserError also if the chat template cannot be rendered
   */
  public static TextTokenizer of(Storage storage, String folder, ChatConfig chat) {
    var tokenizer = new TextTokenizer(storage, folder, chat);
    try {
      tokenizer.template.ifPresent(ChatTemplate::check);
    } catch (UserError e) {
      tokenizer.close();
      throw e;
    }
    return tokenizer;
  }

  /** As {@link #of(Storage, String)}, of a folder of this machine. */
  public static TextTokenizer of(Path folder) {
    return of(Storage.local(), folder.toString());
  }

  private static HuggingFaceTokenizer open(String file, String text) {
    if (System.getProperty("ai.djl.offline") == null) {
      System.setProperty("ai.djl.offline", "true");
    }
    byte[] json = text.getBytes(StandardCharsets.UTF_8);
    try {
      return HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json), OPTIONS);
    } catch (EngineException e) {
      throw new UserError(
          "the native tokenizer library cannot be loaded: "
              + e.getMessage()
              + "; if its cache folder cannot be written, set DJL_CACHE_DIR to one that can",
          e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (RuntimeException e) {
      throw new UserError(file + ": not a tokenizer: " + e.getMessage(), e);
    }
  }

  /** The special tokens by their role ({@code bos_token}, …), given as texts or as objects. */
  private static Map<String, String> specialTokens(ObjectNode config) {
    var tokens = new HashMap<String, String>();
    config
        .fields()
        .forEachRemaining(
            field -> {
              JsonNode value = field.getValue();
              JsonNode text = value.isObject() ? value.path("content") : value;
              if (field.getKey().endsWith("_token") && text.isTextual()) {
                tokens.put(field.getKey(), text.textValue());
              }
            });
    return tokens;
  }

  /** What {@code add_bos_token} asks for and the tokenizer does not do by itself. */
  private Begin begin(String file, JsonNode asked) {
    if (asked.isMissingNode() || asked.isNull()) {
      return Begin.AS_IS;
    }
    if (!asked.isBoolean() || asked.booleanValue() && bos.isEmpty()) {
      throw new UserError(
          file
              + ": add_bos_token: "
              + asked
              + (asked.isBoolean()
                  ? ": no bos_token of the vocabulary is named; name it, or set false"
                  : ": must be true or false"));
    }
    long[] alone = ids(tokenizer, "", true);
    boolean added = alone.length > 0 && bos.isPresent() && alone[0] == bos.getAsInt();
    return added == asked.booleanValue() ? Begin.AS_IS : added ? Begin.WITHOUT : Begin.WITH;
  }

  private static Optional<ChatTemplate> template(
      Storage storage,
      String folder,
      Optional<ObjectNode> config,
      Map<String, String> special,
      ChatConfig chat) {
    String own = Storage.child(folder, "chat_template.jinja");
    if (storage.exists(own)) {
      return Optional.of(new ChatTemplate(own, JsonFiles.text(storage, own), special, chat));
    }
    JsonNode node = config.map(root -> root.path("chat_template")).orElse(JsonFiles.object());
    String where = Storage.child(folder, "tokenizer_config.json") + ": chat_template";
    if (node.isMissingNode() || node.isNull() || node.isObject() && node.isEmpty()) {
      return Optional.empty();
    }
    JsonNode text = node;
    for (JsonNode named : node) {
      if (named.path("name").asText().equals("default")) {
        text = named.path("template");
      }
    }
    if (!text.isTextual()) {
      throw new UserError(
          where
              + ": must be a text, or a list of which one has the name \"default\" and a template");
    }
    return Optional.of(new ChatTemplate(where, text.textValue(), special, chat));
  }

  /** The folder whose files this tokenizer was read from. */
  public String folder() {
    return folder;
  }

  /**
   * Token ids of a text; what spells a special token becomes it.
   *
   * @param addSpecial whether the tokenizer adds its own special tokens, such as a begin token;
   *     {@code add_bos_token} decides on that one where it is given
   */
  public int[] encode(String text, boolean addSpecial) {
    return encode(tokenizer, text, addSpecial);
  }

  /**
   * Token ids of a problem's or a model's text: what spells a special token stays text.
   *
   * @param addSpecial as {@link #encode(String, boolean)}
   */
  public int[] encodeText(String text, boolean addSpecial) {
    if (!control.spelledIn(text)) {
      return encode(tokenizer, text, addSpecial);
    }
    ControlTokens.requirePlain(text);
    return encode(literal(), text, addSpecial);
  }

  private int[] encode(HuggingFaceTokenizer by, String text, boolean addSpecial) {
    var ids = Arrays.stream(ids(by, text, addSpecial)).mapToInt(Math::toIntExact);
    Begin how = addSpecial ? begin : Begin.AS_IS;
    return switch (how) {
      case AS_IS -> ids.toArray();
      case WITH -> IntStream.concat(IntStream.of(bos.getAsInt()), ids).toArray();
      case WITHOUT -> ids.skip(1).toArray();
    };
  }

  /**
   * As {@link HuggingFaceTokenizer#encode}, less the offsets, words and masks: a third of the time.
   */
  private static long[] ids(HuggingFaceTokenizer by, String text, boolean addSpecial) {
    long encoding = TokenizersLibrary.LIB.encode(by.getHandle(), text, addSpecial);
    try {
      return TokenizersLibrary.LIB.getTokenIds(encoding);
    } finally {
      TokenizersLibrary.LIB.deleteEncoding(encoding);
    }
  }

  private synchronized HuggingFaceTokenizer literal() {
    if (literal.isEmpty()) {
      String file = Storage.child(folder, "tokenizer.json");
      literal = Optional.of(open(file, control.rename(JsonFiles.read(storage, file)).toString()));
    }
    return literal.get();
  }

  /**
   * The text of token ids.
   *
   * @param skipSpecial whether special tokens leave no trace in the text
   */
  public String decode(int[] ids, boolean skipSpecial) {
    return tokenizer.decode(Arrays.stream(ids).asLongStream().toArray(), skipSpecial);
  }

  /** What each token adds to the text of all, special tokens shown; together they are that text. */
  public List<String> pieces(int[] ids) {
    var pieces = new ArrayList<String>();
    String before = "";
    for (int i = 0; i < ids.length; i++) {
      String whole = decode(Arrays.copyOf(ids, i + 1), false);
      boolean complete =
          whole.startsWith(before) && (!whole.endsWith("\ufffd") || i == ids.length - 1);
      pieces.add(complete ? whole.substring(before.length()) : "");
      before = complete ? whole : before;
    }
    return pieces;
  }

  /**
   * Token ids of a user's prompt as the model expects it: through the chat template where the
   * folder has one, else the plain text with the tokenizer's own special tokens.
   *
   * @throws UserError if the chat template cannot be rendered
   */
  public int[] encodePrompt(String userPrompt) {
    if (template.isEmpty()) {
      return encodeText(userPrompt, true);
    }
    if (!control.spelledIn(userPrompt)) {
      return encode(template.get().render(userPrompt), false);
    }
    String rendered = template.get().render(control.broken(userPrompt));
    return encode(literal(), control.named(rendered), false);
  }

  /**
   * As {@link #encodePrompt(String)}, of a prompt with a picture. It stands where the text says
   * {@value #PLACE_OF_PICTURE}, else before the text.
   *
   * @param pictureTokens tokens in whose places the picture's features stand
   * @throws UserError also if the text has more than one such place, or the template does not put
   *     exactly one picture
   */
  public int[] encodePrompt(String userPrompt, VisionShape vision, int pictureTokens) {
    int place = userPrompt.indexOf(PLACE_OF_PICTURE);
    String before = place < 0 ? "" : userPrompt.substring(0, place);
    String after = place < 0 ? userPrompt : userPrompt.substring(place + PLACE_OF_PICTURE.length());
    if (after.contains(PLACE_OF_PICTURE)) {
      throw new UserError(
          "a problem has more than one %s; it has one picture".formatted(PLACE_OF_PICTURE));
    }
    int[] ids;
    if (template.isEmpty()) {
      int[] framed = {vision.startToken(), vision.pictureToken(), vision.endToken()};
      ids =
          Stream.of(encodeText(before, true), framed, encodeText(after, false))
              .flatMapToInt(Arrays::stream)
              .toArray();
    } else if (!control.spelledIn(userPrompt)) {
      ids = encode(template.get().render(before, after), false);
    } else {
      String rendered = template.get().render(control.broken(before), control.broken(after));
      ids = encode(literal(), control.named(rendered), false);
    }
    if (Arrays.stream(ids).filter(id -> id == vision.pictureToken()).count() != 1) {
      throw new UserError(
          folder
              + ": its chat template does not put one token "
              + vision.pictureToken()
              + " (image_token_id of config.json) for a message with one picture; mend one of them");
    }
    return Arrays.stream(ids)
        .flatMap(
            id ->
                id == vision.pictureToken()
                    ? IntStream.generate(() -> id).limit(pictureTokens)
                    : IntStream.of(id))
        .toArray();
  }

  /**
   * Token ids of a conversation, by the chat template; what the texts spell is text.
   *
   * @param messages each with {@code role} and {@code content}
   * @throws UserError if the folder has no chat template, or it cannot be rendered
   */
  public int[] encodeMessages(List<Map<String, String>> messages) {
    if (template.isEmpty()) {
      throw new UserError(
          folder + ": has no chat template, which frames messages; send a prompt, or add one");
    }
    List<String> texts = messages.stream().map(message -> message.get("content")).toList();
    if (texts.stream().noneMatch(control::spelledIn)) {
      return encode(template.get().render(messages), false);
    }
    List<Map<String, String>> broken =
        messages.stream()
            .map(
                message ->
                    Map.of(
                        "role",
                        message.get("role"),
                        "content",
                        control.broken(message.get("content"))))
            .toList();
    return encode(literal(), control.named(template.get().render(broken)), false);
  }

  /** The text that {@link #encodePrompt} encodes, less the special tokens that no template puts. */
  public String promptText(String userPrompt) {
    return template.map(t -> t.render(userPrompt)).orElse(userPrompt);
  }

  /** Number of token ids: the largest id and one. */
  public int vocabSize() {
    return vocabulary.size();
  }

  /** The begin-of-sequence token. */
  public OptionalInt bos() {
    return bos;
  }

  /** The texts of the special tokens by their role, such as {@code bos_token}. */
  Map<String, String> specialTokens() {
    return special;
  }

  /** The tokens that end a response; at least one. */
  public int[] eosIds() {
    return eos.clone();
  }

  @Override
  public synchronized void close() {
    tokenizer.close();
    literal.ifPresent(HuggingFaceTokenizer::close);
  }
}
