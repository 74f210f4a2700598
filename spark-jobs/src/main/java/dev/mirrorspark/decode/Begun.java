package dev.mirrorspark.decode;

import dev.mirrorspark.model.KvCache;
import dev.mirrorspark.vision.PictureFile;
import java.io.Serializable;

/**
 * What earlier iterations sampled of a response that now goes on (partial rollouts, Kimi k1.5,
 * 2.6.2).
 *
 * @param born iteration in which the response was born
 * @param segments segments it has so far
 * @param promptTokens token ids of its prompt, as the first segment saw them
 * @param tokens token ids of all its segments, in order
 */
public record Begun(int born, int segments, int[] promptTokens, int[] tokens)
    implements Serializable {

  /** A response that is born now. */
  public static final Begun NOT_YET = new Begun(-1, 0, new int[0], new int[0]);

  /**
   * Whether the response's prompt is worth computing apart from what is there of the response, to
   * share it: at its start, and later where the prompt fills a page of the cache and shows no
   * picture, behind which the positions of pieces are others.
   *
   * @param promptTokens tokens of its prompt
   */
  boolean sharesPrompt(int promptTokens, PictureFile picture) {
    return segments == 0 || promptTokens >= KvCache.PAGE && !picture.present();
  }
}
