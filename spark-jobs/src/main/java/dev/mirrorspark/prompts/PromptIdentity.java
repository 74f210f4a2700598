package dev.mirrorspark.prompts;

import dev.mirrorspark.vision.PictureFile;
import java.util.Locale;
import org.apache.commons.codec.digest.DigestUtils;

/** What makes two problems the same: their content, never a name or number that they were given. */
public final class PromptIdentity {
  private static final int ID_LENGTH = 16;

  private PromptIdentity() {}

  /**
   * The {@code prompt_id}: the first 16 hexadecimal digits of the SHA-256 of prompt and answer. It
   * does not depend on the data set, split or row.
   */
  public static String promptId(String prompt, String answer) {
    return sha256(prompt + "\0" + answer).substring(0, ID_LENGTH);
  }

  /** The same of a problem that may show a picture, which is part of its content. */
  public static String promptId(String prompt, String answer, PictureFile picture) {
    return picture.present()
        ? sha256(prompt + "\0" + answer + "\0" + sha256(picture.file())).substring(0, ID_LENGTH)
        : promptId(prompt, answer);
  }

  /** The text by which splits are disjoint: white space collapsed, letters in lower case. */
  static String normalised(String prompt) {
    return prompt.strip().replaceAll("\\s+", " ").toLowerCase(Locale.ROOT);
  }

  /** The same of a problem that may show a picture: two pictures are two problems. */
  static String normalised(String prompt, PictureFile picture) {
    return picture.present() ? normalised(prompt, sha256(picture.file())) : normalised(prompt);
  }

  /**
   * The same by the hash of the picture's file.
   *
   * @param pictureSha256 lower-case hexadecimal digits
   */
  static String normalised(String prompt, String pictureSha256) {
    return normalised(prompt) + "\0" + pictureSha256;
  }

  /** SHA-256 as lower-case hexadecimal digits. */
  public static String sha256(String text) {
    return DigestUtils.sha256Hex(text);
  }

  static String sha256(byte[] bytes) {
    return DigestUtils.sha256Hex(bytes);
  }
}
