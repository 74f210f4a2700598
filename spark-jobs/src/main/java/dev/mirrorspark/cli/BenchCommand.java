package dev.mirrorspark.cli;

import dev.mirrorspark.bench.Bench;
import dev.mirrorspark.bench.Bench.Part;
import dev.mirrorspark.bench.BenchPlan;
import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.files.Storage;
import dev.mirrorspark.loop.NewModel;
import dev.mirrorspark.model.ModelConfigJson;
import dev.mirrorspark.model.ModelShape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code bench}: speed of the engine at a shape, with random weights. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    description = {
      "Measures the engine at a shape, with random weights.",
      "Parts: train (forward, backward, reduce, AdamW), stage (the same steps through Spark),"
          + " decode, reduce, load, save; all of them without an argument; and context, decoding"
          + " behind many tokens, whose keys and values are random numbers that no model made.",
      "Shares are of the device's own rates in the same run: GEMM is a square matrix product in"
          + " model.precision, copy reads and writes bytes, each with as many threads side by side"
          + " as compute.",
      "FLOP of a step's passes: 6 x weights of matrix products (the head's too) x tokens + 6 x"
          + " layers x length^2 x query width for each sequence; recomputed layers count once.",
      "Bytes of a decoding step: the weights of its products once a task, and the keys and values"
          + " at the mean length."
    },
    footer = {
      "  "
          + Mirrorspark.NAME
          + " bench train --set init.hidden=576 --set init.heads=9"
          + " --set init.kv_heads=3"
    })
final class BenchCommand implements Callable<Integer> {
  private static final String ALL = "all";

  private final Terminal terminal;
  @Mixin private RunOptions options;
  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "PART",
      arity = "0..*",
      description =
          "train, stage, decode, context, reduce, load, save or all, which is without context.")
  private List<String> parts = new ArrayList<>();

  @Option(
      names = "--model",
      paramLabel = "FOLDER",
      description =
          "Takes the shape of its config.json, not its weights, in place of section init.")
  private Optional<String> model = Optional.empty();

  @Option(
      names = "--length",
      paramLabel = "TOKENS",
      description = "Tokens of a training sequence (default: ${DEFAULT-VALUE}).",
      defaultValue = "256")
  private int length;

  @Option(
      names = "--prompt",
      paramLabel = "TOKENS",
      description = "Tokens of a prompt (default: ${DEFAULT-VALUE}).",
      defaultValue = "64")
  private int prompt;

  @Option(
      names = "--response",
      paramLabel = "TOKENS",
      description = "Tokens of a response (default: ${DEFAULT-VALUE}).",
      defaultValue = "128")
  private int response;

  @Option(
      names = "--context",
      paramLabel = "TOKENS",
      split = ",",
      description =
          "Tokens that each of rollout.slots responses has behind it, of part context, with commas"
              + " between several (default: ${DEFAULT-VALUE}).",
      defaultValue = "256")
  private List<Integer> contexts = new ArrayList<>();

  @Option(
      names = "--rounds",
      paramLabel = "N",
      description = "Measured rounds of each figure (default: ${DEFAULT-VALUE}).",
      defaultValue = "5")
  private int rounds;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Also writes the figures to this file.")
  private Optional<Path> json = Optional.empty();

  BenchCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    var config = options.config();
    Set<Part> asked = asked();
    List<Integer> behind = asked.contains(Part.CONTEXT) ? contexts : List.of();
    var plan = new BenchPlan(shape(config), config, length, prompt, response, behind, rounds);
    if (options.dryRun()) {
      terminal.out().print(RunFile.toYaml(config));
      terminal.out().println("would measure " + asked + " with " + plan.shape());
      return 0;
    }
    var progress = terminal.progress();
    List<SparkSession> opened = new ArrayList<>();
    Supplier<SparkSession> spark =
        () -> {
          opened.add(SparkSessions.open("bench", true));
          return opened.get(0);
        };
    try {
      var result =
          new Bench(plan, spark, folder -> options.config(stage(plan, folder)), progress)
              .run(asked);
      result.table().forEach(progress::line);
      json.ifPresent(file -> Storage.local().writeText(file.toString(), result.json()));
      return 0;
    } finally {
      progress.stop(List.of());
      opened.forEach(SparkSession::stop);
    }
  }

  private ModelShape shape(RunConfig config) {
    return model
        .map(folder -> ModelConfigJson.read(Storage.local(), Storage.child(folder, "config.json")))
        .orElseGet(() -> NewModel.shape(config.init()));
  }

  private Set<Part> asked() {
    Set<Part> asked = EnumSet.noneOf(Part.class);
    for (String part : parts.isEmpty() ? List.of(ALL) : parts) {
      if (part.equals(ALL)) {
        asked.addAll(EnumSet.complementOf(EnumSet.of(Part.CONTEXT)));
      } else {
        asked.add(part(part));
      }
    }
    return asked;
  }

  private Part part(String name) {
    for (Part part : Part.values()) {
      if (part.name().toLowerCase(Locale.ROOT).equals(name)) {
        return part;
      }
    }
    throw new ParameterException(
        spec.commandLine(),
        name
            + ": no part of bench; choose train, stage, decode, context, reduce, load, save or"
            + " all");
  }

  /** The warm-up takes one step an epoch, each on all examples. */
  private static List<String> stage(BenchPlan plan, Path warehouse) {
    return List.of(
        "run=bench",
        "warehouse=" + warehouse,
        "prompts.dataset=bench",
        "sft.epochs=" + (plan.rounds() + 2),
        "sft.examples_per_step=" + plan.sequencesOfAStep(),
        "sft.max_tokens=0",
        "sft.stages=[]",
        "sft.context=0",
        "sft.rope_theta=0",
        "sft.long_share=0",
        "update.snapshot_minutes=1000");
  }
}
