package dev.mirrorspark.table;

import dev.mirrorspark.config.UserError;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.LockSupport;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * Lets one driver at a time create tables in a warehouse: another one waits. On a file system other
 * than the local one there is no such lock.
 */
final class TablesLock implements AutoCloseable {
  private static final long POLL_NANOS = 50_000_000;

  private final Closeable held;

  private TablesLock(Closeable held) {
    this.held = held;
  }

  /**
   * Waits for the lock and takes it.
   *
   * @throws UserError if the lock cannot be written
   */
  static TablesLock take(String root, Configuration hadoop) {
    var file = new Path(new Path(root, LeaseFiles.FOLDER), "tables");
    try {
      var fs = file.getFileSystem(hadoop);
      return fs.getUri().getScheme().equals("file")
          ? waited(java.nio.file.Path.of(fs.makeQualified(file).toUri().getPath()))
          : new TablesLock(() -> {});
    } catch (IOException e) {
      throw new UserError(
          "%s: cannot be written: %s; make the warehouse writable or set another"
              .formatted(file, e),
          e);
    }
  }

  private static TablesLock waited(java.nio.file.Path file) throws IOException {
    Files.createDirectories(file.getParent());
    var channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    while (true) {
      try {
        channel.lock();
        return new TablesLock(channel);
      } catch (OverlappingFileLockException e) { // held by another thread of this process
        LockSupport.parkNanos(POLL_NANOS);
      }
    }
  }

  @Override
  public void close() {
    try {
      held.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
