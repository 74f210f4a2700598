package dev.mirrorspark.policy;

import dev.mirrorspark.config.ChatConfig;
import dev.mirrorspark.files.Storage;
import dev.mirrorspark.model.TextTokenizer;
import java.io.Serializable;

/**
 * A policy as the stages are given it.
 *
 * @param version its number in table {@code policies}
 * @param storage reads the folder
 * @param folder Hugging Face folder that every executor can read; its tokenizer is used
 * @param weights where tasks find its weights
 */
public record PolicyVersion(int version, Storage storage, String folder, WeightSource weights)
    implements Serializable {

  /** Its tokenizer, for texts that no chat template frames; to be closed. */
  public TextTokenizer tokenizer() {
    return TextTokenizer.of(storage, folder);
  }

  /**
   * Its tokenizer, with what its chat template is given; to be closed.
   *
   * @throws dev.mirrorspark.config.UserError if the template cannot be rendered
   */
  public TextTokenizer tokenizer(ChatConfig chat) {
    return TextTokenizer.of(storage, folder, chat);
  }
}
