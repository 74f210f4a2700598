package dev.mirrorspark.cli;

import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.files.Storage;
import dev.mirrorspark.loop.NewModel;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code init}: a new model with random weights. */
@Command(
    name = "init",
    mixinStandardHelpOptions = true,
    description = {
      "Makes a model with random weights.",
      "The Hugging Face folder also holds a character tokenizer; the shape stands in section init"
          + " of the run file."
    },
    footer = {
      "  " + Mirrorspark.NAME + " init models/tiny --set init.layers=2 --set init.hidden=64"
    })
final class InitCommand implements Callable<Integer> {
  private final Terminal terminal;
  @Mixin private RunOptions options;

  @Parameters(paramLabel = "FOLDER", description = "The folder to make; it must not exist yet.")
  private String folder;

  InitCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    var config = options.config();
    if (options.dryRun()) {
      terminal.out().print(RunFile.toYaml(config));
      terminal.out().println("would make " + folder + " with " + NewModel.shape(config.init()));
      return 0;
    }
    NewModel.create(config, Storage.local(), folder);
    terminal.out().println("made " + folder);
    return 0;
  }
}
