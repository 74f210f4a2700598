package dev.mirrorspark.vision;

/**
 * A decoded picture.
 *
 * @param rgb red, green and blue of each pixel, row by row {@code [height * width * 3]}
 */
public record Pixels(int width, int height, byte[] rgb) {

  /** Red (0), green (1) or blue (2) of a pixel, 0 to 255. */
  public int at(int x, int y, int channel) {
    return rgb[(y * width + x) * 3 + channel] & 0xff;
  }

  /** The picture turned as EXIF says, 1 to 8. */
  Pixels turned(int orientation) {
    if (orientation == 1) {
      return this;
    }
    boolean swaps = orientation > 4;
    int w = swaps ? height : width;
    int h = swaps ? width : height;
    byte[] turned = new byte[rgb.length];
    for (int y = 0; y < h; y++) {
      for (int x = 0; x < w; x++) {
        int a = swaps ? y : x;
        int b = swaps ? x : y;
        boolean right =
            orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
        boolean bottom =
            orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
        int fromX = right ? width - 1 - a : a;
        int fromY = bottom ? height - 1 - b : b;
        System.arraycopy(rgb, (fromY * width + fromX) * 3, turned, (y * w + x) * 3, 3);
      }
    }
    return new Pixels(w, h, turned);
  }
}
