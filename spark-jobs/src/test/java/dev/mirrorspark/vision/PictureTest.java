package dev.mirrorspark.vision;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Files of pictures, good and hostile: taken as they are, or refused in bounded time and memory.
 */
class PictureTest {
  /** Pictures of one pixel: lossless, lossy, with transparency. */
  private static final List<byte[]> WEBP =
      Stream.of(
              "UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==",
              "UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA",
              "UklGRkoAAABXRUJQVlA4WAoAAAAQAAAAAAAAAAAAQUxQSAwAAAARBxAR/Q9ERP8DAABWUDggGAAAABQBAJ0B"
                  + "KgEAAQAAAP4AAA3AAP7mtQAAAA==")
          .map(Base64.getDecoder()::decode)
          .toList();

  private static final byte[] ANIMATED_WEBP =
      Base64.getDecoder()
          .decode(
              "UklGRlIAAABXRUJQVlA4WAoAAAASAAAAAAAAAAAAQU5JTQYAAAD/////AABBTk1GJgAAAAAAAAAAAAAAAAAA"
                  + "AGQAAABWUDhMDQAAAC8AAAAQBxAREYiI/gcA");

  private static Pixels read(byte[] file) throws PictureFault {
    return PictureReader.pixels(PictureFile.of(file, PictureFile.Limits.DEFAULT));
  }

  private static String refusal(byte[] file) {
    return assertTimeoutPreemptively(
        Duration.ofSeconds(5),
        () -> assertThrows(PictureFault.class, () -> read(file)).getMessage());
  }

  @Test
  void pngsOfEveryKindGiveTheirColours() throws PictureFault {
    BufferedImage noise = PicturesOfTests.noise(13, 7, 1);
    for (int type :
        new int[] {
          BufferedImage.TYPE_INT_RGB, BufferedImage.TYPE_INT_ARGB, BufferedImage.TYPE_3BYTE_BGR
        }) {
      var image = new BufferedImage(13, 7, type);
      for (int y = 0; y < 7; y++) {
        for (int x = 0; x < 13; x++) {
          image.setRGB(x, y, noise.getRGB(x, y) & 0x7fffffff); // half transparent where it can be
        }
      }
      Pixels pixels = read(PicturesOfTests.file(image, "png"));
      assertEquals(13, pixels.width());
      for (int y = 0; y < 7; y++) {
        for (int x = 0; x < 13; x++) {
          int rgb = noise.getRGB(x, y);
          int found = pixels.at(x, y, 0) << 16 | pixels.at(x, y, 1) << 8 | pixels.at(x, y, 2);
          assertEquals(rgb & 0xffffff, found, "type " + type);
        }
      }
    }
  }

  @Test
  void greyIsTheStoredValue() throws PictureFault {
    var grey = new BufferedImage(256, 2, BufferedImage.TYPE_BYTE_GRAY);
    for (int x = 0; x < 256; x++) {
      grey.getRaster().setSample(x, 0, 0, x);
    }
    Pixels pixels = read(PicturesOfTests.file(grey, "png"));
    for (int x = 0; x < 256; x++) {
      assertEquals(x, pixels.at(x, 0, 0));
      assertEquals(x, pixels.at(x, 0, 2));
    }
  }

  @Test
  void webpIsRead() throws PictureFault {
    for (byte[] file : WEBP) {
      var picture = PictureFile.of(file, PictureFile.Limits.DEFAULT);
      assertEquals("webp", picture.type());
      assertEquals(1, picture.width());
      assertEquals(3, read(file).rgb().length);
    }
  }

  /** The decoder makes room for what the inner part says, whatever the outer one did. */
  @Test
  void webpsPartsMustAgree() throws PictureFault {
    for (byte[] file : WEBP) {
      byte[] inner = Arrays.copyOfRange(file, 12, file.length);
      assertEquals(1, PictureFile.of(extended(1, inner), PictureFile.Limits.DEFAULT).width());
      byte[] twice = Arrays.copyOf(inner, 2 * inner.length);
      System.arraycopy(inner, 0, twice, inner.length, inner.length);
      for (byte[] odd :
          List.of(extended(16, inner), extended(1, new byte[0]), extended(1, twice))) {
        assertThrows(PictureFault.class, () -> PictureFile.of(odd, PictureFile.Limits.DEFAULT));
      }
    }
  }

  private static byte[] extended(int size, byte[] inner) {
    var file = ByteBuffer.allocate(30 + inner.length).order(ByteOrder.LITTLE_ENDIAN);
    file.put("RIFF".getBytes()).putInt(22 + inner.length).put("WEBPVP8X".getBytes()).putInt(10);
    file.putInt(0).put((byte) (size - 1)).putShort((short) 0);
    file.put((byte) (size - 1)).putShort((short) 0).put(inner);
    return file.array();
  }

  @Test
  void aJpegOfManyScansIsRefused() {
    byte[] jpeg = PicturesOfTests.file(PicturesOfTests.noise(16, 16, 1), "jpg");
    byte[] scans = Arrays.copyOf(jpeg, jpeg.length + 400);
    for (int at = jpeg.length - 2; at < scans.length - 2; at += 2) {
      scans[at] = (byte) 0xff;
      scans[at + 1] = (byte) 0xda;
    }
    scans[scans.length - 2] = (byte) 0xff;
    scans[scans.length - 1] = (byte) 0xd9;
    var fault =
        assertThrows(PictureFault.class, () -> PictureFile.of(scans, PictureFile.Limits.DEFAULT));
    assertTrue(fault.getMessage().contains("more than 100 scans"), fault.getMessage());
  }

  @Test
  void aTurnThatExifAsksForIsDone() throws PictureFault {
    // four quarters of colours that JPEG keeps apart
    var image = new BufferedImage(32, 16, BufferedImage.TYPE_INT_RGB);
    int[] colours = {0xff0000, 0x00ff00, 0x0000ff, 0xffffff};
    for (int y = 0; y < 16; y++) {
      for (int x = 0; x < 32; x++) {
        image.setRGB(x, y, colours[y / 8 * 2 + x / 16]);
      }
    }
    byte[] jpeg = PicturesOfTests.file(image, "jpg");
    // corners, upper left first, of the colours above, by the EXIF standard
    int[][] corners = {
      {0, 1, 2, 3}, {1, 0, 3, 2}, {3, 2, 1, 0}, {2, 3, 0, 1},
      {0, 2, 1, 3}, {2, 0, 3, 1}, {3, 1, 2, 0}, {1, 3, 0, 2}
    };
    for (int orientation = 1; orientation <= 8; orientation++) {
      for (boolean little : new boolean[] {true, false}) {
        byte[] file = PicturesOfTests.oriented(jpeg, orientation, little);
        var picture = PictureFile.of(file, PictureFile.Limits.DEFAULT);
        assertEquals(orientation > 4 ? 16 : 32, picture.width(), "" + orientation);
        Pixels pixels = PictureReader.pixels(picture);
        assertEquals(picture.width(), pixels.width());
        int[] xs = {2, pixels.width() - 3};
        int[] ys = {2, pixels.height() - 3};
        for (int corner = 0; corner < 4; corner++) {
          int expected = colours[corners[orientation - 1][corner]];
          for (int channel = 0; channel < 3; channel++) {
            int value = pixels.at(xs[corner % 2], ys[corner / 2], channel);
            assertEquals(expected >> 16 - 8 * channel & 255, value, 40, "turn " + orientation);
          }
        }
      }
    }
  }

  @Test
  void hostileFilesAreRefused() {
    byte[] png = PicturesOfTests.png(40, 30, 2);
    byte[] jpeg = PicturesOfTests.file(PicturesOfTests.noise(40, 30, 3), "jpg");
    Map<byte[], String> refused = new LinkedHashMap<>();
    refused.put(new byte[0], "neither PNG nor JPEG nor WebP");
    refused.put("GIF89a, and more".getBytes(StandardCharsets.US_ASCII), "neither PNG");
    refused.put("<svg onload='x'/>".getBytes(StandardCharsets.US_ASCII), "neither PNG");
    refused.put(PicturesOfTests.resized(png, 60_000, 60_000), "60000 x 60000");
    refused.put(PicturesOfTests.resized(png, Integer.MAX_VALUE, 2), "at most");
    refused.put(PicturesOfTests.resized(png, -5, 10), "-5 x 10");
    refused.put(PicturesOfTests.resized(png, 0, 10), "0 x 10");
    refused.put(PicturesOfTests.resized(png, 40, 4000), "damaged");
    refused.put(Arrays.copyOf(png, png.length - 20), "ends before");
    refused.put(Arrays.copyOf(png, 20), "ends before");
    refused.put(PicturesOfTests.withChunk(png, "acTL", new byte[8]), "animated PNG");
    refused.put(Arrays.copyOf(jpeg, jpeg.length / 2), "ends before");
    refused.put(Arrays.copyOf(jpeg, 30), "ends before");
    refused.put(new byte[] {(byte) 0xff, (byte) 0xd8, (byte) 0xff, (byte) 0xd9}, "ends before");
    byte[] flipped = png.clone();
    flipped[60] ^= 0x55;
    refused.put(flipped, "part IDAT is damaged");
    byte[] cmyk = jpeg.clone();
    cmyk[frame(cmyk) + 9] = 4;
    refused.put(cmyk, "4 components");
    byte[] twelve = jpeg.clone();
    twelve[frame(twelve) + 4] = 12;
    refused.put(twelve, "12 bits");
    byte[] huge = jpeg.clone();
    huge[frame(huge) + 5] = huge[frame(huge) + 7] = (byte) 0xff;
    refused.put(huge, "at most");
    byte[] middle = jpeg.clone();
    Arrays.fill(middle, jpeg.length / 2, jpeg.length - 2, (byte) 0);
    refused.put(middle, "");
    refused.put(ANIMATED_WEBP, "animated WebP");
    WEBP.forEach(file -> refused.put(Arrays.copyOf(file, file.length - 3), "ends before"));
    refused.forEach(
        (file, why) -> {
          String message = refusal(file);
          assertTrue(message.contains(why), message + " instead of " + why);
        });
    var small = new PictureFile.Limits(100, 1000);
    assertThrows(PictureFault.class, () -> PictureFile.of(png, small));
    assertThrows(
        PictureFault.class,
        () -> PictureFile.of(png, new PictureFile.Limits(1 << 20, 40 * 30 - 1)));
  }

  private static int frame(byte[] jpeg) {
    for (int i = 0; i < jpeg.length; i++) {
      if (jpeg[i] == (byte) 0xff && jpeg[i + 1] == (byte) 0xc0) {
        return i;
      }
    }
    throw new IllegalArgumentException();
  }

  @Test
  void whatIsCompressedBesideThePixelsIsNotRead() throws PictureFault {
    byte[] png = PicturesOfTests.png(8, 8, 4);
    byte[] profile = PicturesOfTests.withChunk(png, "iCCP", new byte[] {65, 0, 0, 1, 2, 3});
    byte[] gamma = PicturesOfTests.withChunk(png, "gAMA", new byte[] {0, 0, 0, 1});
    assertArrayEquals(read(png).rgb(), read(profile).rgb());
    assertArrayEquals(read(png).rgb(), read(gamma).rgb());
  }
}
