package dev.mirrorspark.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.files.Storage;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The fields of one JSON object of a checkpoint folder, and which of them have been read: what
 * nobody asked for is refused in the end, so that no setting is ignored in silence.
 */
final class ConfigFields {
  private final String file;
  private final String prefix;
  private final ObjectNode root;
  private final Set<String> read = new HashSet<>();

  private ConfigFields(String file, String prefix, ObjectNode root) {
    this.file = file;
    this.prefix = prefix;
    this.root = root;
  }

  /**
   * The fields of a file.
   *
   * @throws UserError if it is missing or holds no JSON object
   */
  static ConfigFields of(Storage storage, String file) {
    return new ConfigFields(file, "", JsonFiles.read(storage, file));
  }

  /**
   * The fields of the object under a key, which is then read.
   *
   * @throws UserError if the value is no object
   */
  ConfigFields inside(String key) {
    JsonNode node = node(key);
    if (node instanceof ObjectNode object) {
      return new ConfigFields(file, prefix + key + ".", object);
    }
    throw fault(key, "must be an object");
  }

  /** The value of a key, missing or null where there is none. */
  JsonNode node(String key) {
    read.add(key);
    return root.path(key);
  }

  /** Whether a key has a value other than null. */
  boolean present(String key) {
    read.add(key);
    return root.hasNonNull(key);
  }

  /** The keys in the order of the file. */
  Set<String> keys() {
    var keys = new LinkedHashSet<String>();
    root.fieldNames().forEachRemaining(keys::add);
    return keys;
  }

  /** Whether there are fields and every one is an object. */
  boolean holdObjects() {
    for (JsonNode value : root) {
      if (!value.isObject()) {
        return false;
      }
    }
    return !root.isEmpty();
  }

  int positive(String key) {
    JsonNode node = node(key);
    if (!node.canConvertToInt() || !node.isIntegralNumber() || node.intValue() <= 0) {
      throw fault(key, "must be a positive integer");
    }
    return node.intValue();
  }

  int positive(String key, int absent) {
    return present(key) ? positive(key) : absent;
  }

  double number(String key) {
    JsonNode node = node(key);
    if (!node.isNumber() || !(node.doubleValue() > 0) || Double.isInfinite(node.doubleValue())) {
      throw fault(key, "must be a positive number");
    }
    return node.doubleValue();
  }

  double number(String key, double absent) {
    return present(key) ? number(key) : absent;
  }

  boolean flag(String key, boolean absent) {
    if (!present(key)) {
      return absent;
    }
    if (!root.path(key).isBoolean()) {
      throw fault(key, "must be true or false");
    }
    return root.path(key).booleanValue();
  }

  boolean flag(String key) {
    return flag(key, false);
  }

  /** Refuses a key that is true, for a reason. */
  void refuse(String key, String why) {
    if (flag(key)) {
      throw fault(key, why);
    }
  }

  /**
   * Refuses every key that was not read and says something: null, false, 0 and what is empty say
   * nothing.
   *
   * @param harmless keys that change no number
   */
  void refuseOthers(Set<String> harmless) {
    root.fields()
        .forEachRemaining(
            field -> {
              boolean known = read.contains(field.getKey()) || harmless.contains(field.getKey());
              if (!known && speaks(field.getValue())) {
                throw fault(
                    field.getKey(),
                    "this key is not known and may change what the model computes; remove it from"
                        + " the file if it does not");
              }
            });
  }

  private static boolean speaks(JsonNode value) {
    if (value.isContainerNode()) {
      return !value.isEmpty();
    }
    if (value.isNumber()) {
      return value.doubleValue() != 0;
    }
    return !value.isNull()
        && !value.asText().isEmpty()
        && !(value.isBoolean() && !value.asBoolean());
  }

  UserError fault(String key, String what) {
    JsonNode value = root.path(key);
    return new UserError(
        file
            + ": "
            + prefix
            + key
            + ": "
            + (value.isMissingNode() ? "missing" : value)
            + ": "
            + what);
  }
}
