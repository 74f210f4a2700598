package dev.mirrorspark.report;

import dev.mirrorspark.table.Policies;
import dev.mirrorspark.table.Runs;
import dev.mirrorspark.table.TableSchema;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.commons.codec.digest.DigestUtils;
import org.apache.spark.sql.Row;
import scala.collection.JavaConverters;

/** What counts of a table's rows when two runs are compared: all but timings and places. */
final class ComparedRow implements Serializable {
  private static final long serialVersionUID = 1;
  private static final int SHOWN = 100;

  private final List<String> columns;
  private final Set<String> timings;
  private final boolean sameName;

  /**
   * @param sameName whether the two runs have the same name, which stands in their settings
   */
  ComparedRow(TableSchema table, boolean sameName) {
    var left = new HashSet<>(table.key());
    left.addAll(table.timings());
    if (!sameName) {
      left.add(Runs.CONFIG_HASH);
    }
    this.columns =
        List.of(table.columns().fieldNames()).stream()
            .filter(name -> !left.contains(name))
            .toList();
    this.timings = Set.copyOf(table.timings());
    this.sameName = sameName;
  }

  /** SHA-256 of the values, to their last bit. */
  String digest(Row row) {
    var bytes = new ByteArrayOutputStream();
    try {
      put(new DataOutputStream(bytes), values(row));
      return DigestUtils.sha256Hex(bytes.toByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where two rows differ first, as {@code : token_ids[1] is 5 here and 6 in the other}. */
  String difference(Row here, Row there) {
    return difference("", values(here), values(there)).orElse("");
  }

  private Map<String, Object> values(Row row) {
    Map<String, Object> values = new LinkedHashMap<>();
    for (String column : columns) {
      Object value = row.getAs(column);
      if (value instanceof String text && column.equals(Policies.CHECKPOINT)) {
        value = text.substring(text.lastIndexOf('/') + 1);
      } else if (value instanceof String text && column.equals(Runs.CONFIG) && !sameName) {
        value = text.replaceAll("(?m)^run:.*$", "");
      }
      values.put(column, plain(column, value));
    }
    return values;
  }

  /** With lists, sorted maps and nulls in place of Spark's own collections. */
  private Object plain(String place, Object value) {
    if (value instanceof Row row) {
      Map<String, Object> fields = new LinkedHashMap<>();
      for (String field : row.schema().fieldNames()) {
        if (!timings.contains(place + "." + field)) {
          fields.put(field, plain(place + "." + field, row.getAs(field)));
        }
      }
      return fields;
    }
    if (value instanceof scala.collection.Seq<?> seq) {
      List<Object> elements = new ArrayList<>();
      JavaConverters.seqAsJavaList(seq).forEach(element -> elements.add(plain(place, element)));
      return elements;
    }
    if (value instanceof scala.collection.Map<?, ?> map) {
      Map<String, Object> entries = new TreeMap<>();
      JavaConverters.mapAsJavaMap(map)
          .forEach((name, entry) -> entries.put(name.toString(), plain(place, entry)));
      return entries;
    }
    return value instanceof byte[] bytes
        ? "%d bytes, sha256 %s".formatted(bytes.length, DigestUtils.sha256Hex(bytes))
        : value;
  }

  private static void put(DataOutputStream out, Object value) throws IOException {
    if (value instanceof Map<?, ?> map) {
      out.writeInt(map.size());
      for (var entry : map.entrySet()) {
        put(out, entry.getKey());
        put(out, entry.getValue());
      }
    } else if (value instanceof List<?> list) {
      out.writeInt(list.size());
      for (Object element : list) {
        put(out, element);
      }
    } else if (value instanceof Double number) {
      out.writeLong(Double.doubleToLongBits(number));
    } else if (value instanceof Float number) {
      out.writeInt(Float.floatToIntBits(number));
    } else if (value == null) {
      out.writeInt(-1);
    } else {
      byte[] text = value.toString().getBytes(StandardCharsets.UTF_8);
      out.writeInt(text.length);
      out.write(text);
    }
  }

  /** The first place in which two different values differ. */
  private static Optional<String> difference(String place, Object here, Object there) {
    if (Objects.equals(here, there)) {
      return Optional.empty();
    }
    if (here instanceof Map<?, ?> a
        && there instanceof Map<?, ?> b
        && a.keySet().equals(b.keySet())) {
      for (var entry : a.entrySet()) {
        String field = place.isEmpty() ? "" + entry.getKey() : place + "." + entry.getKey();
        var difference = difference(field, entry.getValue(), b.get(entry.getKey()));
        if (difference.isPresent()) {
          return difference;
        }
      }
    }
    if (here instanceof List<?> a && there instanceof List<?> b && a.size() == b.size()) {
      for (int i = 0; i < a.size(); i++) {
        var difference = difference(place + "[" + i + "]", a.get(i), b.get(i));
        if (difference.isPresent()) {
          return difference;
        }
      }
    }
    return Optional.of(
        ": %s is %s here and %s in the other".formatted(place, shown(here), shown(there)));
  }

  private static String shown(Object value) {
    String text = String.valueOf(value);
    return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
  }
}
