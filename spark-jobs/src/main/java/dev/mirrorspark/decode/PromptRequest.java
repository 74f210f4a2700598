package dev.mirrorspark.decode;

import dev.mirrorspark.vision.PictureFile;
import java.io.Serializable;
import java.util.List;
import java.util.stream.IntStream;

/**
 * One response to be sampled, with its prompt as text.
 *
 * @param promptId the prompt's content hash
 * @param text the prompt as a user writes it; the tokenizer frames it
 * @param sample index of the response among the prompt's responses
 * @param seed seed of the response, see {@link Seeds#response}
 * @param begun what is there of it already
 * @param picture what the prompt shows, {@link PictureFile#NONE} where it is text alone
 */
public record PromptRequest(
    String promptId, String text, int sample, long seed, Begun begun, PictureFile picture)
    implements Serializable {

  /** A response to a prompt of text alone, from its first token. */
  public PromptRequest(String promptId, String text, int sample, long seed) {
    this(promptId, text, sample, seed, Begun.NOT_YET, PictureFile.NONE);
  }

  /**
   * The samples of one prompt, from their first tokens.
   *
   * @param runSeed seed of the run
   * @param iteration iteration that they are born in, or the number below 0 that stands for what
   *     samples outside iterations
   */
  public static List<PromptRequest> group(
      long runSeed, int iteration, String promptId, String text, int samples) {
    return group(runSeed, iteration, promptId, text, PictureFile.NONE, samples);
  }

  /** The same of a prompt that may show a picture. */
  public static List<PromptRequest> group(
      long runSeed, int iteration, String promptId, String text, PictureFile picture, int samples) {
    return IntStream.range(0, samples)
        .mapToObj(
            sample -> {
              long seed = Seeds.response(runSeed, iteration, promptId, sample);
              return new PromptRequest(promptId, text, sample, seed, Begun.NOT_YET, picture);
            })
        .toList();
  }
}
