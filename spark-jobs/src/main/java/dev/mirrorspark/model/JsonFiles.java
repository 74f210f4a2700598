package dev.mirrorspark.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mirrorspark.config.UserError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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
  static ObjectNode read(Path file) {
    JsonNode node;
    try {
      node = JSON.readTree(file.toFile());
    } catch (JsonProcessingException e) {
      throw new UserError(
          file
              + ": line "
              + (e.getLocation() == null ? 1 : e.getLocation().getLineNr())
              + ": not JSON: "
              + e.getOriginalMessage().lines().findFirst().orElse("")
              + "; restore the file",
          e);
    } catch (IOException e) {
      String what = Files.exists(file) ? "cannot be read: " + e.getMessage() : MISSING;
      throw new UserError(file + ": " + what, e);
    }
    if (node instanceof ObjectNode object) {
      return object;
    }
    throw new UserError(file + ": must hold a JSON object");
  }

  /** The object in a file, empty if there is no such file. */
  static Optional<ObjectNode> readIfPresent(Path file) {
    return Files.exists(file) ? Optional.of(read(file)) : Optional.empty();
  }

  /** Writes the object and forces it to disk. */
  static void write(Path file, ObjectNode object) {
    writeText(file, object.toPrettyString() + "\n");
  }

  /** Writes the text as UTF-8 and forces it to disk. */
  static void writeText(Path file, String text) {
    try (var channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": cannot be written", e);
    }
  }

  /**
   * The text of a file.
   *
   * @throws UserError if it cannot be read
   */
  static String readText(Path file) {
    try {
      return Files.readString(file);
    } catch (NoSuchFileException e) {
      throw new UserError(file + ": " + MISSING, e);
    } catch (IOException e) {
      throw new UserError(file + ": cannot be read: " + e.getMessage(), e);
    }
  }
}
