package dev.mirrorspark.view;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.table.TableSchema;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * The versions of one table: the newest, read again only when the log has grown, and a few older
 * ones that somebody looks at. Reads and never writes, so a run that trains is not disturbed.
 */
final class TableLog {
  /** Older versions that are kept. */
  private static final int KEPT = 3;

  /** After so long the newest version is looked for without regard to the one that is known. */
  private static final long FORGET_NANOS = 60_000_000_000L;

  private final TableSchema table;
  private final String path;
  private final Configuration hadoop;
  private final Map<Long, TableVersion> older = new LinkedHashMap<>(16, 0.75f, true);
  private TableVersion newest;
  private long readAt;

  TableLog(TableSchema table, String root, Configuration hadoop) {
    this.table = table;
    this.path = new Path(root, table.name()).toString();
    this.hadoop = hadoop;
    this.newest = TableVersion.none(table, hadoop);
  }

  /** The newest version. */
  synchronized TableVersion newest() {
    long now = System.nanoTime();
    boolean known = newest.version() >= 0 && now - readAt < FORGET_NANOS;
    if (known && !exists(newest.version() + 1)) {
      return newest;
    }
    if (newest.version() < 0 && !exists()) {
      return newest;
    }
    keep(newest);
    newest = TableVersion.read(table, path, OptionalLong.empty(), hadoop);
    readAt = now;
    return newest;
  }

  /**
   * One of its versions.
   *
   * @param version -1: before it was made
   * @throws UserError if there is none of this number any more, or not yet
   */
  synchronized TableVersion version(long version) {
    if (version < 0) {
      return TableVersion.none(table, hadoop);
    }
    if (newest().version() == version) {
      return newest;
    }
    if (version > newest.version()) {
      throw new UserError(
          "table %s has no version %d; the newest is %d"
              .formatted(table.name(), version, newest.version()));
    }
    TableVersion found = older.get(version);
    if (found == null) {
      found = TableVersion.read(table, path, OptionalLong.of(version), hadoop);
      keep(found);
    }
    return found;
  }

  private void keep(TableVersion version) {
    if (version.version() >= 0) {
      older.put(version.version(), version);
      Iterator<Long> eldest = older.keySet().iterator();
      while (older.size() > KEPT) {
        eldest.next();
        eldest.remove();
      }
    }
  }

  /** Whether the folder holds a Delta table with a commit. */
  private boolean exists() {
    try {
      var commits = fileSystem().globStatus(new Path(path, "_delta_log/*.json"));
      return commits != null && commits.length > 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean exists(long version) {
    try {
      return fileSystem().exists(new Path(path, "_delta_log/%020d.json".formatted(version)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private FileSystem fileSystem() throws IOException {
    return new Path(path).getFileSystem(hadoop);
  }
}
