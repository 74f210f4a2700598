package dev.mirrorspark.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.files.Storage;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;

/** Whether the weights of two folders mean the same: so that their average means anything. */
public final class SameModel {
  private static final String MEND = "; only models of one family tree can be merged";

  /** Where two folders may differ: what they say of padding and cutting, and the longest text. */
  private static final List<String> FREE_IN_TOKENIZER = List.of("truncation", "padding", "version");

  private static final List<String> FREE_IN_SHAPE = List.of("maxPositions", "tokens");

  private SameModel() {}

  /**
   * Compares a model with the first.
   *
   * @throws UserError if they differ in a tensor's name or shape, in {@code config.json}, in the
   *     tokenizer, its template or its end tokens; the message names tensor or file
   */
  static void check(ModelFolder first, ModelFolder other) {
    tensors(first, other);
    shapes(first, other);
    checkTokenizer(first.storage(), first.folder(), other.folder());
    template(first.storage(), first.folder(), other.folder());
  }

  private static void tensors(ModelFolder first, ModelFolder other) {
    var wanted = first.layout().byName();
    var found = other.layout().byName();
    for (var entry : first.layout().entries()) {
      var mine = found.get(entry.name());
      if (mine == null) {
        throw differs(
            other.folder() + ": tensor " + entry.name(), "missing, but " + first.folder() + " has");
      }
      if (!Arrays.equals(mine.shape(), entry.shape())) {
        throw differs(
            other.folder() + ": tensor " + entry.name(),
            "has shape %s, in %s it has %s"
                .formatted(
                    Arrays.toString(mine.shape()), first.folder(), Arrays.toString(entry.shape())));
      }
    }
    for (var entry : other.layout().entries()) {
      if (!wanted.containsKey(entry.name())) {
        throw differs(
            other.folder() + ": tensor " + entry.name(),
            "is there, " + first.folder() + " has none");
      }
    }
  }

  private static void shapes(ModelFolder first, ModelFolder other) {
    for (RecordComponent part : ModelShape.class.getRecordComponents()) {
      Object mine = value(part, first.shape());
      Object others = value(part, other.shape());
      if (!FREE_IN_SHAPE.contains(part.getName()) && !mine.equals(others)) {
        throw differs(
            Storage.child(other.folder(), ModelFolder.CONFIG),
            "%s is %s, in %s it is %s".formatted(part.getName(), others, first.folder(), mine));
      }
    }
  }

  private static Object value(RecordComponent part, ModelShape shape) {
    try {
      return part.getAccessor().invoke(shape);
    } catch (ReflectiveOperationException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /**
   * Compares the tokenizers of two folders, so that a token id means the same to both models.
   *
   * @throws UserError if they differ; the message names the file
   */
  public static void checkTokenizer(Storage storage, String first, String other) {
    if (!tokenizer(storage, first).equals(tokenizer(storage, other))) {
      throw new UserError(
          Storage.child(other, "tokenizer.json")
              + ": is another one than in "
              + first
              + "; both models must have one tokenizer");
    }
  }

  private static void template(Storage storage, String first, String other) {
    if (!template(storage, first).equals(template(storage, other))) {
      throw differs(
          Storage.child(other, "tokenizer_config.json"),
          "the chat template (chat_template, or file chat_template.jinja) is another one than in "
              + first);
    }
    try (var mine = TextTokenizer.of(storage, first);
        var theirs = TextTokenizer.of(storage, other)) {
      if (!mine.bos().equals(theirs.bos())) {
        throw differs(
            Storage.child(other, "tokenizer_config.json"),
            "begin token %s, in %s %s".formatted(theirs.bos(), first, mine.bos()));
      }
      if (!Arrays.equals(mine.eosIds(), theirs.eosIds())) {
        throw differs(
            Storage.child(other, "generation_config.json"),
            "end tokens %s, in %s %s"
                .formatted(
                    Arrays.toString(theirs.eosIds()), first, Arrays.toString(mine.eosIds())));
      }
    }
  }

  private static JsonNode tokenizer(Storage storage, String folder) {
    return JsonFiles.read(storage, Storage.child(folder, "tokenizer.json"))
        .remove(FREE_IN_TOKENIZER);
  }

  private static Object template(Storage storage, String folder) {
    String file = Storage.child(folder, "chat_template.jinja");
    if (storage.exists(file)) {
      return JsonFiles.text(storage, file).strip();
    }
    JsonNode given =
        JsonFiles.readIfPresent(storage, Storage.child(folder, "tokenizer_config.json"))
            .map(config -> config.path("chat_template"))
            .orElse(MissingNode.getInstance());
    return given.isTextual() ? given.asText().strip() : given.isNull() ? "" : given.toString();
  }

  private static UserError differs(String what, String how) {
    return new UserError(what + ": " + how + MEND);
  }
}
