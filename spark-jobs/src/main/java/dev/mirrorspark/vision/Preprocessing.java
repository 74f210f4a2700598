package dev.mirrorspark.vision;

import dev.mirrorspark.config.UserError;
import java.io.Serializable;
import java.util.List;

/**
 * From a picture to {@link Patches}, as Transformers' {@code Qwen2VLImageProcessor} does it:
 * resized to whole merged patches within a range of pixels, divided by 255, normalised, one frame
 * repeated.
 *
 * @param patch rows and columns of a patch, in pixels
 * @param merge rows and columns of patches that become one token
 * @param frames frames of a patch; a picture is the same in each
 * @param minPixels fewest pixels after resizing
 * @param maxPixels most pixels after resizing
 * @param mean of red, green and blue, of values from 0 to 1
 * @param deviation of red, green and blue
 */
public record Preprocessing(
    int patch,
    int merge,
    int frames,
    int minPixels,
    int maxPixels,
    List<Double> mean,
    List<Double> deviation)
    implements Serializable {
  /** Mean of CLIP's pictures, as the reference has it. */
  public static final List<Double> MEAN = List.of(0.48145466, 0.4578275, 0.40821073);

  /** Deviation of CLIP's pictures. */
  public static final List<Double> DEVIATION = List.of(0.26862954, 0.26130258, 0.27577711);

  public Preprocessing {
    mean = List.copyOf(mean);
    deviation = List.copyOf(deviation);
  }

  /** Rows and columns of a picture after resizing, in pixels. */
  public record Size(int height, int width) {}

  /** Rows and columns of pixels of one token. */
  public int factor() {
    return patch * merge;
  }

  /** The size to which a picture is resized ({@code smart_resize} of the reference). */
  public Size size(int height, int width) throws PictureFault {
    PictureFile.requireShape(width, height);
    double factor = factor();
    double h = Math.rint(height / factor) * factor;
    double w = Math.rint(width / factor) * factor;
    if (h * w > maxPixels) {
      double beta = Math.sqrt((double) height * width / maxPixels);
      h = Math.max(factor, Math.floor(height / beta / factor) * factor);
      w = Math.max(factor, Math.floor(width / beta / factor) * factor);
    } else if (h * w < minPixels) {
      double beta = Math.sqrt(minPixels / ((double) height * width));
      h = Math.ceil(height * beta / factor) * factor;
      w = Math.ceil(width * beta / factor) * factor;
    }
    return new Size((int) h, (int) w);
  }

  /** Tokens of a picture, known without decoding it. */
  public int tokens(PictureFile picture) throws PictureFault {
    return tokens(picture.width(), picture.height());
  }

  /** Tokens of a picture of that size, in pixels. */
  public int tokens(int width, int height) throws PictureFault {
    Size size = size(height, width);
    return size.height() / factor() * (size.width() / factor());
  }

  /**
   * The patches of a picture that was checked when it came in.
   *
   * @throws UserError if it is damaged all the same
   */
  public Patches of(PictureFile picture) {
    if (!picture.present()) {
      return Patches.NONE;
    }
    try {
      Pixels pixels = PictureReader.pixels(picture);
      Size size = size(pixels.height(), pixels.width());
      return patches(Bicubic.resized(pixels, size.width(), size.height()));
    } catch (PictureFault e) {
      throw new UserError(
          "a picture of table prompts cannot be read: "
              + e.getMessage()
              + "; import its problem again",
          e);
    }
  }

  /** The patches of pixels of a size that {@link #size} gives. */
  Patches patches(Pixels pixels) {
    int rows = pixels.height() / patch;
    int columns = pixels.width() / patch;
    float[] values = new float[rows * columns * 3 * frames * patch * patch];
    int to = 0;
    for (int blockRow = 0; blockRow < rows; blockRow += merge) {
      for (int blockColumn = 0; blockColumn < columns; blockColumn += merge) {
        for (int inBlock = 0; inBlock < merge * merge; inBlock++) {
          int y = (blockRow + inBlock / merge) * patch;
          int x = (blockColumn + inBlock % merge) * patch;
          to = patch(pixels, x, y, values, to);
        }
      }
    }
    return new Patches(rows, columns, values);
  }

  private int patch(Pixels pixels, int x, int y, float[] values, int from) {
    int to = from;
    for (int channel = 0; channel < 3; channel++) {
      float center = mean.get(channel).floatValue();
      float width = deviation.get(channel).floatValue();
      for (int frame = 0; frame < frames; frame++) {
        for (int row = 0; row < patch; row++) {
          for (int column = 0; column < patch; column++) {
            float value = pixels.at(x + column, y + row, channel) / 255f;
            values[to++] = (value - center) / width;
          }
        }
      }
    }
    return to;
  }
}
