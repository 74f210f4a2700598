package dev.mirrorspark.prompts;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.files.Storage;
import dev.mirrorspark.prompts.RowMapping.BadRow;
import dev.mirrorspark.vision.PictureFault;
import dev.mirrorspark.vision.PictureFile;
import dev.mirrorspark.vision.PictureReader;
import java.util.Base64;
import java.util.Optional;

/**
 * A picture in a cell of a user's file: base64, a data URL, the path of a file beside the user's,
 * or an object with {@code bytes} or {@code path}, alone or as a list's one element (as data sets
 * of the Hugging Face kind keep it).
 *
 * @param folder where paths start: the folder of the user's file
 * @param limits what a picture may be
 */
record PictureCell(Storage storage, String folder, PictureFile.Limits limits) {

  /** For files without pictures. */
  static final PictureCell NONE = new PictureCell(Storage.local(), "", PictureFile.Limits.DEFAULT);

  /**
   * The picture of a cell, whose pixels have been decoded once by way of trial.
   *
   * @throws BadRow if there is none, or it is not taken
   */
  PictureFile picture(String cell) throws BadRow {
    return looked(file(cell.strip()));
  }

  /** The picture in a file beside the user's, likewise. */
  PictureFile beside(CharSequence path) throws BadRow {
    return looked(bytesBeside(path.toString()));
  }

  private PictureFile looked(byte[] file) throws BadRow {
    try {
      var picture = PictureFile.of(file, limits);
      PictureReader.pixels(picture);
      return picture;
    } catch (PictureFault e) {
      throw new BadRow("the picture: " + e.getMessage());
    }
  }

  private byte[] file(String cell) throws BadRow {
    Optional<JsonNode> json = NestedCell.json(cell);
    if (json.isPresent()) {
      JsonNode node = json.get();
      if (node.isArray()) {
        if (node.size() != 1) {
          throw new BadRow("%d pictures; a problem has one".formatted(node.size()));
        }
        node = node.get(0);
      }
      if (node.isTextual()) {
        return file(node.textValue());
      }
      if (node.path("bytes").isTextual()) {
        return base64(node.path("bytes").textValue());
      }
      if (node.path("path").isTextual()) {
        return bytesBeside(node.path("path").textValue());
      }
      throw new BadRow("the picture is an object with neither bytes nor path");
    }
    if (cell.startsWith("data:")) {
      int comma = cell.indexOf(";base64,");
      if (comma < 0) {
        throw new BadRow("the picture is a data URL that is not base64");
      }
      return base64(cell.substring(comma + ";base64,".length()));
    }
    boolean begins =
        cell.startsWith("iVBOR") || cell.startsWith("/9j/") || cell.startsWith("UklGR");
    return begins ? base64(cell) : bytesBeside(cell);
  }

  private byte[] base64(String text) throws BadRow {
    if (text.length() / 4 * 3L > limits.bytes() + 3) {
      throw tooLarge();
    }
    try {
      return Base64.getMimeDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      throw new BadRow("the picture is no base64");
    }
  }

  private BadRow tooLarge() {
    return new BadRow("the picture: more than %,d bytes".formatted(limits.bytes()));
  }

  private byte[] bytesBeside(String path) throws BadRow {
    boolean inside =
        !path.isBlank() && path.length() < 1000 && !path.startsWith("/") && !path.contains(":");
    for (String step : path.split("/")) {
      inside &= !step.equals("..");
    }
    if (!inside) {
      throw new BadRow(
          "the picture is neither base64 nor the path of a file below the data's folder");
    }
    String file = Storage.child(folder, path);
    try {
      if (!storage.exists(file) || storage.isFolder(file)) {
        throw new BadRow("no picture " + path + " beside the file");
      }
      if (storage.length(file) > limits.bytes()) {
        throw tooLarge();
      }
      return storage.bytes(file);
    } catch (UserError e) {
      throw new BadRow("the picture: " + e.getMessage());
    }
  }
}
