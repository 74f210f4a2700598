package dev.mirrorspark.table;

import java.io.Closeable;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URLEncoder;
import java.net.UnknownHostException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * The files behind the leases of one run, in folder {@code _locks/<run>} of the warehouse: for each
 * epoch {@code N.lease} with its owner, whose creation is what makes an owner; {@code N.sign}, his
 * last sign of life; {@code N.closed} where he has let go; and on a local file system {@code
 * N.alive}, which the operating system keeps locked for as long as his process lives.
 */
final class LeaseFiles {
  static final String FOLDER = "_locks";
  private static final Pattern NAME = Pattern.compile("(\\d+)\\.(lease|sign|closed|alive)");

  /** A sign of life: its number, and the time by the owner's clock. */
  record Sign(long number, Instant at) {}

  private final FileSystem fs;
  private final Path folder;
  private final boolean local;

  private LeaseFiles(FileSystem fs, Path folder) {
    this.fs = fs;
    this.folder = folder;
    this.local = fs.getUri().getScheme().equals("file");
  }

  static LeaseFiles of(String root, String run, Configuration hadoop) throws IOException {
    var folder = new Path(new Path(root, FOLDER), URLEncoder.encode(run, StandardCharsets.UTF_8));
    var fs = folder.getFileSystem(hadoop);
    return new LeaseFiles(fs, fs.makeQualified(folder));
  }

  Path folder() {
    return folder;
  }

  /** The epoch of the last owner; empty where there was none. */
  OptionalLong last() throws IOException {
    return names().stream()
        .filter(name -> name.endsWith(".lease"))
        .mapToLong(LeaseFiles::epoch)
        .max();
  }

  /**
   * Makes the caller the owner of an epoch.
   *
   * @return what tells that he lives, until it is closed; empty where another was faster
   */
  Optional<Closeable> begin(long epoch, String owner) throws IOException {
    fs.mkdirs(folder);
    Closeable alive = () -> {};
    if (local) {
      var channel =
          FileChannel.open(
              local(path(epoch, "alive")), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      try {
        if (channel.tryLock() == null) {
          throw new OverlappingFileLockException();
        }
      } catch (OverlappingFileLockException e) {
        channel.close();
        return Optional.empty();
      }
      alive = channel;
    }
    try {
      if (local) {
        Files.writeString(local(path(epoch, "lease")), owner, StandardOpenOption.CREATE_NEW);
      } else {
        try (var out = fs.create(path(epoch, "lease"), false)) {
          out.write(owner.getBytes(StandardCharsets.UTF_8));
        }
      }
      return Optional.of(alive);
    } catch (java.nio.file.FileAlreadyExistsException | FileAlreadyExistsException e) {
      return Optional.empty();
    }
  }

  /** Who owns an epoch. */
  String owner(long epoch) throws IOException {
    String owner = text(path(epoch, "lease"));
    return owner.isBlank() ? "just starting" : owner.strip();
  }

  /** Whether the owner has let go. */
  boolean closed(long epoch) throws IOException {
    return fs.exists(path(epoch, "closed"));
  }

  void close(long epoch) throws IOException {
    write(path(epoch, "closed"), "");
  }

  /** Whether the operating system says that the owner's process is gone. */
  boolean ended(long epoch) throws IOException {
    var file = path(epoch, "alive");
    String owner = owner(epoch);
    // A lock of another machine may not be seen on a network mount, and to open the file of one's
    // own
    // would let the lock go.
    if (!local
        || !owner.contains(" on " + host() + " ")
        || owner.startsWith("pid " + ProcessHandle.current().pid() + " ")
        || !fs.exists(file)) {
      return false;
    }
    try (var channel = FileChannel.open(local(file), StandardOpenOption.WRITE)) {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException e) { // a thread of this process holds it
      return false;
    }
  }

  /** The owner's last sign of life; where it has none yet, or it is being written, number 0. */
  Sign sign(long epoch) throws IOException {
    String[] words = text(path(epoch, "sign")).strip().split(" ");
    return words.length == 2
        ? new Sign(Long.parseLong(words[0]), Instant.ofEpochMilli(Long.parseLong(words[1])))
        : new Sign(0, Instant.EPOCH);
  }

  void give(long epoch, Sign sign) throws IOException {
    write(path(epoch, "sign"), sign.number() + " " + sign.at().toEpochMilli());
  }

  /** Removes what owners of earlier epochs left. */
  void removeBefore(long epoch) throws IOException {
    for (String name : names()) {
      if (epoch(name) < epoch) {
        fs.delete(new Path(folder, name), false);
      }
    }
  }

  static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "an unnamed host";
    }
  }

  private List<String> names() throws IOException {
    List<String> names = new ArrayList<>();
    try {
      for (var status : fs.listStatus(folder)) {
        String name = status.getPath().getName();
        if (NAME.matcher(name).matches()) {
          names.add(name);
        }
      }
    } catch (FileNotFoundException e) {
      return names;
    }
    return names;
  }

  private static long epoch(String name) {
    return Long.parseLong(name.substring(0, name.indexOf('.')));
  }

  private Path path(long epoch, String kind) {
    return new Path(folder, "%08d.%s".formatted(epoch, kind));
  }

  private String text(Path file) throws IOException {
    try (var in = fs.open(file)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (FileNotFoundException e) {
      return "";
    }
  }

  private void write(Path file, String text) throws IOException {
    if (local) {
      Files.writeString(local(file), text);
      return;
    }
    try (var out = fs.create(file, true)) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    }
  }

  private static java.nio.file.Path local(Path file) {
    return java.nio.file.Path.of(file.toUri().getPath());
  }
}
