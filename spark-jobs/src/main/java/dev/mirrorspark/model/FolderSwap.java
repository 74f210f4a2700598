package dev.mirrorspark.model;

import dev.mirrorspark.config.UserError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Replaces a folder as a whole: a reader sees the old one or the new one, whenever the process
 * dies.
 *
 * <p>The new folder is filled as {@code .NAME.tmp}, the old one steps aside as {@code .NAME.old},
 * then the new one takes its name. A folder that exists as {@code .NAME.old} alone is the old one,
 * whole.
 */
public final class FolderSwap {
  private FolderSwap() {}

  /** The folder, or where its content lies if the process died while it was being replaced. */
  public static Path readable(Path folder) {
    Path old = sibling(folder, "old");
    return !Files.exists(folder) && Files.exists(old) ? old : folder;
  }

  /**
   * Fills a new folder and puts it in the place of {@code folder}; remains of an earlier attempt
   * are removed.
   *
   * @param fill writes the files into the empty folder it is given
   * @throws UserError if the folder cannot be written
   */
  public static void replace(Path folder, Consumer<Path> fill) {
    Path temporary = sibling(folder, "tmp");
    Path old = sibling(folder, "old");
    try {
      Files.createDirectories(folder.toAbsolutePath().getParent());
      if (!Files.exists(folder) && Files.exists(old)) {
        Files.move(old, folder, StandardCopyOption.ATOMIC_MOVE);
      }
      delete(old);
      delete(temporary);
      Files.createDirectory(temporary);
      fill.accept(temporary);
      force(temporary);
      if (Files.exists(folder)) {
        Files.move(folder, old, StandardCopyOption.ATOMIC_MOVE);
      }
      Files.move(temporary, folder, StandardCopyOption.ATOMIC_MOVE);
      force(folder.toAbsolutePath().getParent());
      delete(old);
    } catch (IOException e) {
      throw unwritable(folder, e, e);
    } catch (UncheckedIOException e) {
      throw unwritable(folder, e.getCause(), e);
    }
  }

  private static UserError unwritable(Path folder, IOException why, Exception thrown) {
    return new UserError(
        folder
            + ": cannot be written: "
            + reason(why)
            + "; make room, or the folder above it writable, and run the same command again",
        thrown);
  }

  private static String reason(IOException e) {
    String message = e.getMessage();
    return e.getClass() == IOException.class
        ? message
        : e.getClass().getSimpleName() + " " + message;
  }

  /** Copies a file and forces the copy to disk. */
  static void copy(Path from, Path to) {
    try {
      Files.copy(from, to);
      force(to);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path sibling(Path folder, String ending) {
    Path absolute = folder.toAbsolutePath().normalize();
    return absolute.resolveSibling("." + absolute.getFileName() + "." + ending);
  }

  private static void force(Path path) throws IOException {
    try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    List<Path> paths;
    try (Stream<Path> found = Files.walk(folder)) {
      paths = found.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : paths) {
      Files.delete(path);
    }
  }
}
