package dev.mirrorspark.table;

import dev.mirrorspark.config.UserError;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.URLEncoder;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Holds a run for one driver: a second driver on the same run is refused until this one closes it.
 *
 * <p>The lock is the file {@code _locks/<run>.lock} in the warehouse. On a local file system the
 * operating system locks it and lets go of it when the driver ends, in whatever way. Elsewhere the
 * file's existence is the lock: it stays behind if the driver is killed, and must then be removed
 * by hand.
 */
public final class RunLock implements AutoCloseable {
  private static final long POLL_NANOS = 50_000_000;

  private final Closeable held;

  private RunLock(Closeable held) {
    this.held = held;
  }

  /** As the other one, with Hadoop's default configuration; needs no Spark session. */
  public static RunLock acquire(String root, String run) {
    return acquire(root, run, new Configuration());
  }

  /**
   * Locks the run.
   *
   * @throws UserError if another driver holds it (names its host, process and start), or the file
   *     cannot be written
   */
  public static RunLock acquire(String root, String run, Configuration hadoop) {
    var file = new Path(new Path(root, "_locks"), encoded(run) + ".lock");
    try {
      var fs = file.getFileSystem(hadoop);
      return fs.getUri().getScheme().equals("file")
          ? lockedBySystem(java.nio.file.Path.of(fs.makeQualified(file).toUri().getPath()), run)
          : lockedByExistence(fs, file, run);
    } catch (IOException e) {
      throw new UserError(
          "%s: the lock of run %s cannot be written: %s; make the warehouse writable or set another"
              .formatted(file, run, e),
          e);
    }
  }

  /**
   * Lets one driver at a time create tables: waits for the other. On a file system other than the
   * local one there is no such lock.
   *
   * @throws UserError if the lock cannot be written
   */
  static RunLock ofTables(String root, Configuration hadoop) {
    var file = new Path(new Path(root, "_locks"), "tables");
    try {
      var fs = file.getFileSystem(hadoop);
      return fs.getUri().getScheme().equals("file")
          ? waited(java.nio.file.Path.of(fs.makeQualified(file).toUri().getPath()))
          : new RunLock(() -> {});
    } catch (IOException e) {
      throw new UserError(
          "%s: cannot be written: %s; make the warehouse writable or set another"
              .formatted(file, e),
          e);
    }
  }

  private static RunLock waited(java.nio.file.Path file) throws IOException {
    Files.createDirectories(file.getParent());
    var channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    while (true) {
      try {
        channel.lock();
        return new RunLock(channel);
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

  private static RunLock lockedBySystem(java.nio.file.Path file, String run) throws IOException {
    Files.createDirectories(file.getParent());
    var channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (channel.tryLock() == null) {
        throw new OverlappingFileLockException();
      }
      channel.truncate(0);
      channel.write(ByteBuffer.wrap(owner().getBytes(StandardCharsets.UTF_8)));
    } catch (OverlappingFileLockException e) {
      channel.close();
      throw refused(
          run, Files.readString(file), file.toString(), "wait for it, or stop it and start again");
    } catch (IOException e) {
      channel.close();
      throw e;
    }
    // The file stays: removing it would let a third driver lock a new one beside a waiting second.
    return new RunLock(
        () -> {
          try (channel) {
            channel.truncate(0);
          }
        });
  }

  static RunLock lockedByExistence(FileSystem fs, Path file, String run) throws IOException {
    try (var out = fs.create(file, false)) {
      out.write(owner().getBytes(StandardCharsets.UTF_8));
    } catch (FileAlreadyExistsException e) {
      try (var in = fs.open(file)) {
        throw refused(
            run,
            new String(in.readAllBytes(), StandardCharsets.UTF_8),
            file.toString(),
            "if that process has ended, remove this file and start again");
      }
    }
    return new RunLock(() -> fs.delete(file, false));
  }

  private static UserError refused(String run, String owner, String file, String mend) {
    return new UserError(
        "run %s is held by another driver (%s) through %s; %s"
            .formatted(run, owner.isBlank() ? "just starting" : owner.strip(), file, mend));
  }

  private static String owner() {
    return "pid %d on %s since %s%n"
        .formatted(
            ProcessHandle.current().pid(), host(), Instant.now().truncatedTo(ChronoUnit.SECONDS));
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "an unnamed host";
    }
  }

  private static String encoded(String run) {
    return URLEncoder.encode(run, StandardCharsets.UTF_8);
  }
}
