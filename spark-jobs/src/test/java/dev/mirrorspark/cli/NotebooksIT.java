package dev.mirrorspark.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The notebooks from their first to their last cell, in Jupyter, on a tiny run; skipped where
 * Jupyter is not.
 */
class NotebooksIT {
  private static final Path HOME = Path.of("..").toAbsolutePath().normalize();

  @TempDir private static Path folder;
  private static String accuracy;

  @BeforeAll
  static void train() throws Exception {
    assumeTrue(works("jupyter", "nbconvert", "--version"), "no Jupyter here");
    var commands = TinyCommands.trained(folder);
    var curve = commands.succeeds("sql SELECT accuracy FROM iterations --format csv", List.of());
    double share = Double.parseDouble(curve.out().strip().split("\n")[1]);
    accuracy = String.format(Locale.ROOT, "%.1f", 100 * share);
  }

  @Test
  void inJava() throws Exception {
    String page = page("run-in-java");
    assertTrue(page.contains("same weights: true"), "the replay gave other weights");
    assertTrue(
        Pattern.compile("0 +" + Pattern.quote(accuracy) + " ").matcher(page).find(),
        "the first iteration's accuracy is " + accuracy);
  }

  @Test
  void inPython() throws Exception {
    String needed = "import pandas, matplotlib, ipykernel";
    assumeTrue( // Debian's Jupyter has Debian's Python
        works("/usr/bin/python3", "-c", needed) || works("python3", "-c", needed),
        "no pandas here");
    assertTrue(page("run-in-python").contains("image/png"), "no picture of the curve");
  }

  /** What a notebook becomes when it is executed. */
  private static String page(String notebook) throws Exception {
    Path out = folder.resolve("pages");
    Path log = folder.resolve(notebook + ".log");
    var command = new ArrayList<>(List.of(HOME.resolve("submit/notebook").toString()));
    command.addAll(List.of("--execute", out.toString(), "--run", "tiny"));
    command.addAll(List.of("--warehouse", folder.resolve("warehouse").toString()));
    command.add(HOME.resolve("notebooks/" + notebook + ".ipynb").toString());
    var builder = new ProcessBuilder(command);
    builder.environment().put("MIRRORSPARK_DRIVER_MEMORY", "1g");
    builder.environment().put("MIRRORSPARK_CLASS_ARCHIVE", "off");
    builder.environment().put("MIRRORSPARK_LOG_DIR", folder.toString());
    int exitCode = builder.redirectErrorStream(true).redirectOutput(log.toFile()).start().waitFor();
    assertEquals(0, exitCode, () -> text(log));
    return Files.readString(out.resolve(notebook + ".html"));
  }

  private static boolean works(String... command) throws InterruptedException {
    try {
      return new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
