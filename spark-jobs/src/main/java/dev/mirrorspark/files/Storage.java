package dev.mirrorspark.files;

import dev.mirrorspark.config.UserError;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Options;
import org.apache.hadoop.fs.UnsupportedFileSystemException;

/**
 * The one door to files, on this machine and on every Hadoop file system ({@code hdfs:}, {@code
 * s3a:}, …); it goes to executors with a task.
 *
 * <p>A path without a scheme is of this machine, relative to the working directory. Files of this
 * machine are read and written without Hadoop, so without its checksum files. What is written
 * appears under its name complete or not at all.
 */
public final class Storage implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final Pattern SCHEME = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*):/.*");
  private static final int COPY_BYTES = 1 << 20;

  /** What differs from Hadoop's defaults, such as keys of an object store. */
  private final TreeMap<String, String> settings;

  private transient volatile Configuration configuration;

  private Storage(TreeMap<String, String> settings) {
    this.settings = settings;
  }

  /** Writes a file's content. */
  @FunctionalInterface
  public interface Content {
    /** Writes all of it. */
    void write(WritableByteChannel out) throws IOException;
  }

  /** Files as these settings of Hadoop find them. */
  public static Storage of(Configuration configuration) {
    var settings = new TreeMap<String, String>();
    for (var setting : configuration) {
      String[] sources = configuration.getPropertySources(setting.getKey());
      if (sources == null
          || sources.length == 0
          || !sources[sources.length - 1].endsWith("-default.xml")) {
        settings.put(setting.getKey(), setting.getValue());
      }
    }
    return new Storage(settings);
  }

  /** Files as this machine's own settings of Hadoop find them. */
  public static Storage local() {
    return new Storage(new TreeMap<>());
  }

  /** The path of a file in a folder. */
  public static String child(String folder, String name) {
    return folder.endsWith("/") ? folder + name : folder + "/" + name;
  }

  /** The last part of a path. */
  public static String name(String path) {
    String plain = plain(path);
    return plain.substring(plain.lastIndexOf('/') + 1);
  }

  /** The folder that a path lies in. */
  public static String parent(String path) {
    String plain = plain(path);
    int slash = plain.lastIndexOf('/');
    return slash < 0 ? "." : slash == 0 ? "/" : plain.substring(0, slash);
  }

  private static String plain(String path) {
    String plain = path;
    while (plain.length() > 1 && plain.endsWith("/")) {
      plain = plain.substring(0, plain.length() - 1);
    }
    return plain;
  }

  /** The path for Java's own file classes, empty if it is not of this machine. */
  public static Optional<Path> local(String path) {
    var scheme = SCHEME.matcher(path);
    if (!scheme.matches()) {
      return Optional.of(Path.of(path));
    }
    return scheme.group(1).equalsIgnoreCase("file")
        ? Optional.of(Path.of(hadoop(path).toUri().getPath()))
        : Optional.empty();
  }

  /**
   * The path as Spark's tables understand it: without a scheme it is of Hadoop's default file
   * system, which on a cluster is seldom that of this machine.
   *
   * @throws UserError if the default file system cannot be reached
   */
  public String ofTables(String path) {
    if (SCHEME.matcher(path).matches()) {
      return plain(path);
    }
    if (FileSystem.getDefaultUri(configuration()).getScheme().equals("file")) {
      return Path.of(path).toAbsolutePath().normalize().toString();
    }
    try {
      var found = hadoop(path);
      return found.getFileSystem(configuration()).makeQualified(found).toString();
    } catch (IOException e) {
      throw unreadable(path, e);
    }
  }

  /**
   * Opens a file for reading by range.
   *
   * @throws UserError if it is missing or cannot be read
   */
  public FileInput open(String path) {
    try {
      var local = local(path);
      if (local.isPresent()) {
        var channel = FileChannel.open(local.get(), StandardOpenOption.READ);
        return new FileInput.Local(channel, channel.size());
      }
      FileSystem files = fileSystem(path);
      long length = files.getFileStatus(hadoop(path)).getLen();
      return new FileInput.Remote(files.open(hadoop(path)), length);
    } catch (IOException e) {
      throw unreadable(path, e);
    }
  }

  /**
   * The content of a small file as UTF-8.
   *
   * @throws UserError if it is missing or cannot be read
   */
  public String text(String path) {
    return new String(bytes(path), StandardCharsets.UTF_8);
  }

  /**
   * The content of a small file.
   *
   * @throws UserError if it is missing or cannot be read
   */
  public byte[] bytes(String path) {
    try (var in = open(path)) {
      byte[] bytes = new byte[Math.toIntExact(in.length())];
      in.read(0, ByteBuffer.wrap(bytes));
      return bytes;
    } catch (IOException e) {
      throw unreadable(path, e);
    }
  }

  /**
   * Writes a file, in the place of one that is there, and forces it to disk; the folders above it
   * are made. Safe in two attempts at once: whichever ends last stays, whole.
   *
   * @throws UserError if it cannot be written, for instance on a full disk
   */
  public void publish(String path, Content content) {
    try {
      var local = local(path);
      if (local.isPresent()) {
        publish(local.get().toAbsolutePath(), content);
      } else {
        publish(hadoop(path), content);
      }
    } catch (IOException | FSError e) {
      throw unwritable(path, e);
    }
  }

  private static void publish(Path target, Content content) throws IOException {
    Files.createDirectories(target.getParent());
    Path temporary = target.resolveSibling(temporary(target.getFileName().toString()));
    try {
      try (var channel =
          FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        content.write(channel);
        channel.force(true);
      }
      Files.move(
          temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(temporary);
    }
    try (var folder = FileChannel.open(target.getParent(), StandardOpenOption.READ)) {
      folder.force(true);
    }
  }

  private void publish(org.apache.hadoop.fs.Path target, Content content) throws IOException {
    FileSystem files = target.getFileSystem(configuration());
    var temporary = new org.apache.hadoop.fs.Path(target.getParent(), temporary(target.getName()));
    boolean placed = false;
    try {
      var stream = files.create(temporary, true);
      try (var out = Channels.newChannel(stream)) {
        content.write(out);
      }
      requireWhole(files.getFileStatus(temporary).getLen(), stream.getPos());
      rename(files, temporary, target);
      placed = true;
    } finally {
      if (!placed) {
        files.delete(temporary, false);
      }
    }
  }

  /** Not every file system says that it has lost a part. */
  private static void requireWhole(long arrived, long written) throws IOException {
    if (arrived != written) {
      throw new IOException(
          "of %,d bytes written only %,d have arrived".formatted(written, arrived));
    }
  }

  private void rename(
      FileSystem files, org.apache.hadoop.fs.Path from, org.apache.hadoop.fs.Path to)
      throws IOException {
    try {
      FileContext.getFileContext(to.toUri(), configuration())
          .rename(from, to, Options.Rename.OVERWRITE);
    } catch (UnsupportedFileSystemException e) { // no atomic replacement: it is gone for a moment
      if (!files.rename(from, to)) {
        files.delete(to, false);
        if (!files.rename(from, to)) {
          throw new IOException("renaming " + from + " failed", e);
        }
      }
    }
  }

  /** A name that no reader takes for a file of its own. */
  private static String temporary(String name) {
    return "." + name + "." + UUID.randomUUID().toString().substring(0, 8);
  }

  /**
   * Writes a small file as UTF-8; see {@link #publish}.
   *
   * @throws UserError if it cannot be written
   */
  public void writeText(String path, String text) {
    write(path, text.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Writes a small file; see {@link #publish}.
   *
   * @throws UserError if it cannot be written
   */
  public void write(String path, byte[] content) {
    publish(path, out -> drain(ByteBuffer.wrap(content), out));
  }

  /**
   * Copies a file of any length; see {@link #publish}.
   *
   * @throws UserError if it cannot be read or written
   */
  public void copy(String from, String to) {
    try (var in = open(from)) {
      publish(
          to,
          out -> {
            var buffer = ByteBuffer.allocateDirect(COPY_BYTES);
            for (long at = 0; at < in.length(); at += buffer.limit()) {
              buffer.clear().limit((int) Math.min(COPY_BYTES, in.length() - at));
              in.read(at, buffer);
              drain(buffer.flip(), out);
            }
          });
    } catch (IOException e) {
      throw unreadable(from, e);
    }
  }

  private static void drain(ByteBuffer bytes, WritableByteChannel out) throws IOException {
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
  }

  /** Whether there is a file or folder of that name. */
  public boolean exists(String path) {
    return status(path).isPresent();
  }

  /** Whether there is a folder of that name. */
  public boolean isFolder(String path) {
    return status(path).filter(Status::folder).isPresent();
  }

  /**
   * Length of a file in bytes.
   *
   * @throws UserError if it is missing
   */
  public long length(String path) {
    return status(path)
        .map(Status::length)
        .orElseThrow(() -> unreadable(path, new FileNotFoundException()));
  }

  private record Status(boolean folder, long length) {}

  private Optional<Status> status(String path) {
    try {
      var local = local(path);
      if (local.isPresent()) {
        Path file = local.get();
        return Files.exists(file)
            ? Optional.of(new Status(Files.isDirectory(file), Files.size(file)))
            : Optional.empty();
      }
      FileStatus found = fileSystem(path).getFileStatus(hadoop(path));
      return Optional.of(new Status(found.isDirectory(), found.getLen()));
    } catch (FileNotFoundException | NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw unreadable(path, e);
    }
  }

  /** Names of all files and folders in a folder, in order; none if there is no such folder. */
  public List<String> list(String folder) {
    try {
      var local = local(folder);
      if (local.isPresent()) {
        try (Stream<Path> files = Files.list(local.get())) {
          return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
      }
      return Stream.of(fileSystem(folder).listStatus(hadoop(folder)))
          .map(status -> status.getPath().getName())
          .sorted()
          .toList();
    } catch (FileNotFoundException | NoSuchFileException e) {
      return List.of();
    } catch (IOException e) {
      throw unreadable(folder, e);
    }
  }

  /**
   * Deletes a file, or a folder with all that is in it; does nothing where there is none.
   *
   * @throws UserError if it cannot be deleted
   */
  public void delete(String path) {
    try {
      var local = local(path);
      if (local.isEmpty()) {
        fileSystem(path).delete(hadoop(path), true);
      } else if (Files.exists(local.get())) {
        List<Path> found;
        try (Stream<Path> all = Files.walk(local.get())) {
          found = all.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : found) {
          Files.deleteIfExists(file);
        }
      }
    } catch (IOException | FSError e) {
      throw unwritable(path, e);
    }
  }

  private static org.apache.hadoop.fs.Path hadoop(String path) {
    return new org.apache.hadoop.fs.Path(path);
  }

  private FileSystem fileSystem(String path) throws IOException {
    return hadoop(path).getFileSystem(configuration());
  }

  private Configuration configuration() {
    Configuration known = configuration;
    if (known == null) {
      known = new Configuration();
      settings.forEach(known::set);
      configuration = known;
    }
    return known;
  }

  /** What a user is told of a file that cannot be read. */
  public static UserError unreadable(String path, IOException e) {
    boolean missing = e instanceof NoSuchFileException || e instanceof FileNotFoundException;
    String why = missing ? "no such file; restore it" : "cannot be read: " + reason(e);
    return new UserError(path + ": " + why, e);
  }

  private static UserError unwritable(String path, Throwable e) {
    return new UserError(
        path
            + ": cannot be written: "
            + reason(e)
            + "; make room, or the folder above it writable, and run the same command again",
        e);
  }

  private static String reason(Throwable e) {
    String message = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    return e.getClass() == IOException.class
        ? message
        : e.getClass().getSimpleName() + " " + message;
  }
}
