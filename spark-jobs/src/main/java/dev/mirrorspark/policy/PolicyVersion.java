package dev.mirrorspark.policy;

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

  /** Its tokenizer; to be closed. */
  public TextTokenizer tokenizer() {
    return TextTokenizer.of(storage, folder);
  }
}
