package dev.mirrorspark.table;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.spark.sql.Row;

/** Nullable cells of a row as values that cannot be null, and back. */
public final class Cells {
  private Cells() {}

  /** Null where the value is NaN, which in records stands for "none". */
  static Double orNull(double value) {
    return Double.isNaN(value) ? null : Double.valueOf(value);
  }

  static Integer orNull(OptionalInt value) {
    return value.isPresent() ? Integer.valueOf(value.getAsInt()) : null;
  }

  static String orNull(Optional<String> value) {
    return value.orElse(null);
  }

  static double orNaN(Row row, String column) {
    Double value = row.getAs(column);
    return value == null ? Double.NaN : value;
  }

  static OptionalInt orEmpty(Row row, String column) {
    Integer value = row.getAs(column);
    return value == null ? OptionalInt.empty() : OptionalInt.of(value);
  }

  /** A map cell, copied: Spark's own view of it is not serializable. Empty where it is null. */
  public static <V> Map<String, V> map(Row row, String column) {
    int index = row.fieldIndex(column);
    return row.isNullAt(index) ? Map.of() : Map.copyOf(row.<String, V>getJavaMap(index));
  }

  /** An array cell, copied. Empty where it is null. */
  public static <V> List<V> list(Row row, String column) {
    int index = row.fieldIndex(column);
    return row.isNullAt(index) ? List.of() : List.copyOf(row.<V>getList(index));
  }
}
