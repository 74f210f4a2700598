package dev.mirrorspark.table;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * What a table of the warehouse looks like: declared in Delta when the table is created, compared
 * with what Delta holds whenever the warehouse is opened.
 *
 * @param name folder of the table under the warehouse, and its name in SQL
 * @param comment what one row is
 * @param columns the columns in row order, with comments; not nullable where always present
 * @param constraints CHECK constraints, from name to SQL condition; a row for which the condition
 *     is false or null is refused by Delta
 * @param key columns that identify a row
 * @param timings columns, or {@code column.field}, that differ from one run of the same work to the
 *     next; left out when two runs are compared
 */
public record TableSchema(
    String name,
    String comment,
    StructType columns,
    Map<String, String> constraints,
    List<String> key,
    List<String> timings) {

  /** Name of the column that all tables but {@code prompts} share: the run a row belongs to. */
  public static final String RUN = "run";

  static final DataType TEXT = DataTypes.StringType;
  static final DataType INT = DataTypes.IntegerType;
  static final DataType LONG = DataTypes.LongType;
  static final DataType DOUBLE = DataTypes.DoubleType;
  static final DataType BOOLEAN = DataTypes.BooleanType;
  static final DataType BYTES = DataTypes.BinaryType;
  static final DataType TIMESTAMP = DataTypes.TimestampType;

  public TableSchema {
    constraints = Map.copyOf(constraints);
    key = List.copyOf(key);
    timings = List.copyOf(timings);
  }

  /** The {@code run} column. */
  static StructField run() {
    return required(RUN, TEXT, "name of the run");
  }

  /** A column that is NOT NULL. */
  static StructField required(String name, DataType type, String comment) {
    return new StructField(name, type, false, Metadata.empty()).withComment(comment);
  }

  /** A column that may be null; the comment says when. */
  static StructField optional(String name, DataType type, String comment) {
    return new StructField(name, type, true, Metadata.empty()).withComment(comment);
  }

  static StructType columns(StructField... columns) {
    return new StructType(columns);
  }

  /**
   * The table's columns in its order, out of a frame that has exactly these.
   *
   * @throws IllegalArgumentException if one is missing, superfluous or of another type
   */
  Column[] selection(StructType schema) {
    var found =
        Arrays.stream(schema.fields())
            .collect(Collectors.toMap(StructField::name, StructField::dataType));
    var expected = columns.fields();
    for (var column : expected) {
      var type = found.remove(column.name());
      if (type == null) {
        throw new IllegalArgumentException(
            "table %s: column %s is missing".formatted(name, column.name()));
      }
      if (!type.sameType(column.dataType())) {
        throw new IllegalArgumentException(
            "table %s: column %s is %s, not %s"
                .formatted(name, column.name(), type.sql(), column.dataType().sql()));
      }
    }
    if (!found.isEmpty()) {
      throw new IllegalArgumentException(
          "table %s has no column %s".formatted(name, String.join(", ", found.keySet())));
    }
    return Arrays.stream(expected).map(c -> functions.col(c.name())).toArray(Column[]::new);
  }
}
