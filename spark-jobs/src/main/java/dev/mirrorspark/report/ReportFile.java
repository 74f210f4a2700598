package dev.mirrorspark.report;

import dev.mirrorspark.config.UserError;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * A file of a report on this machine, replaced in one step: whoever reads it meanwhile sees the old
 * one or the new one.
 */
public final class ReportFile {
  /** The mend where the file lies in the warehouse. */
  public static final String IN_WAREHOUSE = "make the warehouse writable or name another";

  private ReportFile() {}

  /** As {@link #write(Path, byte[], String)}, of a text. */
  public static void write(Path file, String text, String mend) {
    write(file, text.getBytes(StandardCharsets.UTF_8), mend);
  }

  /**
   * Writes a file; its folder is made.
   *
   * @param mend what the user can do where it cannot be written
   * @throws UserError if it cannot be written
   */
  public static void write(Path file, byte[] bytes, String mend) {
    Path whole = file.toAbsolutePath();
    Path part = whole.resolveSibling("." + whole.getFileName() + ".part");
    try {
      Files.createDirectories(whole.getParent());
      Files.write(part, bytes);
      Files.move(part, whole, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UserError(
          "%s: cannot be written (%s); %s".formatted(file, e.getMessage(), mend), e);
    }
  }
}
