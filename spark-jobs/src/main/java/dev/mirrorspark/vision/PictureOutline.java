package dev.mirrorspark.vision;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.zip.CRC32;

/**
 * What a picture's file says of itself, read without decoding a pixel: time and memory are those of
 * walking over its parts once.
 *
 * @param width columns of pixels as they are stored
 * @param height rows of pixels
 * @param orientation how it is to be turned, 1 to 8 as in EXIF; 1: not at all
 */
record PictureOutline(String type, int width, int height, int orientation) {
  private static final long PNG = 0x89504e470d0a1a0aL;
  private static final int RIFF = 0x52494646;
  private static final int WEBP = 0x57454250;

  static PictureOutline of(byte[] file) throws PictureFault {
    var bytes = ByteBuffer.wrap(file);
    try {
      if (file.length >= 8 && bytes.getLong(0) == PNG) {
        return png(bytes);
      }
      if (file.length >= 3 && (bytes.getShort(0) & 0xffff) == 0xffd8) {
        return JpegOutline.of(bytes);
      }
      if (file.length >= 12 && bytes.getInt(0) == RIFF && bytes.getInt(8) == WEBP) {
        return webp(bytes.order(ByteOrder.LITTLE_ENDIAN));
      }
    } catch (IndexOutOfBoundsException e) {
      throw truncated();
    }
    throw new PictureFault("neither PNG nor JPEG nor WebP by its first bytes");
  }

  static PictureFault truncated() {
    return new PictureFault("the file ends before the picture does");
  }

  /** A picture, if it has any pixel. */
  static PictureOutline sized(String type, int width, int height, int orientation)
      throws PictureFault {
    if (width <= 0 || height <= 0) {
      throw new PictureFault("a picture of %d x %d pixels".formatted(width, height));
    }
    return new PictureOutline(type, width, height, orientation);
  }

  private static PictureOutline png(ByteBuffer bytes) throws PictureFault {
    int width = 0;
    int height = 0;
    boolean data = false;
    int at = 8;
    while (true) {
      int length = bytes.getInt(at);
      String chunk = name(bytes, at + 4);
      if (length < 0 || length > bytes.capacity() - at - 12) {
        throw truncated();
      }
      if (critical(chunk)) {
        checkSum(bytes, at + 4, length + 4, chunk);
      }
      switch (chunk) {
        case "IHDR" -> {
          width = bytes.getInt(at + 8);
          height = bytes.getInt(at + 12);
        }
        case "acTL" -> throw new PictureFault("an animated PNG");
        case "IDAT" -> data = true;
        case "IEND" -> {
          if (!data) {
            throw new PictureFault("a PNG without pixels");
          }
          return sized("png", width, height, 1);
        }
        default -> {
          // says nothing about pixels
        }
      }
      at += length + 12;
    }
  }

  /** Whether a PNG cannot be shown without a chunk. */
  static boolean critical(String chunk) {
    return Character.isUpperCase(chunk.charAt(0));
  }

  private static void checkSum(ByteBuffer bytes, int from, int count, String chunk)
      throws PictureFault {
    var sum = new CRC32();
    sum.update(bytes.array(), from, count);
    if ((int) sum.getValue() != bytes.getInt(from + count)) {
      throw new PictureFault(
          "a PNG whose part %s is damaged".formatted(chunk.replaceAll("\\W", "?")));
    }
  }

  private static PictureOutline webp(ByteBuffer bytes) throws PictureFault {
    if (Integer.toUnsignedLong(bytes.getInt(4)) > bytes.capacity() - 8) {
      throw truncated();
    }
    String chunk = name(bytes, 12);
    long length = Integer.toUnsignedLong(bytes.getInt(16));
    if (length > bytes.capacity() - 20) {
      throw truncated();
    }
    return switch (chunk) {
      case "VP8 ", "VP8L" -> size(bytes, chunk, 20);
      case "VP8X" -> {
        if ((bytes.get(20) & 2) != 0) {
          throw new PictureFault("an animated WebP");
        }
        if ((bytes.get(20) & 8) != 0) {
          throw new PictureFault("a WebP with EXIF data, which may turn it; store it without");
        }
        var canvas = sized("webp", three(bytes, 24) + 1, three(bytes, 27) + 1, 1);
        if (!pixels(bytes, 20 + length + length % 2).equals(canvas)) {
          throw new PictureFault("a WebP whose pixels are not as many as it says");
        }
        yield canvas;
      }
      default -> throw new PictureFault("a WebP without a known part of pixels");
    };
  }

  /** The size of the one part with pixels among those from a place on. */
  private static PictureOutline pixels(ByteBuffer bytes, long from) throws PictureFault {
    Optional<PictureOutline> found = Optional.empty();
    for (long at = from; at + 8 <= bytes.capacity(); ) {
      String chunk = name(bytes, (int) at);
      long length = Integer.toUnsignedLong(bytes.getInt((int) at + 4));
      if (length > bytes.capacity() - at - 8) {
        throw truncated();
      }
      if (chunk.equals("VP8 ") || chunk.equals("VP8L")) {
        if (found.isPresent()) {
          throw new PictureFault("a WebP with pixels twice");
        }
        found = Optional.of(size(bytes, chunk, (int) at + 8));
      }
      at += 8 + length + length % 2;
    }
    return found.orElseThrow(() -> new PictureFault("a WebP without pixels"));
  }

  /** What the part with pixels whose content begins at a place says of its size. */
  private static PictureOutline size(ByteBuffer bytes, String chunk, int at) throws PictureFault {
    if (chunk.equals("VP8 ")) {
      return sized("webp", bytes.getShort(at + 6) & 0x3fff, bytes.getShort(at + 8) & 0x3fff, 1);
    }
    int packed = bytes.getInt(at + 1);
    return sized("webp", (packed & 0x3fff) + 1, (packed >> 14 & 0x3fff) + 1, 1);
  }

  private static int three(ByteBuffer bytes, int at) {
    return bytes.getShort(at) & 0xffff | (bytes.get(at + 2) & 0xff) << 16;
  }

  static String name(ByteBuffer bytes, int at) {
    if (at < 0 || at + 4 > bytes.capacity()) {
      throw new IndexOutOfBoundsException(at);
    }
    return new String(bytes.array(), at, 4, StandardCharsets.ISO_8859_1);
  }
}
