package dev.mirrorspark.model;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * A family of decoders: what is its own in {@code config.json}, next to the keys that all share.
 *
 * <p>A new family is one class and one entry in {@link #ALL}.
 */
sealed interface Family
    permits LlamaFamily, Qwen2Family, Qwen2VlFamily, Qwen3Family, SmolLm3Family, MistralFamily {
  List<Family> ALL =
      List.of(
          new LlamaFamily(),
          new Qwen2Family(),
          new Qwen3Family(),
          new SmolLm3Family(),
          new MistralFamily(),
          new Qwen2VlFamily());

  /** The name under {@code model_type}, and in {@link ModelShape#family()}. */
  String name();

  /** The name under {@code architectures}. */
  String architecture();

  /** The attention that the file states; reads the family's own keys. */
  AttentionTraits read(ConfigFields config, int layers);

  /** The attention of a new model. */
  AttentionTraits fresh(int layers, boolean bias);

  /**
   * Writes the family's own keys, so that Transformers and vLLM compute the same.
   *
   * @throws IllegalArgumentException if no model of the family has this attention
   */
  void write(AttentionTraits attention, ObjectNode root);

  /** Whether an encoder of pictures stands before the decoder. */
  default boolean seesPictures() {
    return false;
  }

  /** Base of the rotary angles where the file names none. */
  default double theta() {
    return 10_000;
  }

  /** Width of a head where the file names none. */
  default int headDim(int hidden, int heads) {
    return hidden / heads;
  }

  /** Whether the output layer is the embedding where the file does not say. */
  default boolean tied() {
    return false;
  }

  /** Whether a file without {@code num_key_value_heads} means as many as query heads. */
  default boolean everyHeadHasKeys() {
    return false;
  }

  /** The family of that name. */
  static Family named(String name) {
    return ALL.stream()
        .filter(family -> family.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no family " + name));
  }

  /** Refuses an attention that no model of the family has. */
  default void require(boolean possible, AttentionTraits attention) {
    if (!possible) {
      throw new IllegalArgumentException("no " + name() + " has " + attention);
    }
  }
}
