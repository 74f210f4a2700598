package dev.mirrorspark.model;

import dev.mirrorspark.vision.PictureFault;
import dev.mirrorspark.vision.PictureFile;
import dev.mirrorspark.vision.Preprocessing;
import java.io.Serializable;
import java.util.List;

/**
 * The encoder that stands before a decoder which sees pictures, in the layout of Qwen2-VL (Wang et
 * al., 2024, arXiv 2409.12191).
 *
 * @param depth blocks; 0: there is no encoder
 * @param width width of its residual stream
 * @param heads attention heads; a head's width is a multiple of 4
 * @param inner inner width of a block's feed-forward part
 * @param preprocessing from a picture to the patches that it reads
 * @param pictureToken id of the token in whose places features stand
 * @param startToken id of the token before a picture
 * @param endToken id of the token after it
 * @param sections how many pairs of dimensions of a decoder's head turn by time, by row and by
 *     column of a position ({@code mrope_section})
 */
public record VisionShape(
    int depth,
    int width,
    int heads,
    int inner,
    Preprocessing preprocessing,
    int pictureToken,
    int startToken,
    int endToken,
    List<Integer> sections)
    implements Serializable {
  /** No encoder: a decoder of text alone. */
  public static final VisionShape NONE =
      new VisionShape(
          0,
          0,
          1,
          0,
          new Preprocessing(1, 1, 1, 1, 1, List.of(0.0, 0.0, 0.0), List.of(1.0, 1.0, 1.0)),
          -1,
          -1,
          -1,
          List.of());

  public VisionShape {
    sections = List.copyOf(sections);
  }

  /** Whether there is an encoder. */
  public boolean present() {
    return depth > 0;
  }

  /** The same encoder with another preprocessing. */
  VisionShape with(Preprocessing other) {
    return new VisionShape(
        depth, width, heads, inner, other, pictureToken, startToken, endToken, sections);
  }

  /**
   * How far the rotary positions behind a picture run ahead of the places of their tokens, see
   * {@link PictureSpan#shift}; 0 without a picture.
   *
   * @throws IllegalArgumentException if no encoder takes it
   */
  public int shift(PictureFile picture) {
    if (!picture.present()) {
      return 0;
    }
    try {
      var size = preprocessing.size(picture.height(), picture.width());
      int factor = preprocessing.factor();
      return new PictureSpan(0, size.height() / factor, size.width() / factor).shift();
    } catch (PictureFault e) {
      throw new IllegalArgumentException(e);
    }
  }

  /** Values of a patch. */
  int patchValues() {
    return 3 * preprocessing.frames() * preprocessing.patch() * preprocessing.patch();
  }

  /** Width of the features that become one token, before the projector. */
  int mergedWidth() {
    return width * preprocessing.merge() * preprocessing.merge();
  }
}
