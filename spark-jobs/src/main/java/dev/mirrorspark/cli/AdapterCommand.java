package dev.mirrorspark.cli;

import dev.mirrorspark.files.Storage;
import dev.mirrorspark.loop.AdapterMerge;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code adapter}: works on folders of low-rank adapters. */
@Command(
    name = "adapter",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "merge",
    description = {
      "Works on folders of low-rank adapters (LoRA, as the library PEFT keeps them).",
      "Runs with model.lora.rank above 0 write such folders."
    },
    footer = {"  " + Mirrorspark.NAME + " adapter merge ADAPTERS models/merged"})
final class AdapterCommand {
  private AdapterCommand() {}

  static CommandLine with(Terminal terminal) {
    return new CommandLine(new AdapterCommand()).addSubcommand(new Merge(terminal));
  }

  /** {@code adapter merge}: a whole model out of adapters and their base. */
  @Command(
      name = "merge",
      mixinStandardHelpOptions = true,
      description = {
        "Makes a whole model out of adapters and their base.",
        "The Hugging Face folder has the precision of the base, which stays as it is."
      },
      footer = {
        "  " + Mirrorspark.NAME + " adapter merge WAREHOUSE/_models/RUN/policy-00001 models/merged"
      })
  static final class Merge implements Callable<Integer> {
    private final Terminal terminal;

    @Parameters(index = "0", paramLabel = "FOLDER", description = "The PEFT folder.")
    private String folder;

    @Parameters(
        index = "1",
        paramLabel = "OUT",
        description = "The folder to make; it must not exist yet.")
    private String target;

    Merge(Terminal terminal) {
      this.terminal = terminal;
    }

    @Override
    public Integer call() {
      AdapterMerge.merge(Storage.local(), folder, target);
      terminal.out().println("made " + target);
      return 0;
    }
  }
}
