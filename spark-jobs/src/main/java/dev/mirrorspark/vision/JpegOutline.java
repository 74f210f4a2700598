package dev.mirrorspark.vision;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** The outline of a JPEG: its frame header, and the turn that its EXIF data ask for. */
final class JpegOutline {
  private static final int MOST_SCANS = 100;
  private static final byte[] EXIF = "Exif\0\0".getBytes(StandardCharsets.ISO_8859_1);
  private static final int ORIENTATION = 0x112;
  private static final int SHORT = 3;

  private JpegOutline() {}

  /**
   * The outline of a file.
   *
   * @throws PictureFault if it has no frame, one of four components, or no end
   * @throws IndexOutOfBoundsException if it ends within a part
   */
  static PictureOutline of(ByteBuffer bytes) throws PictureFault {
    int orientation = 1;
    int at = 2;
    while (true) {
      if ((bytes.get(at) & 0xff) != 0xff) {
        throw new PictureFault("a damaged JPEG");
      }
      int marker = bytes.get(at + 1) & 0xff;
      if (marker == 0xff) { // filling
        at++;
        continue;
      }
      int length = bytes.getShort(at + 2) & 0xffff;
      if (length < 2 || at + 2 + length > bytes.capacity()) {
        throw PictureOutline.truncated();
      }
      if (marker == 0xe1 && begins(bytes, at + 4)) {
        orientation = orientation(bytes, at + 4 + EXIF.length, length - 2 - EXIF.length);
      } else if (isFrame(marker)) {
        return frame(bytes, marker, at + 4, orientation);
      } else if (marker == 0xda || marker == 0xd9) {
        throw new PictureFault("a JPEG without a frame");
      }
      at += 2 + length;
    }
  }

  private static PictureOutline frame(ByteBuffer bytes, int marker, int at, int orientation)
      throws PictureFault {
    int bits = bytes.get(at);
    int components = bytes.get(at + 5);
    if (marker > 0xc2) {
      throw new PictureFault("a JPEG of a rare kind (lossless, hierarchical or arithmetic)");
    }
    if (bits != 8) {
      throw new PictureFault("a JPEG of %d bits a value; 8 are taken".formatted(bits));
    }
    if (components != 1 && components != 3) {
      throw new PictureFault(
          "a JPEG of %d components (such as CMYK); grey and RGB are taken".formatted(components));
    }
    if (!ends(bytes)) {
      throw PictureOutline.truncated();
    }
    requireFewScans(bytes, at);
    int height = bytes.getShort(at + 1) & 0xffff;
    int width = bytes.getShort(at + 3) & 0xffff;
    return PictureOutline.sized("jpeg", width, height, orientation);
  }

  /** Each scan walks over all pixels, however short it is. */
  private static void requireFewScans(ByteBuffer bytes, int from) throws PictureFault {
    int scans = 0;
    for (int at = from; at < bytes.capacity() - 1; at++) {
      if ((bytes.getShort(at) & 0xffff) == 0xffda && ++scans > MOST_SCANS) {
        throw new PictureFault("a JPEG of more than %d scans".formatted(MOST_SCANS));
      }
    }
  }

  /** The end marker stands at the end, but for bytes that some writers fill up with. */
  private static boolean ends(ByteBuffer bytes) {
    int last = bytes.capacity() - 1;
    while (last > 0 && bytes.get(last) == 0) {
      last--;
    }
    return last > 2 && (bytes.getShort(last - 1) & 0xffff) == 0xffd9;
  }

  private static boolean isFrame(int marker) {
    return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
  }

  private static boolean begins(ByteBuffer bytes, int at) {
    for (int i = 0; i < EXIF.length; i++) {
      if (bytes.get(at + i) != EXIF[i]) {
        return false;
      }
    }
    return true;
  }

  /** The tag of the first directory; 1 where there is none or it says nothing known. */
  private static int orientation(ByteBuffer file, int from, int length) throws PictureFault {
    if (length < 8) {
      return 1;
    }
    ByteBuffer exif = file.slice(from, length);
    exif.order(exif.getShort(0) == 0x4949 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    try {
      int directory = exif.getInt(4);
      int count = exif.getShort(directory) & 0xffff;
      for (int i = 0; i < count; i++) {
        int entry = directory + 2 + 12 * i;
        if ((exif.getShort(entry) & 0xffff) == ORIENTATION) {
          int value = exif.getShort(entry + 8) & 0xffff;
          if (exif.getShort(entry + 2) == SHORT && value >= 1 && value <= 8) {
            return value;
          }
        }
      }
      return 1;
    } catch (IndexOutOfBoundsException e) {
      throw new PictureFault("a JPEG with damaged EXIF data, which may turn it");
    }
  }
}
