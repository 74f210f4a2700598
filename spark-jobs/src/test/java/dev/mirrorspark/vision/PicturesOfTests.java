package dev.mirrorspark.vision;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;

/** Pictures for tests, good and hostile. */
public final class PicturesOfTests {
  private PicturesOfTests() {}

  /** Colours of chance in blocks, so that compression does not blur them all. */
  public static BufferedImage noise(int width, int height, long seed) {
    var image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    var random = new Random(seed);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        image.setRGB(x, y, random.nextInt(1 << 24));
      }
    }
    return image;
  }

  public static byte[] file(BufferedImage image, String format) {
    var out = new ByteArrayOutputStream();
    try {
      if (!ImageIO.write(image, format, out)) {
        throw new IllegalArgumentException(format);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  public static byte[] png(int width, int height, long seed) {
    return file(noise(width, height, seed), "png");
  }

  /** A PNG with a chunk more, behind the header. */
  static byte[] withChunk(byte[] png, String name, byte[] content) {
    var out = new ByteArrayOutputStream();
    out.write(png, 0, 33);
    byte[] body = new byte[4 + content.length];
    System.arraycopy(name.getBytes(StandardCharsets.ISO_8859_1), 0, body, 0, 4);
    System.arraycopy(content, 0, body, 4, content.length);
    var sum = new CRC32();
    sum.update(body);
    writeInt(out, content.length);
    out.writeBytes(body);
    writeInt(out, (int) sum.getValue());
    out.write(png, 33, png.length - 33);
    return out.toByteArray();
  }

  /** A PNG that says that it has other sizes. */
  static byte[] resized(byte[] png, int width, int height) {
    byte[] copy = png.clone();
    putInt(copy, 16, width);
    putInt(copy, 20, height);
    var sum = new CRC32();
    sum.update(copy, 12, 17);
    putInt(copy, 29, (int) sum.getValue());
    return copy;
  }

  /** A JPEG with an EXIF orientation. */
  static byte[] oriented(byte[] jpeg, int orientation, boolean little) {
    byte[] tiff = new byte[26];
    tiff[0] = tiff[1] = (byte) (little ? 'I' : 'M');
    int[] shorts = {2, 42, 8, 1, 10, 0x112, 12, 3, 18, orientation};
    for (int i = 0; i < shorts.length; i += 2) {
      tiff[shorts[i] + (little ? 0 : 1)] = (byte) shorts[i + 1];
      tiff[shorts[i] + (little ? 1 : 0)] = (byte) (shorts[i + 1] >> 8);
    }
    // the offset of the directory and the count are of four bytes
    tiff[4] = tiff[5] = tiff[6] = tiff[7] = 0;
    tiff[little ? 4 : 7] = 8;
    tiff[little ? 14 : 17] = 1;
    var out = new ByteArrayOutputStream();
    out.write(jpeg, 0, 2);
    out.write(0xff);
    out.write(0xe1);
    int length = 2 + 6 + tiff.length;
    out.write(length >> 8);
    out.write(length);
    out.writeBytes("Exif\0\0".getBytes(StandardCharsets.ISO_8859_1));
    out.writeBytes(tiff);
    out.write(jpeg, 2, jpeg.length - 2);
    return out.toByteArray();
  }

  private static void putInt(byte[] bytes, int at, int value) {
    for (int i = 0; i < 4; i++) {
      bytes[at + i] = (byte) (value >> 24 - 8 * i);
    }
  }

  private static void writeInt(ByteArrayOutputStream out, int value) {
    for (int i = 0; i < 4; i++) {
      out.write(value >> 24 - 8 * i);
    }
  }
}
