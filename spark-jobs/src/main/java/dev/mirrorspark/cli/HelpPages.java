package dev.mirrorspark.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;

/**
 * Writes the help of every command into files, which the launcher prints without starting a JVM:
 * {@code plain/mirrorspark-prompts-generate.txt}, and the same under {@code terminal} with bold
 * print and colours.
 */
final class HelpPages {
  private HelpPages() {}

  /**
   * Writes the pages.
   *
   * @param args the folder to write to
   * @throws IOException if it cannot be written
   */
  public static void main(String[] args) throws IOException {
    var line = Mirrorspark.commandLine(Terminal.ofProcess());
    for (var style : Map.of("plain", Ansi.OFF, "terminal", Ansi.ON).entrySet()) {
      write(line, Files.createDirectories(Path.of(args[0], style.getKey())), style.getValue());
    }
  }

  private static void write(CommandLine command, Path folder, Ansi ansi) throws IOException {
    String words = command.getCommandSpec().qualifiedName("-");
    String page = "mirrorspark" + words.substring(Mirrorspark.NAME.length()) + ".txt";
    Files.writeString(folder.resolve(page), command.getUsageMessage(ansi));
    for (CommandLine part : command.getSubcommands().values()) {
      write(part, folder, ansi);
    }
  }
}
