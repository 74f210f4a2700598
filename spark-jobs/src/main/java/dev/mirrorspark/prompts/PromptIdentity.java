package dev.mirrorspark.prompts;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;

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

  /** The text by which splits are disjoint: white space collapsed, letters in lower case. */
  static String normalised(String prompt) {
    return prompt.strip().replaceAll("\\s+", " ").toLowerCase(Locale.ROOT);
  }

  /** SHA-256 as lower-case hexadecimal digits. */
  public static String sha256(String text) {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
