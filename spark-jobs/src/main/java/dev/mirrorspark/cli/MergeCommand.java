package dev.mirrorspark.cli;

import dev.mirrorspark.cli.SparkCommand.Access;
import dev.mirrorspark.files.Storage;
import dev.mirrorspark.loop.ModelMerge;
import dev.mirrorspark.model.DType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.spark.api.java.JavaSparkContext;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code merge}: the average of models. */
@Command(
    name = "merge",
    mixinStandardHelpOptions = true,
    description = {
      "Averages the weights of models (long2short, Kimi k1.5, 2.4).",
      "The models must be of one shape, with one tokenizer and template. The sum is taken in fp32,"
          + " a piece of a tensor at a time; the result has the precision of the first model."
    },
    footer = {"  " + Mirrorspark.NAME + " merge models/long models/short --out models/merged"})
final class MergeCommand implements Callable<Integer> {
  private final Terminal terminal;
  @Mixin private RunOptions options;

  @Parameters(
      arity = "2..*",
      paramLabel = "MODEL",
      description = "Hugging Face folders; with --into also RUN@VERSION of the warehouse.")
  private List<String> models = new ArrayList<>();

  @ArgGroup(multiplicity = "1")
  private Target target;

  /** Where the average goes. */
  static final class Target {
    @Option(
        names = "--out",
        paramLabel = "FOLDER",
        description = "The Hugging Face folder to make; it must not exist yet.")
    private Optional<String> folder = Optional.empty();

    @Option(
        names = "--into",
        paramLabel = "RUN",
        description =
            "Makes it the first policy of a new run of the warehouse; its row in table policies"
                + " names all parents.")
    private Optional<String> run = Optional.empty();
  }

  @Option(
      names = "--weights",
      split = ",",
      paramLabel = "W",
      description = "Weight of each model, such as 0.7,0.3; without, all are alike.")
  private List<Double> weights = new ArrayList<>();

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      description = "Type of the result: ${COMPLETION-CANDIDATES}; without, as the first model.")
  private Optional<DType> dtype = Optional.empty();

  MergeCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    List<Double> of = weights.isEmpty() ? Collections.nCopies(models.size(), 1.0) : weights;
    if (target.run.isPresent()) {
      return intoRun(target.run.get(), of);
    }
    String folder = target.folder.orElseThrow();
    if (options.dryRun()) {
      terminal.out().println(ModelMerge.describe(Storage.local(), models, of, dtype));
      return 0;
    }
    var progress = terminal.progress();
    var spark = SparkSessions.open("merge", true);
    try {
      var storage = Storage.of(spark.sessionState().newHadoopConf());
      ModelMerge.toFolder(
          JavaSparkContext.fromSparkContext(spark.sparkContext()),
          storage,
          models,
          of,
          dtype,
          folder);
    } finally {
      spark.stop();
      progress.stop(List.of());
    }
    terminal.out().println("made " + folder);
    return 0;
  }

  private int intoRun(String run, List<Double> of) {
    return new SparkCommand("merge", Access.WRITE_RUN)
        .run(
            terminal,
            options,
            options.config(List.of("run=" + run)),
            session -> {
              var policy = ModelMerge.toRun(session, models, of, dtype);
              session.progress().line("policy 0 of run %s: %s".formatted(run, policy.checkpoint()));
              return 0;
            });
  }
}
