package dev.mirrorspark.cli;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.scenes.ContactSheet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import javax.imageio.ImageIO;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code prompts sheet}: what the generators of pictures draw. */
@Command(
    name = "sheet",
    mixinStandardHelpOptions = true,
    description = {
      "Draws a contact sheet of the generators of pictures.",
      "Problems of each, easy ones first, with their questions and answers, as a PNG."
    },
    footer = {"  " + Mirrorspark.NAME + " prompts sheet scenes.png"})
final class SheetCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Parameters(paramLabel = "FILE", description = "The PNG that is written.")
  private Path file;

  @Option(names = "--seed", paramLabel = "N", description = "Seed of the problems (default: 1).")
  private long seed = 1;

  SheetCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    try (var out = Files.newOutputStream(file)) {
      ImageIO.write(ContactSheet.draw(seed), "png", out);
    } catch (IOException e) {
      throw new UserError(file + ": cannot be written (" + e + "); name another file", e);
    }
    terminal.progress().line(file.toString());
    return 0;
  }
}
