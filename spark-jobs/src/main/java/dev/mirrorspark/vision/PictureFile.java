package dev.mirrorspark.vision;

import java.io.Serializable;
import java.util.Arrays;

/**
 * A picture as a file of a known kind, checked but not decoded.
 *
 * @param file the bytes of the file; none: no picture
 * @param type {@code png}, {@code jpeg} or {@code webp}
 * @param width columns of pixels as it is seen, after the turn that the file asks for
 * @param height rows of pixels
 */
public record PictureFile(byte[] file, String type, int width, int height) implements Serializable {
  /** No picture. */
  public static final PictureFile NONE = new PictureFile(new byte[0], "", 0, 0);

  private static final int MOST_ELONGATED = 200;

  /**
   * What a picture may be.
   *
   * @param bytes most bytes of the file
   * @param pixels most pixels; decoding takes about 8 bytes of memory for each
   */
  public record Limits(long bytes, long pixels) implements Serializable {
    /** 16 MiB, and 4,096 × 4,096 pixels. */
    public static final Limits DEFAULT = new Limits(16L << 20, 1L << 24);
  }

  /**
   * The picture of a file, of which the header and the outline are read.
   *
   * @throws PictureFault if it is none of the known kinds, incomplete, animated, or beyond the
   *     limits
   */
  public static PictureFile of(byte[] file, Limits limits) throws PictureFault {
    if (file.length > limits.bytes()) {
      throw new PictureFault(
          "a picture of %,d bytes; at most %,d are taken".formatted(file.length, limits.bytes()));
    }
    PictureOutline outline = PictureOutline.of(file);
    long pixels = (long) outline.width() * outline.height();
    if (pixels > limits.pixels()) {
      throw new PictureFault(
          "a picture of %d x %d pixels; at most %,d are taken"
              .formatted(outline.width(), outline.height(), limits.pixels()));
    }
    requireShape(outline.width(), outline.height());
    boolean turned = outline.orientation() > 4;
    return new PictureFile(
        file,
        outline.type(),
        turned ? outline.height() : outline.width(),
        turned ? outline.width() : outline.height());
  }

  /** Refuses what is so long that no encoder takes it, as the reference does. */
  static void requireShape(int width, int height) throws PictureFault {
    if (Math.max(height, width) > (long) MOST_ELONGATED * Math.min(height, width)) {
      throw new PictureFault(
          "a picture of %d x %d pixels is more than %d times as long as wide"
              .formatted(width, height, MOST_ELONGATED));
    }
  }

  /** Whether there is a picture. */
  public boolean present() {
    return file.length > 0;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PictureFile picture && Arrays.equals(file, picture.file);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(file);
  }
}
