package dev.mirrorspark.table;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.spark.sql.Row;

/** Nullable cells of a row as values that cannot be null, and back. */
final class Cells {
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

  static double orNaN(Row row, int column) {
    return row.isNullAt(column) ? Double.NaN : row.getDouble(column);
  }

  static OptionalInt orEmpty(Row row, int column) {
    return row.isNullAt(column) ? OptionalInt.empty() : OptionalInt.of(row.getInt(column));
  }

  /** A map cell, copied: Spark's own view of it is not serializable. */
  static <V> Map<String, V> map(Row row, int column) {
    return Map.copyOf(row.<String, V>getJavaMap(column));
  }
}
