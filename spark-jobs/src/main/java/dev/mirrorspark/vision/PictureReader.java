package dev.mirrorspark.vision;

import com.twelvemonkeys.imageio.plugins.webp.WebPImageReaderSpi;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Set;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * Decodes pictures to red, green and blue of 8 bits as they are stored: colour profiles and gamma
 * are left aside, transparency is dropped, as PIL's {@code convert("RGB")} does it.
 */
public final class PictureReader {
  /** The chunks of a PNG that its pixels need; all others are cut out before it is decoded. */
  private static final Set<String> PNG_CHUNKS = Set.of("IHDR", "PLTE", "tRNS", "IDAT", "IEND");

  private PictureReader() {}

  /**
   * The pixels, turned as the file asks for.
   *
   * @throws PictureFault if the file is damaged
   */
  public static Pixels pixels(PictureFile picture) throws PictureFault {
    PictureOutline outline = PictureOutline.of(picture.file());
    boolean png = outline.type().equals("png");
    byte[] file = png ? bare(picture.file()) : picture.file();
    ImageReader reader = reader(outline.type());
    String[] warning = {""};
    reader.addIIOReadWarningListener((source, text) -> warning[0] = text);
    try (var in = new MemoryCacheImageInputStream(new ByteArrayInputStream(file))) {
      reader.setInput(in, true, true);
      if (reader.getWidth(0) != outline.width() || reader.getHeight(0) != outline.height()) {
        throw new PictureFault("a picture whose parts differ in size");
      }
      BufferedImage image = reader.read(0);
      if (!warning[0].isEmpty()) {
        throw new PictureFault("a damaged %s: %s".formatted(outline.type(), warning[0]));
      }
      return pixels(image).turned(outline.orientation());
    } catch (IOException | RuntimeException e) { // the readers throw what they stumble over
      String why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
      throw new PictureFault("a damaged %s: %s".formatted(outline.type(), why));
    } finally {
      reader.dispose();
    }
  }

  private static ImageReader reader(String type) {
    if (type.equals("webp")) {
      return new WebPImageReaderSpi().createReaderInstance(null);
    }
    return ImageIO.getImageReadersByFormatName(type).next();
  }

  /** A PNG without what may be compressed beside its pixels. */
  private static byte[] bare(byte[] file) {
    var kept = new ByteArrayOutputStream(file.length);
    kept.write(file, 0, 8);
    var bytes = ByteBuffer.wrap(file);
    String chunk = "";
    for (int at = 8; !chunk.equals("IEND"); ) {
      int whole = bytes.getInt(at) + 12;
      chunk = PictureOutline.name(bytes, at + 4);
      if (PNG_CHUNKS.contains(chunk)) {
        kept.write(file, at, whole);
      }
      at += whole;
    }
    return kept.toByteArray();
  }

  private static Pixels pixels(BufferedImage image) throws PictureFault {
    int width = image.getWidth();
    int height = image.getHeight();
    byte[] rgb = new byte[Math.multiplyExact(3, Math.multiplyExact(width, height))];
    Raster raster = image.getRaster();
    int bands = raster.getNumBands();
    int bits = image.getColorModel().getComponentSize(0);
    boolean indexed = image.getColorModel() instanceof IndexColorModel;
    if (!indexed && bits != 8 && bits != 16) {
      throw new PictureFault("a picture of %d bits a value".formatted(bits));
    }
    int[] row = new int[width * bands];
    for (int y = 0; y < height; y++) {
      raster.getPixels(0, y, width, 1, row);
      for (int x = 0; x < width; x++) {
        int to = (y * width + x) * 3;
        if (indexed) {
          int colour = ((IndexColorModel) image.getColorModel()).getRGB(row[x]);
          rgb[to] = (byte) (colour >> 16);
          rgb[to + 1] = (byte) (colour >> 8);
          rgb[to + 2] = (byte) colour;
        } else {
          for (int channel = 0; channel < 3; channel++) {
            int value = row[x * bands + (bands < 3 ? 0 : channel)];
            rgb[to + channel] = (byte) (bits == 16 ? value >> 8 : value);
          }
        }
      }
    }
    return new Pixels(width, height, rgb);
  }
}
