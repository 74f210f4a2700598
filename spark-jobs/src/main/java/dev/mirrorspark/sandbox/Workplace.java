package dev.mirrorspark.sandbox;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * The folder of a sandbox's files, locked as long as its process lives. Whoever makes one removes
 * those whose process was killed.
 *
 * @param folder others may pass through it, not list it
 */
record Workplace(Path folder, FileChannel lock) implements AutoCloseable {
  private static final String PREFIX = "mirrorspark-sandbox-";
  private static final String LOCK = "lock";

  /** Locks of this process: closing a file of a lock a second time would free the lock. */
  private static final Set<Path> HERE = ConcurrentHashMap.newKeySet();

  /** A new folder among the temporary ones, made after those of killed processes are removed. */
  static Workplace make() throws IOException {
    return make(Path.of(System.getProperty("java.io.tmpdir")));
  }

  static Workplace make(Path parent) throws IOException {
    sweep(parent);
    Path folder = Files.createTempDirectory(parent, PREFIX);
    Path file = folder.resolve(LOCK);
    Path unlocked = folder.resolve("unlocked");
    var channel =
        FileChannel.open(unlocked, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    channel.lock();
    HERE.add(file);
    Files.move(unlocked, file, StandardCopyOption.ATOMIC_MOVE);
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
    return new Workplace(folder, channel);
  }

  private static void sweep(Path parent) {
    try (DirectoryStream<Path> folders = Files.newDirectoryStream(parent, PREFIX + "*")) {
      Object me = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
      for (Path folder : folders) {
        if (Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
            && Files.getAttribute(folder, "unix:uid", LinkOption.NOFOLLOW_LINKS).equals(me)) {
          sweepIfDead(folder);
        }
      }
      if (me.equals(0)) {
        Slot.sweep();
      }
    } catch (IOException | DirectoryIteratorException e) {
      // what killed processes have left stays
    }
  }

  /** A folder without a lock file may be in the making: it stays. */
  private static void sweepIfDead(Path folder) {
    Path file = folder.resolve(LOCK);
    if (HERE.contains(file)) {
      return;
    }
    try (var channel =
        FileChannel.open(file, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
      Optional<FileLock> lock = Optional.ofNullable(channel.tryLock());
      if (lock.isPresent()) {
        delete(folder);
      }
    } catch (IOException | OverlappingFileLockException alive) {
      // another one of this user is at it
    }
  }

  @Override
  public void close() {
    delete(folder);
    try {
      lock.close();
    } catch (IOException e) {
      // the lock goes with the process at the latest
    }
    HERE.remove(folder.resolve(LOCK));
  }

  private static void delete(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    } catch (IOException e) {
      // a few kilobytes in the folder for temporary files stay
    }
  }
}
