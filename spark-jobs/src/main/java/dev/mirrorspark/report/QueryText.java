package dev.mirrorspark.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import scala.collection.JavaConverters;

/** The rows of a query as text: a table for the terminal, CSV or JSON for programs. */
public final class QueryText {
  /** How rows are written. */
  public enum Format {
    /** Columns side by side. */
    TABLE,
    /** RFC 4180, with a header; what is not a text, number or truth value is JSON in a cell. */
    CSV,
    /** One JSON object a line; columns that are null are left out. */
    JSON
  }

  private static final ObjectMapper JSON = new ObjectMapper();

  private QueryText() {}

  /**
   * Writes the rows, in the order of the query.
   *
   * @param most rows at most
   */
  public static void write(Dataset<Row> rows, Format format, int most, Consumer<String> line) {
    var limited = rows.limit(most);
    switch (format) {
      case JSON -> each(limited.toJSON().toLocalIterator(), line);
      case CSV -> {
        line.accept(csv(List.of(limited.columns())));
        Iterator<Row> all = limited.toLocalIterator();
        while (all.hasNext()) {
          line.accept(csv(cells(all.next())));
        }
      }
      case TABLE -> {
        List<List<String>> cells = new ArrayList<>();
        limited
            .toLocalIterator()
            .forEachRemaining(row -> cells.add(cells(row).stream().map(QueryText::shown).toList()));
        TextTable.lines(List.of(limited.columns()), cells).forEach(line);
      }
    }
  }

  private static void each(Iterator<String> lines, Consumer<String> line) {
    while (lines.hasNext()) {
      line.accept(lines.next());
    }
  }

  private static List<Object> values(Row row) {
    return JavaConverters.seqAsJavaListConverter(row.toSeq()).asJava();
  }

  private static List<String> cells(Row row) {
    List<String> cells = new ArrayList<>();
    for (Object value : values(row)) {
      cells.add(value == null ? "" : text(value));
    }
    return cells;
  }

  private static String text(Object value) {
    if (value instanceof scala.collection.Seq<?>
        || value instanceof scala.collection.Map<?, ?>
        || value instanceof Row) {
      try {
        return JSON.writeValueAsString(plain(value));
      } catch (JsonProcessingException e) {
        throw new IllegalArgumentException(e);
      }
    }
    return value.toString();
  }

  private static Object plain(Object value) {
    if (value instanceof scala.collection.Seq<?> seq) {
      List<Object> plain = new ArrayList<>();
      JavaConverters.seqAsJavaListConverter(seq).asJava().forEach(one -> plain.add(plain(one)));
      return plain;
    }
    if (value instanceof scala.collection.Map<?, ?> map) {
      var plain = new java.util.TreeMap<String, Object>();
      JavaConverters.mapAsJavaMapConverter(map)
          .asJava()
          .forEach((key, one) -> plain.put(String.valueOf(key), plain(one)));
      return plain;
    }
    if (value instanceof Row row) {
      var plain = new java.util.LinkedHashMap<String, Object>();
      String[] names = row.schema().fieldNames();
      List<Object> values = values(row);
      for (int i = 0; i < names.length; i++) {
        plain.put(names[i], plain(values.get(i)));
      }
      return plain;
    }
    return value instanceof Number || value instanceof Boolean || value == null
        ? value
        : value.toString();
  }

  private static String csv(List<String> cells) {
    List<String> quoted = new ArrayList<>();
    for (String cell : cells) {
      quoted.add(cell.matches("(?s).*[\",\r\n].*") ? '"' + cell.replace("\"", "\"\"") + '"' : cell);
    }
    return String.join(",", quoted);
  }

  /** A cell of the terminal: on one line, without control characters. */
  private static String shown(String cell) {
    return PlainText.of(cell).replace('\n', ' ').replace('\t', ' ');
  }
}
