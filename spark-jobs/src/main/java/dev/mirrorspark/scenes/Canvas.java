package dev.mirrorspark.scenes;

import dev.mirrorspark.vision.PictureFault;
import dev.mirrorspark.vision.PictureFile;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.Adler32;
import java.util.zip.CRC32;

/**
 * A small drawing in the colours of {@link Colour}, without smoothing, and its PNG: the same bytes
 * on every machine, since nothing is compressed.
 */
final class Canvas {
  private static final int STORED = 65_535;

  private final BufferedImage image;
  private final Graphics2D pen;

  /** A drawing of the background's colour. */
  Canvas(int width, int height) {
    var colours = Colour.values();
    byte[][] palette = new byte[3][colours.length];
    for (int i = 0; i < colours.length; i++) {
      palette[0][i] = (byte) (colours[i].rgb() >> 16);
      palette[1][i] = (byte) (colours[i].rgb() >> 8);
      palette[2][i] = (byte) colours[i].rgb();
    }
    var model = new IndexColorModel(8, colours.length, palette[0], palette[1], palette[2]);
    this.image = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_INDEXED, model);
    this.pen = image.createGraphics();
    fill(Colour.BACKGROUND, 0, 0, width, height);
  }

  private Graphics2D in(Colour colour) {
    pen.setColor(new Color(colour.rgb()));
    return pen;
  }

  void fill(Colour colour, int x, int y, int width, int height) {
    in(colour).fillRect(x, y, width, height);
  }

  void circle(Colour colour, int x, int y, int size) {
    in(colour).fillOval(x, y, size, size);
  }

  void triangle(Colour colour, int x, int y, int size) {
    int[] xs = {x, x + size, x + size / 2};
    int[] ys = {y + size, y + size, y};
    in(colour).fillPolygon(xs, ys, xs.length);
  }

  /** The drawing as a file. */
  PictureFile picture() {
    pen.dispose();
    int width = image.getWidth();
    int height = image.getHeight();
    var rows = new ByteArrayOutputStream();
    int[] row = new int[width];
    for (int y = 0; y < height; y++) {
      rows.write(0); // no filter
      image.getRaster().getPixels(0, y, width, 1, row);
      for (int x = 0; x < width; x += 2) {
        rows.write(row[x] << 4 | (x + 1 < width ? row[x + 1] : 0));
      }
    }
    var file = new ByteArrayOutputStream();
    file.writeBytes(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 26, '\n'});
    chunk(
        file,
        "IHDR",
        out -> {
          out.writeInt(width);
          out.writeInt(height);
          out.write(new byte[] {4, 3, 0, 0, 0}); // 4 bits, of a palette
        });
    chunk(
        file,
        "PLTE",
        out -> {
          for (Colour colour : Colour.values()) {
            out.writeByte(colour.rgb() >> 16);
            out.writeByte(colour.rgb() >> 8);
            out.writeByte(colour.rgb());
          }
        });
    chunk(file, "IDAT", out -> stored(out, rows.toByteArray()));
    chunk(file, "IEND", out -> {});
    try {
      return PictureFile.of(file.toByteArray(), PictureFile.Limits.DEFAULT);
    } catch (PictureFault impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private interface Content {
    void write(DataOutputStream out) throws IOException;
  }

  private static void chunk(ByteArrayOutputStream file, String name, Content content) {
    var bytes = new ByteArrayOutputStream();
    bytes.writeBytes(name.getBytes(StandardCharsets.ISO_8859_1));
    try {
      content.write(new DataOutputStream(bytes));
      var sum = new CRC32();
      sum.update(bytes.toByteArray());
      var out = new DataOutputStream(file);
      out.writeInt(bytes.size() - 4);
      out.write(bytes.toByteArray());
      out.writeInt((int) sum.getValue());
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  /** A zlib stream of blocks that are stored as they are. */
  private static void stored(DataOutputStream out, byte[] bytes) throws IOException {
    out.writeShort(0x7801);
    for (int from = 0; from < bytes.length; from += STORED) {
      int count = Math.min(STORED, bytes.length - from);
      out.writeByte(from + count == bytes.length ? 1 : 0);
      out.writeShort(Short.reverseBytes((short) count));
      out.writeShort(Short.reverseBytes((short) ~count));
      out.write(bytes, from, count);
    }
    var sum = new Adler32();
    sum.update(bytes);
    out.writeInt((int) sum.getValue());
  }
}
