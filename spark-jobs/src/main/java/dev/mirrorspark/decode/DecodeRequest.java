package dev.mirrorspark.decode;

import dev.mirrorspark.vision.PictureFile;
import java.io.Serializable;
import java.util.Arrays;

/**
 * One response to decode.
 *
 * @param promptId the prompt's content hash
 * @param sample index of the response among the prompt's responses
 * @param promptTokens token ids of the prompt
 * @param seed seed of the response; its token p draws from hash(seed, p)
 * @param begun what is there of it already
 * @param picture what the prompt shows, {@link PictureFile#NONE} where it is text alone
 */
public record DecodeRequest(
    String promptId, int sample, int[] promptTokens, long seed, Begun begun, PictureFile picture)
    implements Serializable {

  /** A response to a prompt of text alone. */
  public DecodeRequest(String promptId, int sample, int[] promptTokens, long seed, Begun begun) {
    this(promptId, sample, promptTokens, seed, begun, PictureFile.NONE);
  }

  /** A response from its first token. */
  public DecodeRequest(String promptId, int sample, int[] promptTokens, long seed) {
    this(promptId, sample, promptTokens, seed, Begun.NOT_YET);
  }

  /** Whether both begin with the same prompt, picture and all. */
  boolean samePrompt(DecodeRequest other) {
    return Arrays.equals(promptTokens, other.promptTokens) && picture.equals(other.picture);
  }

  /** Whether others may share its prompt, see {@link Begun#sharesPrompt}. */
  boolean sharesPrompt() {
    return begun.sharesPrompt(promptTokens.length, picture);
  }

  /** Prompt and response so far {@code [tokens]}. */
  int[] context() {
    int[] context = Arrays.copyOf(promptTokens, promptTokens.length + begun.tokens().length);
    System.arraycopy(begun.tokens(), 0, context, promptTokens.length, begun.tokens().length);
    return context;
  }
}
