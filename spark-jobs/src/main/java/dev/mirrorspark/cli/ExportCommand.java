package dev.mirrorspark.cli;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.files.Storage;
import dev.mirrorspark.model.DType;
import dev.mirrorspark.model.GgufExport;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code export}: a model in the format of another program. */
@Command(
    name = "export",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "gguf",
    description = {
      "Writes a model in the format of another program.",
      "vLLM, SGLang and Transformers load the folders as they are."
    },
    footer = {"  " + Mirrorspark.NAME + " export gguf FOLDER policy.gguf"})
final class ExportCommand {
  private ExportCommand() {}

  static CommandLine with(Terminal terminal) {
    return new CommandLine(new ExportCommand()).addSubcommand(new Gguf(terminal));
  }

  /** {@code export gguf}: a file for llama.cpp. */
  @Command(
      name = "gguf",
      mixinStandardHelpOptions = true,
      description = {
        "Writes a model as a GGUF file, which llama.cpp loads.",
        "Models of the families llama, mistral, qwen2 and qwen3 with a BPE tokenizer."
      },
      footer = {"  " + Mirrorspark.NAME + " export gguf FOLDER policy.gguf --type f16"})
  static final class Gguf implements Callable<Integer> {
    private static final Map<String, DType> TYPES =
        Map.of("f32", DType.F32, "f16", DType.F16, "bf16", DType.BF16);

    private final Terminal terminal;

    @Parameters(index = "0", paramLabel = "FOLDER", description = "The Hugging Face folder.")
    private String folder;

    @Parameters(index = "1", paramLabel = "OUT", description = "The file to write.")
    private String file;

    @Option(
        names = "--type",
        paramLabel = "TYPE",
        description = "Of its matrices: f32, f16 or bf16; ${DEFAULT-VALUE} where not given.")
    private String type = "f32";

    @Option(
        names = "--name",
        paramLabel = "NAME",
        description = "What it is called; the folder's name where not given.")
    private String name = "";

    Gguf(Terminal terminal) {
      this.terminal = terminal;
    }

    @Override
    public Integer call() {
      if (!TYPES.containsKey(type)) {
        throw new UserError("--type: " + type + " is not accepted; accepted: f32, f16, bf16");
      }
      var storage = Storage.local();
      String called = name.isEmpty() ? Storage.name(folder) : name;
      boolean knowsTexts = GgufExport.write(storage, folder, file, called, TYPES.get(type));
      terminal.out().println("made " + file);
      if (!knowsTexts) {
        terminal
            .out()
            .println(
                "llama.cpp has no name for how this tokenizer cuts a text into words: send token"
                    + " ids, as rollouts do");
      }
      return 0;
    }
  }
}
