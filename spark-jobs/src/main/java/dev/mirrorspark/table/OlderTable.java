package dev.mirrorspark.table;

import static org.apache.spark.sql.functions.lit;

import dev.mirrorspark.config.UserError;
import java.util.Arrays;
import java.util.Locale;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** A table that is there beside what this version of Mirrorspark has: its columns, constraints. */
final class OlderTable {
  private OlderTable() {}

  /** The last columns, if all may be null, that a table lacks which is else the same; or none. */
  static StructType lacks(TableSchema table, StructType there) {
    var expected = table.columns().fields();
    var found = there.fields();
    for (int i = 0; i < expected.length; i++) {
      if (i < found.length ? !same(found[i], expected[i]) : !expected[i].nullable()) {
        return new StructType();
      }
    }
    return found.length < expected.length
        ? new StructType(Arrays.copyOfRange(expected, found.length, expected.length))
        : new StructType();
  }

  /** Rows with all columns of the table: what they lack is null. */
  static Dataset<Row> widened(TableSchema table, Dataset<Row> rows) {
    for (var field : lacks(table, rows.schema()).fields()) {
      rows = rows.withColumn(field.name(), lit(null).cast(field.dataType()), field.metadata());
    }
    return rows;
  }

  /**
   * Refuses a table of other columns or constraints.
   *
   * @param path its folder, for the message
   * @param olderToo whether it may lack columns that may be null
   */
  static void require(TableSchema table, DeltaTableLog log, String path, boolean olderToo) {
    var found = log.schema().fields();
    var expected = table.columns().fields();
    int compared =
        olderToo && !lacks(table, log.schema()).isEmpty()
            ? found.length
            : Math.max(found.length, expected.length);
    for (int i = 0; i < compared; i++) {
      if (i >= found.length || i >= expected.length || !same(found[i], expected[i])) {
        throw other(
            table,
            path,
            "column %d is %s where this version of Mirrorspark has %s"
                .formatted(i + 1, shown(found, i), shown(expected, i)));
      }
    }
    var properties = log.properties();
    table
        .constraints()
        .forEach(
            (name, sql) -> {
              var there = properties.get(Warehouse.CONSTRAINT + name);
              if (!sql.equals(there)) {
                throw other(
                    table,
                    path,
                    "constraint %s is %s where this version of Mirrorspark has %s"
                        .formatted(name, there, sql));
              }
            });
  }

  private static UserError other(TableSchema table, String path, String difference) {
    return new UserError(
        "%s: table %s: %s; choose another warehouse or migrate the table"
            .formatted(path, table.name(), difference));
  }

  private static boolean same(StructField found, StructField expected) {
    return found.name().equals(expected.name())
        && found.dataType().sameType(expected.dataType())
        && found.nullable() == expected.nullable();
  }

  private static String shown(StructField[] fields, int i) {
    return i < fields.length
        ? fields[i].name()
            + " "
            + fields[i].dataType().sql().toLowerCase(Locale.ROOT)
            + (fields[i].nullable() ? "" : " not null")
        : "none";
  }
}
