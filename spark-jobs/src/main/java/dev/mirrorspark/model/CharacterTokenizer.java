package dev.mirrorspark.model;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mirrorspark.files.Storage;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The small built-in tokenizer: one token a character, written as an ordinary {@code
 * tokenizer.json}.
 *
 * <p>Ids: {@code <unk>} 0, {@code <bos>} 1, {@code <eos>} 2, then the alphabet in its order. A
 * prompt p is framed as {@code <bos>} + p, by the tokenizer's own post-processor: there is no chat
 * template to render.
 */
public final class CharacterTokenizer {
  /** Id of the token before a picture, where the tokenizer has such tokens. */
  public static final int VISION_START = 3;

  /** Id of the token after a picture. */
  public static final int VISION_END = 4;

  /** Id of the token in whose places a picture stands. */
  public static final int PICTURE = 5;

  private static final List<String> SPECIAL = List.of("<unk>", "<bos>", "<eos>");
  private static final List<String> OF_PICTURES =
      List.of("<|vision_start|>", "<|vision_end|>", "<|image_pad|>");

  private CharacterTokenizer() {}

  /** Number of token ids that the alphabet gives. */
  public static int vocabSize(String alphabet) {
    return vocabSize(alphabet, false);
  }

  /** The same, with or without the three tokens of pictures. */
  public static int vocabSize(String alphabet, boolean pictures) {
    return special(pictures).size() + alphabet.codePointCount(0, alphabet.length());
  }

  private static List<String> special(boolean pictures) {
    return pictures ? Stream.concat(SPECIAL.stream(), OF_PICTURES.stream()).toList() : SPECIAL;
  }

  /**
   * Writes {@code tokenizer.json}, {@code tokenizer_config.json} and {@code
   * special_tokens_map.json}.
   *
   * @param folder created if missing
   * @param alphabet every character once
   * @param maxPositions longest sequence of the model, in tokens
   * @throws IllegalArgumentException if a character stands twice in the alphabet
   */
  public static void write(Path folder, String alphabet, int maxPositions) {
    write(folder, alphabet, maxPositions, false);
  }

  /** The same, with or without the three tokens of pictures, whose ids go before the alphabet's. */
  public static void write(Path folder, String alphabet, int maxPositions, boolean pictures) {
    if (alphabet.codePoints().distinct().count() != alphabet.codePoints().count()) {
      throw new IllegalArgumentException("a character stands twice in the alphabet " + alphabet);
    }
    var storage = Storage.local();
    JsonFiles.write(
        storage,
        folder.resolve("tokenizer.json").toString(),
        tokenizer(alphabet, special(pictures)));
    ObjectNode special = JsonFiles.object();
    special.put("bos_token", "<bos>").put("eos_token", "<eos>").put("unk_token", "<unk>");
    JsonFiles.write(storage, folder.resolve("special_tokens_map.json").toString(), special);
    ObjectNode config = special.deepCopy();
    config.put("model_max_length", maxPositions);
    config.put("tokenizer_class", "PreTrainedTokenizerFast");
    config.put("clean_up_tokenization_spaces", false);
    JsonFiles.write(storage, folder.resolve("tokenizer_config.json").toString(), config);
  }

  private static ObjectNode tokenizer(String alphabet, List<String> special) {
    ObjectNode root = JsonFiles.object();
    root.put("version", "1.0").putNull("truncation").putNull("padding");
    var added = root.putArray("added_tokens");
    for (int id = 0; id < special.size(); id++) {
      added
          .addObject()
          .put("id", id)
          .put("content", special.get(id))
          .put("single_word", false)
          .put("lstrip", false)
          .put("rstrip", false)
          .put("normalized", false)
          .put("special", true);
    }
    root.putNull("normalizer");
    ObjectNode split = root.putObject("pre_tokenizer").put("type", "Split");
    split.putObject("pattern").put("Regex", "[\\s\\S]");
    split.put("behavior", "Isolated").put("invert", false);
    beginFirst(root.putObject("post_processor"));
    root.putObject("decoder").put("type", "Fuse");
    ObjectNode model = root.putObject("model").put("type", "WordLevel");
    ObjectNode vocab = model.putObject("vocab");
    for (String token : special) {
      vocab.put(token, vocab.size());
    }
    alphabet.codePoints().forEach(c -> vocab.put(Character.toString(c), vocab.size()));
    model.put("unk_token", "<unk>");
    return root;
  }

  /** Puts the begin token before a sequence, where special tokens are asked for. */
  private static void beginFirst(ObjectNode processor) {
    processor.put("type", "TemplateProcessing");
    var single = processor.putArray("single");
    var pair = processor.putArray("pair");
    single.addObject().putObject("SpecialToken").put("id", "<bos>").put("type_id", 0);
    single.addObject().putObject("Sequence").put("id", "A").put("type_id", 0);
    pair.addAll(single.deepCopy());
    pair.addObject().putObject("Sequence").put("id", "B").put("type_id", 1);
    ObjectNode bos = processor.putObject("special_tokens").putObject("<bos>").put("id", "<bos>");
    bos.putArray("ids").add(1);
    bos.putArray("tokens").add("<bos>");
  }
}
