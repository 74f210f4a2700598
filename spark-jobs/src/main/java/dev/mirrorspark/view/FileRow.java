package dev.mirrorspark.view;

import io.delta.kernel.data.ArrayValue;
import io.delta.kernel.data.ColumnVector;
import io.delta.kernel.data.ColumnarBatch;
import io.delta.kernel.data.MapValue;
import io.delta.kernel.types.StructType;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.GenericRowWithSchema;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructField;
import scala.collection.JavaConverters;

/** A row of a file while it is read: cells by name, of which most are never looked at. */
final class FileRow {
  private final ColumnarBatch batch;
  private final StructType columns;
  private final Map<String, String> partition;
  private int index;

  FileRow(ColumnarBatch batch, Map<String, String> partition) {
    this.batch = batch;
    this.columns = batch.getSchema();
    this.partition = partition;
  }

  FileRow at(int row) {
    index = row;
    return this;
  }

  /** A cell of text; null where it is. */
  String text(String column) {
    ColumnVector cells = cells(column);
    return cells == null
        ? partition.get(column)
        : cells.isNullAt(index) ? null : cells.getString(index);
  }

  /** A cell of a whole number, never null. */
  int number(String column) {
    ColumnVector cells = cells(column);
    return cells == null ? Integer.parseInt(partition.get(column)) : cells.getInt(index);
  }

  private ColumnVector cells(String column) {
    int at = columns.indexOf(column);
    return at < 0 ? null : batch.getColumnVector(at);
  }

  /**
   * The row as Spark has it, so that the records of the tables can read it.
   *
   * @param wanted its columns; null in those that the file has not
   */
  Row row(org.apache.spark.sql.types.StructType wanted) {
    StructField[] fields = wanted.fields();
    Object[] values = new Object[fields.length];
    for (int i = 0; i < fields.length; i++) {
      ColumnVector cells = cells(fields[i].name());
      values[i] =
          cells == null
              ? ofPartition(partition.get(fields[i].name()), fields[i].dataType())
              : value(cells, index, fields[i].dataType());
    }
    return new GenericRowWithSchema(values, wanted);
  }

  /** A value of a partition column. */
  static Object ofPartition(String text, DataType type) {
    if (text == null) {
      return null;
    }
    return type.equals(DataTypes.IntegerType) ? (Object) Integer.valueOf(text) : text;
  }

  private static Object value(ColumnVector cells, int at, DataType type) {
    if (cells.isNullAt(at)) {
      return null;
    }
    if (type instanceof ArrayType array) {
      return array(cells.getArray(at), array.elementType());
    }
    if (type instanceof MapType map) {
      return map(cells.getMap(at), map);
    }
    if (type instanceof org.apache.spark.sql.types.StructType struct) {
      StructField[] fields = struct.fields();
      Object[] values = new Object[fields.length];
      var found = (StructType) cells.getDataType();
      for (int i = 0; i < fields.length; i++) {
        int child = found.indexOf(fields[i].name());
        values[i] = child < 0 ? null : value(cells.getChild(child), at, fields[i].dataType());
      }
      return new GenericRowWithSchema(values, struct);
    }
    return simple(cells, at, type);
  }

  private static Object simple(ColumnVector cells, int at, DataType type) {
    return switch (type.typeName()) {
      case "string" -> cells.getString(at);
      case "binary" -> cells.getBinary(at);
      case "integer" -> cells.getInt(at);
      case "long" -> cells.getLong(at);
      case "double" -> cells.getDouble(at);
      case "float" -> cells.getFloat(at);
      case "boolean" -> cells.getBoolean(at);
      case "timestamp" -> Timestamp.from(Instant.EPOCH.plus(cells.getLong(at), ChronoUnit.MICROS));
      default -> throw new IllegalArgumentException("no table has a column of " + type.typeName());
    };
  }

  private static Object array(ArrayValue array, DataType element) {
    Object[] values = new Object[array.getSize()];
    ColumnVector elements = array.getElements();
    for (int i = 0; i < values.length; i++) {
      values[i] = value(elements, i, element);
    }
    return JavaConverters.asScalaBuffer(Arrays.asList(values)).toSeq();
  }

  private static Object map(MapValue map, MapType type) {
    Map<Object, Object> entries = new LinkedHashMap<>();
    for (int i = 0; i < map.getSize(); i++) {
      entries.put(
          value(map.getKeys(), i, type.keyType()), value(map.getValues(), i, type.valueType()));
    }
    return JavaConverters.mapAsScalaMapConverter(entries).asScala();
  }
}
