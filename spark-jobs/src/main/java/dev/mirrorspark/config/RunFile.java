package dev.mirrorspark.config;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.type.LogicalType;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Reads a run file: the defaults of {@code defaults.yaml}, overridden by the user's YAML,
 * overridden by {@code --set key.path=value}, bound to a {@link RunConfig}.
 *
 * <p>Sections merge key by key; a list that the user gives replaces the default one as a whole, and
 * the keys that its elements leave out take the defaults of such elements.
 */
public final class RunFile {
  static final YAMLMapper YAML = mapper();
  private static final String WHAT = "a run file";

  private RunFile() {}

  /**
   * The configuration of a run.
   *
   * @param file the run file; empty: the defaults alone
   * @param sets overrides of the form {@code key.path=value}, applied in their order; elements of
   *     lists go by their index ({@code prompts.generators.0.max_level=6}), and the index after the
   *     last adds one; the value is YAML, for a text key also as it stands
   * @throws UserError when the file cannot be read, a key is unknown, missing or given twice, or a
   *     value has the wrong type or lies out of its range
   */
  public static RunConfig load(Optional<Path> file, List<String> sets) {
    return bind(text(file), settings(sets));
  }

  /**
   * The configuration of a run whose file is given as text.
   *
   * @throws UserError as {@link #load}
   */
  public static RunConfig parse(String yaml, List<String> sets) {
    return bind(RunText.parse(YAML, "run file", yaml), settings(sets));
  }

  /** The run file that gives every value of a configuration, keys in the order of the records. */
  public static String toYaml(RunConfig config) {
    try {
      return YAML.writeValueAsString(config);
    } catch (JsonProcessingException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  /**
   * The values of a run file as it is written out, as text by their dotted keys; lists as a whole.
   * Empty where the text is no such file.
   */
  public static Map<String, String> values(String yaml) {
    Map<String, String> values = new LinkedHashMap<>();
    try {
      collect("", YAML.readTree(yaml), values);
      return values;
    } catch (JsonProcessingException other) {
      return Map.of();
    }
  }

  private static void collect(String key, JsonNode node, Map<String, String> values) {
    if (node instanceof ObjectNode section && !section.isEmpty()) {
      section
          .fields()
          .forEachRemaining(
              entry ->
                  collect(
                      key.isEmpty() ? entry.getKey() : key + "." + entry.getKey(),
                      entry.getValue(),
                      values));
    } else if (!key.isEmpty()) {
      values.put(key, node.isTextual() ? node.textValue() : node.toString());
    }
  }

  /** SHA-256, as lower-case hex, of {@link #toYaml}: equal for equal configurations. */
  public static String hash(RunConfig config) {
    try {
      byte[] yaml = toYaml(config).getBytes(StandardCharsets.UTF_8);
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(yaml));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** A run file, not yet bound. */
  static RunText text(Optional<Path> file) {
    return RunText.parse(
        YAML,
        file.map(Path::toString).orElse("defaults"),
        file.map(path -> read(path, WHAT)).orElse(""));
  }

  /** A run file, bound after these overrides. */
  static RunConfig bind(RunText text, List<Setting> overrides) {
    return bind(RunConfig.class, "defaults.yaml", text, overrides, RunRanges::firstViolation);
  }

  /**
   * Binds a file of any kind to its record.
   *
   * @param defaults resource with the defaults, and in a second document those of lists' elements
   * @param limits finds the first value out of its range
   */
  static <T extends Record> T bind(
      Class<T> type,
      String defaults,
      RunText text,
      List<Setting> overrides,
      Function<T, Optional<RunRanges.Violation>> limits) {
    List<JsonNode> documents = defaults(defaults);
    var keys = new Keys(type);
    var tree = (ObjectNode) documents.get(0);
    merge(tree, text.tree().deepCopy());
    overrides.forEach(override -> override.applyTo(tree, keys));
    documents.get(1).fields().forEachRemaining(list -> fillElements(tree, list));
    var faults = new Faults(keys, text, overrides, tree);
    try {
      T bound = YAML.treeToValue(tree, type);
      limits
          .apply(bound)
          .ifPresent(
              found -> {
                throw faults.notAccepted(found.key(), found.accepted());
              });
      return bound;
    } catch (UnrecognizedPropertyException fault) {
      throw faults.unknown(key(fault));
    } catch (JsonMappingException fault) {
      throw faults.wrongType(key(fault));
    } catch (JsonProcessingException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  private static List<Setting> settings(List<String> sets) {
    return sets.stream().map(set -> Setting.parse(YAML, Keys.OF_RUN, set)).toList();
  }

  /** Lays the keys of one section over another; sections merge, everything else replaces. */
  static void merge(ObjectNode under, ObjectNode over) {
    over.fields()
        .forEachRemaining(
            entry -> {
              if (under.get(entry.getKey()) instanceof ObjectNode inner
                  && entry.getValue() instanceof ObjectNode value) {
                merge(inner, value);
              } else {
                under.set(entry.getKey(), entry.getValue());
              }
            });
  }

  private static void fillElements(ObjectNode tree, Map.Entry<String, JsonNode> list) {
    JsonNode elements = tree.at("/" + list.getKey().replace('.', '/'));
    for (int i = 0; elements.isArray() && i < elements.size(); i++) {
      if (elements.get(i) instanceof ObjectNode given) {
        ObjectNode whole = list.getValue().deepCopy();
        merge(whole, given);
        given.setAll(whole);
      }
    }
  }

  private static List<JsonNode> defaults(String resource) {
    try (var stream = RunFile.class.getResourceAsStream(resource)) {
      List<JsonNode> documents = new ArrayList<>();
      Iterator<JsonNode> read = YAML.readerFor(JsonNode.class).readValues(stream);
      read.forEachRemaining(documents::add);
      return documents;
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  /**
   * The text of a file.
   *
   * @param what what it should be, for messages
   */
  static String read(Path file, String what) {
    if (!Files.exists(file)) {
      throw new UserError(file + ": no such file; give the path of " + what + " (YAML)");
    }
    if (Files.isDirectory(file)) {
      throw new UserError(file + ": is a folder; give the path of " + what + " (YAML)");
    }
    try {
      return Files.readString(file);
    } catch (CharacterCodingException fault) {
      throw new UserError(file + ": is not UTF-8 text; give " + what + " (YAML)", fault);
    } catch (IOException fault) {
      throw new UserError(file + ": cannot be read (" + fault + "); check its permissions", fault);
    }
  }

  private static String key(JsonMappingException fault) {
    return fault.getPath().stream()
        .map(at -> at.getFieldName() == null ? String.valueOf(at.getIndex()) : at.getFieldName())
        .collect(Collectors.joining("."));
  }

  private static YAMLMapper mapper() {
    var builder =
        YAMLMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
            .disable(YAMLGenerator.Feature.SPLIT_LINES);
    // Text still becomes a floating-point number: YAML 1.1 reads 2e-3 as text.
    builder.withCoercionConfig(
        LogicalType.Float,
        config ->
            config
                .setCoercion(CoercionInputShape.EmptyString, CoercionAction.Fail)
                .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail));
    for (var type : List.of(LogicalType.Integer, LogicalType.Boolean, LogicalType.Textual)) {
      builder.withCoercionConfig(
          type,
          config -> {
            for (var shape : CoercionInputShape.values()) {
              if (type != LogicalType.Textual || shape != CoercionInputShape.EmptyString) {
                config.setCoercion(shape, CoercionAction.Fail);
              }
            }
          });
    }
    YAMLMapper mapper = builder.build();
    mapper.setDefaultSetterInfo(JsonSetter.Value.forContentNulls(Nulls.FAIL));
    return mapper;
  }
}
