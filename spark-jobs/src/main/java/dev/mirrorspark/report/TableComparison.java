package dev.mirrorspark.report;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.when;

import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.TableSchema;
import dev.mirrorspark.table.Warehouse;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
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
  private static final String ROWS_HERE = "rows_here";
  private static final String ROWS_THERE = "rows_there";
  private static final String KEYS = "keys";
  private static final String KIND = "kind";
  private static final String OTHER_VALUES = "with other values";

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
    var compared = new ComparedRow(table, one.run().equals(other.run()));
    Column[] key = table.key().stream().map(name -> col(name)).toArray(Column[]::new);
    Column once = col(ROWS_HERE).leq(1).and(col(ROWS_THERE).leq(1));
    var groups =
        digests(table, one, one.run(), compared, true)
            .union(digests(table, other, one.run(), compared, false))
            .groupBy(key)
            .agg(
                count(HERE).as(ROWS_HERE),
                count(THERE).as(ROWS_THERE),
                max(HERE).as(HERE),
                max(THERE).as(THERE))
            .withColumn(
                KIND,
                when(not(once), lit("with the key of another"))
                    .when(col(ROWS_THERE).equalTo(0), lit("only here"))
                    .when(col(ROWS_HERE).equalTo(0), lit("only in the other"))
                    .when(col(HERE).notEqual(col(THERE)), lit(OTHER_VALUES)));
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
                + (difference.equals(OTHER_VALUES)
                    ? compared.difference(
                        row(table, one, first).first(), row(table, other, first).first())
                    : ""));
      }
    }
    return new OfTable(table.name(), rows, otherRows, differences);
  }

  /** The rows of a run. */
  private static Dataset<Row> rows(TableSchema table, Side side) {
    var ofSide =
        ofARun(table)
            ? col(TableSchema.RUN).equalTo(side.run())
            : col(Prompts.DATASET).equalTo(side.dataset());
    return side.warehouse().read(table).where(ofSide);
  }

  /** The one row of a run with a key, whatever the run's name. */
  private static Dataset<Row> row(TableSchema table, Side side, Row key) {
    var rows = rows(table, side);
    for (String name : table.key()) {
      if (!name.equals(TableSchema.RUN)) {
        rows = rows.where(col(name).equalTo(key.getAs(name)));
      }
    }
    return rows;
  }

  private static boolean ofARun(TableSchema table) {
    return List.of(table.columns().fieldNames()).contains(TableSchema.RUN);
  }

  /** Of each row its key, under one name of the run, and the digest of what is compared. */
  private static Dataset<Row> digests(
      TableSchema table, Side side, String run, ComparedRow compared, boolean here) {
    List<String> key = table.key();
    var columns = new StructType();
    for (String name : key) {
      columns = columns.add(name, table.columns().apply(name).dataType());
    }
    columns = columns.add(HERE, DataTypes.StringType).add(THERE, DataTypes.StringType);
    var rows = rows(table, side);
    var digests =
        rows.toJavaRDD()
            .map(
                row -> {
                  var cells = new Object[key.size() + 2];
                  for (int i = 0; i < key.size(); i++) {
                    cells[i] = key.get(i).equals(TableSchema.RUN) ? run : row.getAs(key.get(i));
                  }
                  cells[here ? key.size() : key.size() + 1] = compared.digest(row);
                  return RowFactory.create(cells);
                });
    return rows.sparkSession().createDataFrame(digests, columns);
  }

  private static String key(TableSchema table, Row row) {
    List<String> parts = new ArrayList<>();
    for (String name : table.key()) {
      parts.add(name + "=" + row.getAs(name));
    }
    return String.join(", ", parts);
  }
}
