package dev.mirrorspark.config;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The keys of a YAML file and what each accepts, read off a tree of records.
 *
 * @param root the record of the top level, such as {@link RunConfig}
 */
record Keys(Class<? extends Record> root) {
  /** The keys of a run file. */
  static final Keys OF_RUN = new Keys(RunConfig.class);

  private static final PropertyNamingStrategies.SnakeCaseStrategy SNAKE_CASE =
      new PropertyNamingStrategies.SnakeCaseStrategy();

  /** Type of the value at a path of names and list indices, or empty when there is no such key. */
  Optional<Type> type(List<String> path) {
    Optional<Type> type = Optional.of(root);
    for (String name : path) {
      type = type.flatMap(outer -> member(outer, name));
    }
    return type;
  }

  /** Names of the keys in a section, in their order; empty for a plain value, a list or a map. */
  static List<String> names(Type type) {
    return components(type).stream().map(Keys::name).toList();
  }

  /** Every dotted key below a path, sections included; the elements of lists are not entered. */
  List<String> below(String path) {
    List<String> keys = new ArrayList<>();
    for (String name : names(type(split(path)).orElseThrow())) {
      String key = path.isEmpty() ? name : path + "." + name;
      keys.add(key);
      keys.addAll(below(key));
    }
    return keys;
  }

  /** Whether a name can stand in a dotted key: not empty, no dot, no control character. */
  static boolean isName(String name) {
    return name.matches("[^.\\p{Cntrl}]+");
  }

  /** The names and indices of a dotted key. */
  static List<String> split(String key) {
    return key.isEmpty() ? List.of() : List.of(key.split("\\.", -1));
  }

  /** Whether a value of this type is a list. */
  static boolean isList(Type type) {
    return erased(type) == List.class;
  }

  /** What a value of this type may be, in words. */
  static String accepted(Type type) {
    Class<?> erased = erased(type);
    if (erased == int.class || erased == long.class || erased == Long.class) {
      return "a whole number" + (erased == int.class ? " of at most " + Integer.MAX_VALUE : "");
    }
    if (erased == double.class || erased == Double.class || erased == float.class) {
      return "a number";
    }
    if (erased == boolean.class) {
      return "true or false";
    }
    if (erased == String.class) {
      return "text (in quotes if it looks like a number, true, false or null)";
    }
    if (erased == Object.class) {
      return "a value";
    }
    if (erased == List.class) {
      Type element = member(type, "0").orElseThrow();
      return "a list" + (erased(element).isRecord() ? ", each with the keys " + list(element) : "");
    }
    if (erased == Map.class) {
      Type value = argument(type, 1);
      return "a section of "
          + (value == String.class
              ? "key: text"
              : value == Double.class
                  ? "name: number"
                  : value == Object.class ? "name: value" : "keys of a run file");
    }
    return "a section with the keys " + list(type);
  }

  private static String list(Type type) {
    return String.join(", ", names(type));
  }

  private static Optional<Type> member(Type type, String name) {
    if (isList(type)) {
      return name.matches("\\d+") ? Optional.of(argument(type, 0)) : Optional.empty();
    }
    if (erased(type) == Map.class) {
      return Optional.of(argument(type, 1));
    }
    return components(type).stream()
        .filter(component -> name(component).equals(name))
        .map(RecordComponent::getGenericType)
        .findFirst();
  }

  private static List<RecordComponent> components(Type type) {
    return erased(type).isRecord() ? Arrays.asList(erased(type).getRecordComponents()) : List.of();
  }

  private static String name(RecordComponent component) {
    return SNAKE_CASE.translate(component.getName());
  }

  private static Type argument(Type type, int index) {
    return ((ParameterizedType) type).getActualTypeArguments()[index];
  }

  private static Class<?> erased(Type type) {
    return (Class<?>) (type instanceof ParameterizedType generic ? generic.getRawType() : type);
  }
}
