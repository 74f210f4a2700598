package dev.mirrorspark.vision;

/**
 * Resizing by a cubic of a = −0.5 that widens as the picture shrinks, as PIL's {@code Image.resize}
 * with {@code BICUBIC} does it: first along rows, then along columns, weights as whole numbers of
 * 22 bits behind the point, each pass rounded to 8 bits.
 */
final class Bicubic {
  private static final int BITS = 32 - 8 - 2;
  private static final double SUPPORT = 2;
  private static final double A = -0.5;

  /** For each place of the result its first source place and the weights from there on. */
  private record Taps(int[] first, int[][] weights) {}

  private Bicubic() {}

  static Pixels resized(Pixels pixels, int width, int height) {
    Pixels wide = pixels.width() == width ? pixels : alongRows(pixels, width);
    return pixels.height() == height ? wide : alongColumns(wide, height);
  }

  private static Taps taps(int from, int to) {
    double scale = (double) from / to;
    double widening = Math.max(1, scale);
    double support = SUPPORT * widening;
    int[] first = new int[to];
    int[][] weights = new int[to][];
    for (int i = 0; i < to; i++) {
      double center = (i + 0.5) * scale;
      int begin = Math.max(0, (int) (center - support + 0.5));
      int end = Math.min(from, (int) (center + support + 0.5));
      double[] exact = new double[end - begin];
      double sum = 0;
      for (int k = 0; k < exact.length; k++) {
        exact[k] = cubic((k + begin - center + 0.5) / widening);
        sum += exact[k];
      }
      first[i] = begin;
      weights[i] = new int[exact.length];
      for (int k = 0; k < exact.length; k++) {
        double weight = exact[k] / sum * (1 << BITS);
        weights[i][k] = (int) (weight < 0 ? weight - 0.5 : weight + 0.5);
      }
    }
    return new Taps(first, weights);
  }

  private static double cubic(double distance) {
    double x = Math.abs(distance);
    if (x < 1) {
      return ((A + 2) * x - (A + 3)) * x * x + 1;
    }
    return x < 2 ? (((x - 5) * x + 8) * x - 4) * A : 0;
  }

  private static Pixels alongRows(Pixels pixels, int width) {
    Taps taps = taps(pixels.width(), width);
    byte[] rgb = new byte[3 * width * pixels.height()];
    for (int y = 0; y < pixels.height(); y++) {
      for (int x = 0; x < width; x++) {
        int from = (y * pixels.width() + taps.first()[x]) * 3;
        put(rgb, (y * width + x) * 3, pixels.rgb(), from, 3, taps.weights()[x]);
      }
    }
    return new Pixels(width, pixels.height(), rgb);
  }

  private static Pixels alongColumns(Pixels pixels, int height) {
    int width = pixels.width();
    Taps taps = taps(pixels.height(), height);
    byte[] rgb = new byte[3 * width * height];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int from = (taps.first()[y] * width + x) * 3;
        put(rgb, (y * width + x) * 3, pixels.rgb(), from, 3 * width, taps.weights()[y]);
      }
    }
    return new Pixels(width, height, rgb);
  }

  private static void put(byte[] to, int at, byte[] source, int from, int step, int[] weights) {
    for (int channel = 0; channel < 3; channel++) {
      int sum = 1 << (BITS - 1);
      int place = from + channel;
      for (int weight : weights) {
        sum += (source[place] & 0xff) * weight;
        place += step;
      }
      to[at + channel] = (byte) Math.max(0, Math.min(255, sum >> BITS));
    }
  }
}
