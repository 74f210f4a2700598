package dev.mirrorspark.prompts;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.univocity.parsers.common.TextParsingException;
import com.univocity.parsers.csv.CsvParser;
import com.univocity.parsers.csv.CsvParserSettings;
import dev.mirrorspark.config.UserError;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.compress.CompressionCodecFactory;
import org.apache.hadoop.util.StringUtils;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * Reads a user's file of problems row by row, so that a row that cannot be read is named and costs
 * no other row. The rows pass through the driver, one at a time.
 */
final class ProblemFile {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
  private static final String ROW_INDEX = "_mirrorspark_row_index";
  private static final String FILE_NAME = "_mirrorspark_file_name";
  private static final int MAX_CELL = 10_000_000;

  /**
   * One row of a file.
   *
   * @param line its line, or in Parquet its number in the file, from 1
   * @param cells its values by column; a null value is left out
   * @param fault why the row cannot be read; empty where it can
   */
  record RawRow(long line, Map<String, String> cells, String fault) implements Serializable {
    static RawRow faulty(long line, String fault) {
      return new RawRow(line, Map.of(), fault);
    }
  }

  /** Carries what went wrong with a row's taker past the words for files that cannot be read. */
  private static final class NotOfTheFile extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final RuntimeException failure;

    NotOfTheFile(RuntimeException failure) {
      super(failure);
      this.failure = failure;
    }
  }

  private final SparkSession spark;
  private final String key;
  private final String file;

  /**
   * @param key key of the run file under which the file stands, for error messages
   */
  ProblemFile(SparkSession spark, String key, String file) {
    this.spark = spark;
    this.key = key;
    this.file = file;
  }

  /**
   * Reads all rows, in their order.
   *
   * @param take is given each of them
   * @param format {@code jsonl}, {@code csv}, {@code parquet}, or empty: by the file's ending
   * @param required columns that a row must have; a CSV or Parquet file without them is refused
   * @throws UserError if the file cannot be read
   */
  void read(String format, Set<String> required, Consumer<RawRow> take) {
    Consumer<RawRow> guarded =
        row -> {
          try {
            take.accept(row);
          } catch (RuntimeException e) {
            throw new NotOfTheFile(e);
          }
        };
    try {
      var path = existing();
      switch (format.isEmpty() ? byEnding() : format) {
        case "jsonl" -> jsonLines(path, guarded);
        case "csv" -> csv(path, required, guarded);
        case "parquet" -> parquet(required, guarded);
        default ->
            throw new UserError(
                "%s: %s.format is '%s'; accepted: jsonl, csv, parquet"
                    .formatted(file, key, format));
      }
    } catch (NotOfTheFile e) {
      throw e.failure;
    } catch (UserError e) {
      throw e;
    } catch (Exception e) { // Spark throws checked exceptions that it does not declare
      throw new UserError("cannot read %s: %s".formatted(file, firstLine(e)), e);
    }
  }

  /** All rows as {@link #read} gives them; of a JSONL file they are read in Spark tasks. */
  JavaRDD<RawRow> rowsInTasks(String format, Set<String> required) {
    var context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    if (!(format.isEmpty() ? byEnding() : format).equals("jsonl")) {
      List<RawRow> rows = new ArrayList<>();
      read(format, required, rows::add);
      return context.parallelize(rows);
    }
    try {
      existing();
      return context
          .textFile(StringUtils.escapeString(file), context.defaultParallelism())
          .zipWithIndex()
          .filter(line -> !line._1().isBlank())
          .map(line -> jsonRow(line._2() + 1, line._1()));
    } catch (IOException e) {
      throw new UserError("cannot read %s: %s".formatted(file, firstLine(e)), e);
    }
  }

  private Path existing() throws IOException {
    var path = new Path(file);
    if (!path.getFileSystem(spark.sparkContext().hadoopConfiguration()).exists(path)) {
      throw new UserError(
          "no file %s: mend %s.file (a relative path starts at %s)"
              .formatted(file, key, System.getProperty("user.dir")));
    }
    return path;
  }

  private String byEnding() {
    var name = file.replaceFirst("\\.(gz|bz2|zst)$", "");
    if (name.endsWith(".jsonl") || name.endsWith(".ndjson") || name.endsWith(".json")) {
      return "jsonl";
    }
    if (name.endsWith(".csv")) {
      return "csv";
    }
    if (name.endsWith(".parquet")) {
      return "parquet";
    }
    throw new UserError(
        "%s: the ending does not tell the format; set %s.format to jsonl, csv or parquet"
            .formatted(file, key));
  }

  private BufferedReader open(Path path) throws IOException {
    var hadoop = spark.sparkContext().hadoopConfiguration();
    InputStream bytes = path.getFileSystem(hadoop).open(path);
    var codec = new CompressionCodecFactory(hadoop).getCodec(path);
    return new BufferedReader(
        new InputStreamReader(
            codec == null ? bytes : codec.createInputStream(bytes), StandardCharsets.UTF_8));
  }

  private void jsonLines(Path path, Consumer<RawRow> take) throws IOException {
    try (var reader = open(path)) {
      long number = 0;
      for (var text = reader.readLine(); text != null; text = reader.readLine()) {
        number++;
        if (!text.isBlank()) {
          take.accept(jsonRow(number, text));
        }
      }
    }
  }

  private static RawRow jsonRow(long number, String line) {
    try {
      boolean marked = number == 1 && line.startsWith("\uFEFF");
      var node = JSON.readTree(marked ? line.substring(1) : line);
      if (!node.isObject()) {
        return RawRow.faulty(number, "not a JSON object");
      }
      Map<String, String> cells = new TreeMap<>();
      node.fields()
          .forEachRemaining(
              field -> {
                JsonNode value = field.getValue();
                if (!value.isNull()) {
                  cells.put(
                      field.getKey(), value.isValueNode() ? value.asText() : value.toString());
                }
              });
      return checked(number, cells);
    } catch (JsonProcessingException e) {
      return RawRow.faulty(number, "malformed JSON: " + firstLine(e));
    }
  }

  private void csv(Path path, Set<String> required, Consumer<RawRow> take) throws IOException {
    var settings = new CsvParserSettings();
    settings.setMaxCharsPerColumn(MAX_CELL);
    settings.setMaxColumns(100_000);
    settings.setLineSeparatorDetectionEnabled(true);
    settings.setIgnoreLeadingWhitespaces(false);
    settings.setIgnoreTrailingWhitespaces(false);
    settings.setSkipEmptyLines(false);
    settings.getFormat().setComment('\0');
    try (var reader = open(path)) {
      var parser = new CsvParser(settings);
      parser.beginParsing(reader);
      var header = parser.parseNext();
      if (header == null || header.length == 0) {
        throw new UserError(file + ": the file is empty; its first line must name the columns");
      }
      requireColumns(Arrays.asList(header), required);
      long line = parser.getContext().currentLine() + 1;
      for (var values = parser.parseNext(); values != null; values = parser.parseNext()) {
        boolean blank = values.length == 0 || values.length == 1 && values[0] == null;
        if (!blank) {
          take.accept(csvRow(line, header, values));
        }
        line = parser.getContext().currentLine() + 1;
      }
      parser.stopParsing();
    } catch (TextParsingException e) {
      throw new UserError(
          "%s: line %d cannot be read as CSV: %s"
              .formatted(file, e.getLineIndex() + 1, firstLine(e)),
          e);
    }
  }

  private static RawRow csvRow(long line, String[] header, String[] values) {
    if (values.length != header.length) {
      return RawRow.faulty(
          line, "%d columns where the header has %d".formatted(values.length, header.length));
    }
    Map<String, String> cells = new TreeMap<>();
    for (int i = 0; i < header.length; i++) {
      cells.put(header[i], values[i] == null ? "" : values[i]);
    }
    return checked(line, cells);
  }

  private void parquet(Set<String> required, Consumer<RawRow> take) {
    var table = spark.read().parquet(file);
    var columns = table.columns();
    requireColumns(Arrays.asList(columns), required);
    table
        .select(
            Stream.concat(
                    Arrays.stream(table.schema().fields()).map(ProblemFile::asText),
                    Stream.of(
                        functions.col("_metadata.row_index").as(ROW_INDEX),
                        functions.col("_metadata.file_name").as(FILE_NAME)))
                .toArray(Column[]::new))
        .orderBy(FILE_NAME, ROW_INDEX)
        .toLocalIterator()
        .forEachRemaining(
            row -> {
              Map<String, String> cells = new TreeMap<>();
              for (int i = 0; i < columns.length; i++) {
                Object cell = row.get(i);
                if (cell != null) {
                  cells.put(columns[i], cell.toString());
                }
              }
              take.accept(checked(row.<Long>getAs(ROW_INDEX) + 1, cells));
            });
  }

  /** A column as it is; lists and objects as JSON, bytes as base64. */
  private static Column asText(StructField field) {
    var column = functions.col("`" + field.name().replace("`", "``") + "`");
    boolean nested =
        field.dataType() instanceof StructType
            || field.dataType() instanceof ArrayType
            || field.dataType() instanceof MapType;
    if (field.dataType() instanceof BinaryType) {
      return functions.base64(column).as(field.name());
    }
    return nested ? functions.to_json(column).as(field.name()) : column;
  }

  private void requireColumns(List<String> columns, Set<String> required) {
    for (var column : new TreeSet<>(required)) {
      if (!NestedCell.mayBeIn(columns, column)) {
        throw new UserError(
            "%s has no column '%s' (its columns: %s): name the right one in %s.fields"
                .formatted(file, column, String.join(", ", columns), key));
      }
    }
  }

  /** A replacement character is what is left of bytes that are not UTF-8. */
  private static RawRow checked(long line, Map<String, String> cells) {
    return cells.values().stream().anyMatch(cell -> cell.indexOf('\uFFFD') >= 0)
        ? RawRow.faulty(line, "text that is not UTF-8")
        : new RawRow(line, cells, "");
  }

  private static String firstLine(Exception e) {
    var message = e.getMessage() == null ? e.toString() : e.getMessage();
    return message.lines().findFirst().orElse(e.toString());
  }
}
