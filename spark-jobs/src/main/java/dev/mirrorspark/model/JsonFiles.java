package dev.mirrorspark.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.files.Storage;
import java.nio.file.Path;
import java.util.Optional;

/** The JSON files of a checkpoint folder, in and out. */
final class JsonFiles {
  /** What is said of a file of a model folder that is not there. */
  static final String MISSING = "no such file; restore it, or copy the model folder again";

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private JsonFiles() {}

  static ObjectNode object() {
    return JSON.createObjectNode();
  }

  /**
   * The object in a file.
   *
   * @throws UserError if the file is missing, not JSON or not an object
   */
  static ObjectNode read(Storage storage, String file) {
    JsonNode node;
    try {
      node = JSON.readTree(text(storage, file));
    } catch (JsonProcessingException e) {
      throw new UserError(
          file
              + ": line "
              + (e.getLocation() == null ? 1 : e.getLocation().getLineNr())
              + ": not JSON: "
              + e.getOriginalMessage().lines().findFirst().orElse("")
              + "; restore the file",
          e);
    }
    if (node instanceof ObjectNode object) {
      return object;
    }
    throw new UserError(file + ": must hold a JSON object");
  }

  /** As {@link #read(Storage, String)}, of a file of this machine. */
  static ObjectNode read(Path file) {
    return read(Storage.local(), file.toString());
  }

  /** The object in a file, empty if there is no such file. */
  static Optional<ObjectNode> readIfPresent(Storage storage, String file) {
    return storage.exists(file) ? Optional.of(read(storage, file)) : Optional.empty();
  }

  /** Writes the object, complete or not at all. */
  static void write(Storage storage, String file, ObjectNode object) {
    storage.writeText(file, object.toPrettyString() + "\n");
  }

  /**
   * The text of a file.
   *
   * @throws UserError if it is missing or cannot be read
   */
  static String text(Storage storage, String file) {
    if (!storage.exists(file)) {
      throw new UserError(file + ": " + MISSING);
    }
    return storage.text(file);
  }
}
