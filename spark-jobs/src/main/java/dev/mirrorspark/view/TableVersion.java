package dev.mirrorspark.view;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.table.TableSchema;
import io.delta.kernel.Table;
import io.delta.kernel.defaults.engine.DefaultEngine;
import io.delta.kernel.engine.Engine;
import io.delta.kernel.internal.InternalScanFileUtils;
import io.delta.kernel.internal.ScanImpl;
import io.delta.kernel.internal.SnapshotImpl;
import io.delta.kernel.internal.util.Utils;
import io.delta.kernel.types.StructType;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Row;

/**
 * A table as of one of its versions: which files it has and what their rows are bounded by. Reading
 * it takes the table's log and nothing else; rows come from the files that can hold them.
 */
final class TableVersion {
  private static final int KNOWN = 8;

  private final TableSchema table;
  private final long version;
  private final Engine engine;
  private final StructType columns;
  private final List<DataFile> files;

  /** Answers of {@link #rowsOfLog} that were asked for last: a version does not change. */
  private final Map<Asked, List<Row>> known = new LinkedHashMap<>(16, 0.75f, true);

  private record Asked(RowFilter filter, List<String> columns) {}

  private TableVersion(
      TableSchema table, long version, Engine engine, StructType columns, List<DataFile> files) {
    this.table = table;
    this.version = version;
    this.engine = engine;
    this.columns = columns;
    this.files = List.copyOf(files);
  }

  /** A table that is not there yet: no rows. */
  static TableVersion none(TableSchema table, Configuration hadoop) {
    return new TableVersion(table, -1, DefaultEngine.create(hadoop), new StructType(), List.of());
  }

  /**
   * Reads the log.
   *
   * @param version empty: the newest
   * @throws UserError if the log is of a kind that this does not read, or the version is gone
   */
  static TableVersion read(
      TableSchema table, String path, OptionalLong version, Configuration hadoop) {
    Engine engine = DefaultEngine.create(hadoop);
    try {
      Table delta = Table.forPath(engine, path);
      var snapshot =
          (SnapshotImpl)
              (version.isPresent()
                  ? delta.getSnapshotAsOfVersion(engine, version.getAsLong())
                  : delta.getLatestSnapshot(engine));
      requireKnown(path, snapshot);
      return new TableVersion(
          table,
          snapshot.getVersion(engine),
          engine,
          snapshot.getSchema(engine),
          files(path, engine, snapshot));
    } catch (io.delta.kernel.exceptions.KernelException e) {
      throw new UserError(
          "table %s%s cannot be read: %s"
              .formatted(
                  path,
                  version.isPresent() ? " as of version " + version.getAsLong() : "",
                  e.getMessage()),
          e);
    }
  }

  private static void requireKnown(String path, SnapshotImpl snapshot) {
    String mapping =
        snapshot.getMetadata().getConfiguration().getOrDefault("delta.columnMapping.mode", "none");
    if (!mapping.equals("none")) {
      throw new UserError(
          "table %s: its columns are mapped to other names, which the viewer does not read"
              .formatted(path));
    }
  }

  private static List<DataFile> files(String path, Engine engine, SnapshotImpl snapshot) {
    List<DataFile> files = new ArrayList<>();
    var scan = (ScanImpl) snapshot.getScanBuilder(engine).build();
    try (var batches = scan.getScanFiles(engine, true)) {
      while (batches.hasNext()) {
        try (var rows = batches.next().getRows()) {
          while (rows.hasNext()) {
            files.add(file(path, rows.next()));
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return files;
  }

  private static DataFile file(String path, io.delta.kernel.data.Row row) {
    if (InternalScanFileUtils.getDeletionVectorDescriptorFromRow(row) != null) {
      throw new UserError(
          "table %s: rows were deleted by deletion vectors, which the viewer does not read; run REORG TABLE … APPLY (PURGE)"
              .formatted(path));
    }
    var add = row.getStruct(InternalScanFileUtils.ADD_FILE_ORDINAL);
    int stats = InternalScanFileUtils.ADD_FILE_STATS_ORDINAL;
    return DataFile.of(
        InternalScanFileUtils.getAddFileStatus(row),
        Map.copyOf(InternalScanFileUtils.getPartitionValues(row)),
        add.isNullAt(stats) ? null : add.getString(stats));
  }

  TableSchema table() {
    return table;
  }

  long version() {
    return version;
  }

  /** The files that can hold such rows. */
  List<DataFile> files(RowFilter filter) {
    return files.stream().filter(filter::mayHold).toList();
  }

  /** All such rows, in the order of the files. */
  List<Row> rows(RowFilter filter, String... wanted) {
    List<Row> rows = new ArrayList<>();
    var schema = schema(wanted);
    for (DataFile file : files(filter)) {
      read(file, filter, names(schema), row -> rows.add(row.row(schema)));
    }
    return rows;
  }

  /**
   * All such rows; of files with a single row out of the log, without maps and lists, where it says
   * enough.
   */
  List<Row> rowsOfLog(RowFilter filter, String... wanted) {
    var asked = new Asked(filter, List.of(wanted));
    synchronized (known) {
      if (known.containsKey(asked)) {
        return known.get(asked);
      }
    }
    List<Row> rows = List.copyOf(readOfLog(filter, wanted));
    synchronized (known) {
      known.put(asked, rows);
      if (known.size() > KNOWN) {
        known.remove(known.keySet().iterator().next());
      }
    }
    return rows;
  }

  private List<Row> readOfLog(RowFilter filter, String... wanted) {
    List<Row> rows = new ArrayList<>();
    var schema = schema(wanted);
    for (DataFile file : files(filter)) {
      Optional<Row> row = file.rowOfLog(schema);
      if (row.isPresent()) {
        rows.add(row.get());
      } else {
        read(file, filter, names(schema), found -> rows.add(found.row(schema)));
      }
    }
    return rows;
  }

  /** The columns of these names as the table declares them; without names all. */
  org.apache.spark.sql.types.StructType schema(String... wanted) {
    var all = table.columns();
    return wanted.length == 0
        ? all
        : new org.apache.spark.sql.types.StructType(
            Arrays.stream(wanted)
                .map(name -> all.fields()[all.fieldIndex(name)])
                .toArray(org.apache.spark.sql.types.StructField[]::new));
  }

  private static List<String> names(org.apache.spark.sql.types.StructType schema) {
    return List.of(schema.fieldNames());
  }

  /**
   * Reads one file.
   *
   * @param wanted columns besides those of the filter
   * @param each takes a row, valid until it returns; false ends the reading
   * @return whether it was read to its end
   */
  boolean read(DataFile file, RowFilter filter, List<String> wanted, Predicate<FileRow> each) {
    Set<String> names = new LinkedHashSet<>(wanted);
    names.addAll(filter.columns());
    List<String> inFile =
        names.stream()
            .filter(name -> columns.indexOf(name) >= 0 && !file.partition().containsKey(name))
            .toList();
    var schema = new StructType(inFile.stream().map(columns::get).toList());
    try (var batches =
        engine
            .getParquetHandler()
            .readParquetFiles(
                Utils.singletonCloseableIterator(file.file()), schema, filter.predicate(inFile))) {
      while (batches.hasNext()) {
        var batch = batches.next();
        var row = new FileRow(batch, file.partition());
        for (int i = 0; i < batch.getSize(); i++) {
          if (filter.holds(row.at(i)) && !each.test(row)) {
            return false;
          }
        }
      }
      return true;
    } catch (IOException | RuntimeException e) {
      throw unreadable(file, e);
    }
  }

  private RuntimeException unreadable(DataFile file, Exception e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof FileNotFoundException) {
        return new UserError(
            "%s, a file of version %d of table %s, is gone: a VACUUM removed it; look at a newer version"
                .formatted(file.file().getPath(), version, table.name()),
            e);
      }
    }
    return e instanceof RuntimeException known ? known : new UncheckedIOException((IOException) e);
  }

  /** Rows of all its files, where the log says so. */
  Optional<Long> size() {
    long rows = files.stream().mapToLong(DataFile::rows).sum();
    return files.stream().anyMatch(file -> file.rows() == 0) ? Optional.empty() : Optional.of(rows);
  }
}
