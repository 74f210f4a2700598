package dev.mirrorspark.view;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mirrorspark.table.Rewards;
import dev.mirrorspark.table.TableSchema;
import io.delta.kernel.utils.FileStatus;
import java.sql.Timestamp;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.GenericRowWithSchema;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * A file of a table, with the bounds of its rows as the table's log gives them.
 *
 * @param partition values of the partition columns, by name; they do not stand in the file
 * @param rows how many it has; 0 where the log does not say
 * @param single the statistics, where it has a single row: then they are most of that row
 */
record DataFile(
    FileStatus file,
    Map<String, String> partition,
    long rows,
    Optional<String> single,
    Span<String> run,
    Span<Integer> iteration,
    Span<Integer> born) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Least and greatest value of a column; nothing can be told where they are null. */
  record Span<T extends Comparable<T>>(T least, T greatest) {

    /** Whether a value from low to high can be among them. */
    boolean meets(T low, T high) {
      return (least == null || least.compareTo(high) <= 0)
          && (greatest == null || greatest.compareTo(low) >= 0);
    }
  }

  /** Reads the statistics, a JSON text that may be null. */
  static DataFile of(FileStatus file, Map<String, String> partition, String statistics) {
    JsonNode stats = parsed(statistics);
    long rows = stats.path("numRecords").asLong(0);
    return new DataFile(
        file,
        partition,
        rows,
        Optional.ofNullable(statistics).filter(text -> rows == 1),
        texts(stats, partition),
        numbers(stats, partition, Rewards.ITERATION),
        numbers(stats, partition, Rewards.BORN));
  }

  private static JsonNode parsed(String statistics) {
    try {
      return JSON.readTree(statistics == null ? "{}" : statistics);
    } catch (JsonProcessingException unknown) {
      return JSON.createObjectNode(); // as if the log said nothing
    }
  }

  private static Span<String> texts(JsonNode stats, Map<String, String> partition) {
    String value = partition.get(TableSchema.RUN);
    return value != null
        ? new Span<>(value, value)
        : new Span<>(
            stats.path("minValues").path(TableSchema.RUN).textValue(),
            stats.path("maxValues").path(TableSchema.RUN).textValue());
  }

  private static Span<Integer> numbers(
      JsonNode stats, Map<String, String> partition, String column) {
    String value = partition.get(column);
    if (value != null) {
      int number = Integer.parseInt(value);
      return new Span<>(number, number);
    }
    return new Span<>(
        number(stats.path("minValues").path(column)), number(stats.path("maxValues").path(column)));
  }

  private static Integer number(JsonNode node) {
    return node.isInt() ? Integer.valueOf(node.intValue()) : null;
  }

  /**
   * The only row of the file, out of the log alone; maps and lists are null in it.
   *
   * @param wanted its columns
   * @return empty where the file has several rows, or the log says too little
   */
  Optional<Row> rowOfLog(StructType wanted) {
    if (single.isEmpty()) {
      return Optional.empty();
    }
    JsonNode stats = parsed(single.get());
    StructField[] fields = wanted.fields();
    Object[] values = new Object[fields.length];
    for (int i = 0; i < fields.length; i++) {
      String name = fields[i].name();
      JsonNode least = stats.path("minValues").path(name);
      boolean known = !least.isMissingNode() && least.equals(stats.path("maxValues").path(name));
      values[i] =
          partition.containsKey(name)
              ? FileRow.ofPartition(partition.get(name), fields[i].dataType())
              : known ? value(least, fields[i].dataType()) : null;
      if (values[i] == null && !fields[i].nullable() && isSimple(fields[i].dataType())) {
        return Optional.empty();
      }
    }
    return Optional.of(new GenericRowWithSchema(values, wanted));
  }

  private static boolean isSimple(DataType type) {
    return switch (type.typeName()) {
      case "array", "map", "struct" -> false;
      default -> true;
    };
  }

  private static Object value(JsonNode node, DataType type) {
    return switch (type.typeName()) {
      case "string" -> node.textValue();
      case "integer" -> number(node);
      case "long" -> node.isIntegralNumber() ? Long.valueOf(node.longValue()) : null;
      case "double" -> node.isNumber() ? Double.valueOf(node.doubleValue()) : null;
      case "timestamp" -> time(node.asText());
      default -> null;
    };
  }

  /** The log cuts times to milliseconds. */
  private static Timestamp time(String text) {
    try {
      return Timestamp.from(OffsetDateTime.parse(text).toInstant());
    } catch (DateTimeParseException unknown) {
      return null;
    }
  }
}
