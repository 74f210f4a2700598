package dev.mirrorspark.report;

import static org.apache.spark.sql.functions.array_sort;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.first;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.map_entries;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.regexp_replace;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.substring_index;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.transform;
import static org.apache.spark.sql.functions.when;

import dev.mirrorspark.table.Policies;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.Runs;
import dev.mirrorspark.table.TableSchema;
import dev.mirrorspark.table.Warehouse;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * Whether two runs did the same: the rows of every table by their keys, all values to the last bit
 * but timings and the places of checkpoints.
 *
 * @param tables one for each table of a warehouse
 */
public record TableComparison(List<OfTable> tables) {
  private static final String HERE = "here";
  private static final String THERE = "there";
  private static final String VALUES = "values";
  private static final String ROWS_HERE = "rows_here";
  private static final String ROWS_THERE = "rows_there";
  private static final String KEYS = "keys";
  private static final String KIND = "kind";
  private static final int SHOWN = 100;

  public TableComparison {
    tables = List.copyOf(tables);
  }

  /**
   * A run in a warehouse.
   *
   * @param dataset its prompt set, as table {@code prompts} has no runs
   */
  public record Side(Warehouse warehouse, String run, String dataset) {}

  /**
   * How one table compares.
   *
   * @param rows rows of the first run
   * @param otherRows rows of the other one
   * @param differences one line each, the first of its kind by key; empty if there is none
   */
  public record OfTable(String table, long rows, long otherRows, List<String> differences) {
    public OfTable {
      differences = List.copyOf(differences);
    }
  }

  private record Difference(String place, Object here, Object there) {}

  /** Compares two runs in all tables. */
  public static TableComparison of(Side one, Side other) {
    return new TableComparison(
        Warehouse.TABLES.stream().map(table -> compare(table, one, other)).toList());
  }

  /** Whether no table differs. */
  public boolean equal() {
    return tables.stream().allMatch(table -> table.differences().isEmpty());
  }

  /** Names of the columns of {@link #rows}. */
  public List<String> header() {
    return List.of("table", "rows", "rows of the other", "");
  }

  /** One row a table. */
  public List<List<String>> rows() {
    return tables.stream()
        .map(
            table ->
                List.of(
                    table.table(),
                    String.format(Locale.ROOT, "%,d", table.rows()),
                    String.format(Locale.ROOT, "%,d", table.otherRows()),
                    table.differences().isEmpty() ? "equal" : "different"))
        .toList();
  }

  /** All differences, one line each. */
  public List<String> differences() {
    return tables.stream()
        .flatMap(table -> table.differences().stream().map(line -> table.table() + ": " + line))
        .toList();
  }

  private static OfTable compare(TableSchema table, Side one, Side other) {
    boolean sameName = one.run().equals(other.run());
    var here = side(table, one, one.run(), sameName);
    var there = side(table, other, one.run(), sameName);
    Column none = lit(null).cast(here.schema().apply(VALUES).dataType());
    Column[] key = table.key().stream().map(name -> col(name)).toArray(Column[]::new);
    Column once = col(ROWS_HERE).leq(1).and(col(ROWS_THERE).leq(1));
    var groups =
        here.withColumnRenamed(VALUES, HERE)
            .withColumn(THERE, none)
            .union(
                there.withColumn(HERE, none).withColumnRenamed(VALUES, THERE).select(placed(table)))
            .groupBy(key)
            .agg(
                count(HERE).as(ROWS_HERE),
                count(THERE).as(ROWS_THERE),
                first(HERE, true).as(HERE),
                first(THERE, true).as(THERE))
            .withColumn(
                KIND,
                when(not(once), lit("with the key of another"))
                    .when(col(ROWS_THERE).equalTo(0), lit("only here"))
                    .when(col(ROWS_HERE).equalTo(0), lit("only in the other"))
                    .when(not(col(HERE).eqNullSafe(col(THERE))), lit("with other values")));
    long rows = 0;
    long otherRows = 0;
    List<String> differences = new ArrayList<>();
    for (Row kind :
        groups
            .groupBy(KIND)
            .agg(sum(ROWS_HERE).as(ROWS_HERE), sum(ROWS_THERE).as(ROWS_THERE), count("*").as(KEYS))
            .orderBy(KIND)
            .collectAsList()) {
      rows += kind.<Long>getAs(ROWS_HERE);
      otherRows += kind.<Long>getAs(ROWS_THERE);
      String difference = kind.getAs(KIND);
      if (difference != null) {
        Row first = groups.where(col(KIND).equalTo(difference)).orderBy(key).first();
        differences.add(
            String.format(Locale.ROOT, "%,d rows ", kind.<Long>getAs(KEYS))
                + difference
                + ", the first: "
                + key(table, first)
                + values(first));
      }
    }
    return new OfTable(table.name(), rows, otherRows, differences);
  }

  private static Column[] placed(TableSchema table) {
    return Stream.concat(table.key().stream(), Stream.of(HERE, THERE))
        .map(name -> col(name))
        .toArray(Column[]::new);
  }

  /** The key columns of a run's rows, and all that is compared as one struct. */
  private static Dataset<Row> side(TableSchema table, Side side, String name, boolean sameName) {
    List<String> columns = List.of(table.columns().fieldNames());
    boolean ofARun = columns.contains(TableSchema.RUN);
    var rows =
        side.warehouse()
            .read(table)
            .where(
                ofARun
                    ? col(TableSchema.RUN).equalTo(side.run())
                    : col(Prompts.DATASET).equalTo(side.dataset()));
    List<Column> compared = new ArrayList<>();
    for (StructField field : table.columns().fields()) {
      boolean left =
          table.key().contains(field.name())
              || table.timings().contains(field.name())
              || !sameName && field.name().equals(Runs.CONFIG_HASH);
      if (!left) {
        compared.add(comparable(table, field, sameName).as(field.name()));
      }
    }
    List<Column> selected = new ArrayList<>();
    for (String key : table.key()) {
      selected.add(key.equals(TableSchema.RUN) ? lit(name).as(key) : col(key));
    }
    selected.add(struct(compared.toArray(Column[]::new)).as(VALUES));
    return rows.select(selected.toArray(Column[]::new));
  }

  private static Column comparable(TableSchema table, StructField field, boolean sameName) {
    Column column = col(field.name());
    if (field.name().equals(Policies.CHECKPOINT)) {
      return substring_index(column, "/", -1);
    }
    if (field.name().equals(Runs.CONFIG) && !sameName) {
      return regexp_replace(column, lit("(?m)^run:.*$"), lit(""));
    }
    Set<String> nested =
        table.timings().stream()
            .filter(timing -> timing.startsWith(field.name() + "."))
            .map(timing -> timing.substring(field.name().length() + 1))
            .collect(Collectors.toSet());
    if (!nested.isEmpty()) {
      var fields = ((StructType) ((ArrayType) field.dataType()).elementType()).fieldNames();
      return transform(
          column,
          element ->
              struct(
                  Arrays.stream(fields)
                      .filter(name -> !nested.contains(name))
                      .map(name -> element.getField(name).as(name))
                      .toArray(Column[]::new)));
    }
    return field.dataType() instanceof MapType ? array_sort(map_entries(column)) : column;
  }

  private static String values(Row row) {
    Row here = row.getAs(HERE);
    Row there = row.getAs(THERE);
    if (here == null || there == null || here.equals(there)) {
      return "";
    }
    Difference first = difference("", here, there);
    return ": %s is %s here and %s in the other"
        .formatted(first.place(), shown(first.here()), shown(first.there()));
  }

  /** The first place in which two different values differ. */
  private static Difference difference(String place, Object here, Object there) {
    if (here instanceof Row a && there instanceof Row b) {
      for (int i = 0; i < a.length(); i++) {
        if (!Objects.equals(a.get(i), b.get(i))) {
          String field = a.schema().fieldNames()[i];
          return difference(place.isEmpty() ? field : place + "." + field, a.get(i), b.get(i));
        }
      }
    }
    if (here instanceof scala.collection.Seq<?> a
        && there instanceof scala.collection.Seq<?> b
        && a.length() == b.length()) {
      for (int i = 0; i < a.length(); i++) {
        if (!Objects.equals(a.apply(i), b.apply(i))) {
          return difference(place + "[" + i + "]", a.apply(i), b.apply(i));
        }
      }
    }
    return new Difference(place, here, there);
  }

  private static String key(TableSchema table, Row row) {
    List<String> parts = new ArrayList<>();
    for (String name : table.key()) {
      parts.add(name + "=" + row.getAs(name));
    }
    return String.join(", ", parts);
  }

  private static String shown(Object value) {
    String text = String.valueOf(value);
    return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
  }
}
