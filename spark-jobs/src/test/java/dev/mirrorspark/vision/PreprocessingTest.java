package dev.mirrorspark.vision;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.vision.Preprocessing.Size;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Sizes, resizing and patches against an independent float64 computation. */
class PreprocessingTest {
  private static final Preprocessing QWEN =
      new Preprocessing(
          14, 2, 2, 56 * 56, 28 * 28 * 1280, Preprocessing.MEAN, Preprocessing.DEVIATION);

  private static Pixels noise(int width, int height, long seed) throws PictureFault {
    return PictureReader.pixels(
        PictureFile.of(PicturesOfTests.png(width, height, seed), PictureFile.Limits.DEFAULT));
  }

  /** Sizes worked out by hand from the published function, ties to even among them. */
  @Test
  void sizesAreThoseOfTheReference() throws PictureFault {
    assertEquals(new Size(56, 56), QWEN.size(56, 56));
    assertEquals(new Size(56, 112), QWEN.size(42, 98)); // 1.5 and 3.5 tokens: 2 and 4
    assertEquals(new Size(56, 56), QWEN.size(20, 20));
    assertEquals(new Size(1148, 840), QWEN.size(4000, 3000));
  }

  @Test
  void sizesKeepTheRange() throws PictureFault {
    for (int height : new int[] {1, 13, 14, 28, 70, 333, 1000, 4000}) {
      for (int width : new int[] {7, 15, 28, 200, 999, 2500}) {
        if (Math.max(height, width) > 200 * Math.min(height, width)) {
          assertThrows(PictureFault.class, () -> QWEN.size(height, width));
          continue;
        }
        Size size = QWEN.size(height, width);
        assertEquals(0, size.height() % 28);
        assertEquals(0, size.width() % 28);
        long pixels = (long) size.height() * size.width();
        assertTrue(pixels >= QWEN.minPixels() && pixels <= QWEN.maxPixels(), size + "");
      }
    }
  }

  private static double cubic(double x) {
    double a = Math.abs(x);
    return a < 1
        ? 1.5 * a * a * a - 2.5 * a * a + 1
        : a < 2 ? -0.5 * a * a * a + 2.5 * a * a - 4 * a + 2 : 0;
  }

  /** One pass in float64, rounded once at its end, with the weights of the antialiased cubic. */
  private static double[] line(double[] values, int to) {
    double scale = (double) values.length / to;
    double wide = Math.max(1, scale);
    double[] result = new double[to];
    for (int i = 0; i < to; i++) {
      double center = (i + 0.5) * scale;
      double sum = 0;
      double weights = 0;
      for (int k = 0; k < values.length; k++) {
        boolean within =
            k >= (int) Math.floor(center - 2 * wide + 0.5) && k < (int) (center + 2 * wide + 0.5);
        double weight = within ? cubic((k + 0.5 - center) / wide) : 0;
        sum += weight * values[k];
        weights += weight;
      }
      result[i] = Math.max(0, Math.min(255, Math.floor(sum / weights + 0.5)));
    }
    return result;
  }

  private static int[] plain(Pixels pixels, int width, int height, int channel) {
    double[][] rows = new double[pixels.height()][];
    for (int y = 0; y < rows.length; y++) {
      double[] row = new double[pixels.width()];
      for (int x = 0; x < row.length; x++) {
        row[x] = pixels.at(x, y, channel);
      }
      rows[y] = width == row.length ? row : line(row, width);
    }
    int[] result = new int[width * height];
    for (int x = 0; x < width; x++) {
      double[] column = new double[rows.length];
      for (int y = 0; y < rows.length; y++) {
        column[y] = rows[y][x];
      }
      double[] resized = height == column.length ? column : line(column, height);
      for (int y = 0; y < height; y++) {
        result[y * width + x] = (int) resized[y];
      }
    }
    return result;
  }

  @Test
  void resizingIsTheAntialiasedCubic() throws PictureFault {
    int[][] sizes = {
      {40, 30, 28, 28},
      {40, 30, 84, 56},
      {20, 20, 56, 56},
      {100, 7, 56, 56},
      {90, 120, 56, 28},
      {64, 64, 64, 32},
      {3, 3, 28, 28}
    };
    for (int[] size : sizes) {
      Pixels pixels = noise(size[0], size[1], size[2]);
      Pixels resized = Bicubic.resized(pixels, size[2], size[3]);
      int apart = 0;
      for (int channel = 0; channel < 3; channel++) {
        int[] expected = plain(pixels, size[2], size[3], channel);
        for (int i = 0; i < expected.length; i++) {
          int found = resized.at(i % size[2], i / size[2], channel);
          assertEquals(expected[i], found, 1, "size " + List.of(size[2], size[3]));
          apart += expected[i] == found ? 0 : 1;
        }
      }
      assertTrue(apart <= 0.001 * 3 * size[2] * size[3], apart + " values differ");
    }
  }

  @Test
  void aFlatColourStaysFlat() throws PictureFault {
    byte[] rgb = new byte[3 * 50 * 20];
    Arrays.fill(rgb, (byte) 200);
    Pixels resized = Bicubic.resized(new Pixels(50, 20, rgb), 28, 56);
    for (byte value : resized.rgb()) {
      assertEquals(200, value & 0xff);
    }
  }

  @Test
  void patchesStandInTheOrderOfTheReference() throws PictureFault {
    var small = new Preprocessing(2, 2, 2, 16, 4096, Preprocessing.MEAN, Preprocessing.DEVIATION);
    Pixels pixels = noise(8, 4, 5);
    Patches patches =
        small.of(PictureFile.of(PicturesOfTests.png(8, 4, 5), PictureFile.Limits.DEFAULT));
    assertEquals(2, patches.rows());
    assertEquals(4, patches.columns());
    int at = 0;
    int[][] order = {{0, 0}, {0, 1}, {1, 0}, {1, 1}, {0, 2}, {0, 3}, {1, 2}, {1, 3}};
    for (int[] place : order) {
      for (int channel = 0; channel < 3; channel++) {
        for (int frame = 0; frame < 2; frame++) {
          for (int row = 0; row < 2; row++) {
            for (int column = 0; column < 2; column++) {
              double value = pixels.at(place[1] * 2 + column, place[0] * 2 + row, channel) / 255.0;
              double expected =
                  (value - Preprocessing.MEAN.get(channel)) / Preprocessing.DEVIATION.get(channel);
              assertEquals(expected, patches.values()[at++], 1e-5);
            }
          }
        }
      }
    }
    assertEquals(at, patches.values().length);
    assertEquals(
        2, small.tokens(PictureFile.of(PicturesOfTests.png(8, 4, 5), PictureFile.Limits.DEFAULT)));
  }
}
