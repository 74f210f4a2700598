package dev.mirrorspark.model;

import dev.mirrorspark.vision.Patches;

/**
 * The tokens of a sequence in whose places a picture's features stand, and the rotary positions of
 * such a sequence (Qwen2-VL, 2.1): the picture's tokens have one time, and the row and column that
 * they show; the text after them goes on behind the larger of the two.
 *
 * @param from place of the first
 * @param rows rows of tokens
 * @param columns columns of tokens
 */
public record PictureSpan(int from, int rows, int columns) {
  /** The span of a sequence without a picture. */
  private static final PictureSpan NONE = new PictureSpan(0, 0, 0);

  /**
   * The span of a picture in a sequence: the first picture tokens in it.
   *
   * @throws IllegalArgumentException if the sequence has no room for it, or the model has no
   *     encoder
   */
  public static PictureSpan of(VisionShape vision, int[] tokens, Patches picture) {
    if (!picture.present()) {
      return NONE;
    }
    if (!vision.present()) {
      throw new IllegalArgumentException("a picture for a model of text alone");
    }
    int merge = vision.preprocessing().merge();
    int from = 0;
    while (from < tokens.length && tokens[from] != vision.pictureToken()) {
      from++;
    }
    var span = new PictureSpan(from, picture.rows() / merge, picture.columns() / merge);
    int found = 0;
    while (from + found < tokens.length && tokens[from + found] == vision.pictureToken()) {
      found++;
    }
    if (found < span.count()) {
      throw new IllegalArgumentException(
          found + " picture tokens for a picture of " + span.count());
    }
    return span;
  }

  /** Tokens of the picture. */
  public int count() {
    return rows * columns;
  }

  /** How far the rotary positions behind the picture run ahead of the places of their tokens. */
  public int shift() {
    return Math.max(rows, columns) - count();
  }

  /** The rotary position of the token at a place: of time (0), row (1) or column (2). */
  int position(int axis, int place) {
    if (place < from) {
      return place;
    }
    int at = place - from;
    if (at >= count()) {
      return place + shift();
    }
    return from + (axis == 0 ? 0 : axis == 1 ? at / columns : at % columns);
  }
}
