package dev.mirrorspark.loop;

import dev.mirrorspark.config.LoraConfig;
import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.model.AdapterFolder;
import dev.mirrorspark.model.KvCache;
import dev.mirrorspark.model.ModelFolder;
import dev.mirrorspark.model.ModelShape;
import dev.mirrorspark.model.ParameterLayout;
import dev.mirrorspark.table.Prompts;
import java.util.Locale;
import org.apache.spark.sql.execution.ExplainMode;
import org.apache.spark.sql.functions;

/** What a command would do: the resolved run file, the memory it needs, and the Spark plan. */
public final class DryRun {
  private DryRun() {}

  /** The description, several lines; nothing is run or written. */
  public static String describe(Session session) {
    var config = session.config();
    return "# resolved run file\n"
        + RunFile.toYaml(config)
        + "\n# memory estimate\n"
        + memory(session)
        + "\n# Spark plan of an iteration\n"
        + stages(config)
        + "\n# query of the sample stage\n"
        + sampleQuery(session);
  }

  private static String memory(Session session) {
    RunConfig config = session.config();
    ModelShape shape =
        config.model().path().isEmpty()
            ? NewModel.shape(config.init())
            : ModelFolder.check(session.storage(), base(session, config.model().path()));
    LoraConfig lora = lora(session);
    long parameters = ParameterLayout.of(shape).size();
    long trained = lora.present() ? ParameterLayout.ofAdapters(shape, lora).size() : parameters;
    int element = config.model().precision().equals("bf16") ? 2 : 4;
    int capacity = Math.min(shape.maxPositions(), 2 * config.rollout().maxTokens());
    long cache = KvCache.bytes(shape, config.rollout().slots(), capacity, element);
    // Residual stream, attention and feed-forward inputs that a backward pass keeps, by token.
    long perToken =
        (long) shape.layers()
            * (8L * shape.hidden() + 4L * shape.intermediate() + 4L * shape.queryWidth());
    long activations = perToken * config.update().microBatchTokens() * element;
    long logits = 3L * config.update().microBatchTokens() * shape.vocab() * 4;
    String ofThem = lora.present() ? ", trained in adapters: " + trained : "";
    return line("parameters", parameters + " (" + shape.family() + ")" + ofThem)
        + line("weights, an executor", mebibytes(parameters * element))
        + line("rollout, a task: KV cache", mebibytes(cache))
        + line(
            "update, a task: gradient and activations",
            mebibytes(trained * element + activations + logits))
        + line("optimizer shards on storage, a step", mebibytes(3 * trained * 4));
  }

  private static String base(Session session, String path) {
    return AdapterFolder.exists(session.storage(), path)
        ? AdapterFolder.open(session.storage(), path).base().folder()
        : path;
  }

  private static LoraConfig lora(Session session) {
    var model = session.config().model();
    return !model.path().isEmpty() && AdapterFolder.exists(session.storage(), model.path())
        ? AdapterFolder.open(session.storage(), model.path()).lora()
        : model.lora();
  }

  private static String stages(RunConfig config) {
    var train = config.train();
    int responses = train.promptsPerIteration() * train.samples();
    return line("sample", "1 SQL query, " + train.promptsPerIteration() + " prompts")
        + line(
            "rollout",
            config.rollout().partitions() + " tasks, " + responses + " responses → trajectories")
        + line("score", responses + " verdicts → rewards")
        + line("gate", "1 SQL query → training_set")
        + line(
            "update",
            train.minibatches()
                + " steps in one barrier stage × "
                + config.update().ranks()
                + " ranks: gradient, reduce-scatter, AdamW on the own shard, all-gather")
        + line("commit", "checkpoint → policies → iterations");
  }

  private static String sampleQuery(Session session) {
    var tables = session.warehouse();
    return tables
        .read(Prompts.TABLE)
        .where(functions.col(Prompts.SPLIT).equalTo(Prompts.TRAIN))
        .where(functions.col(Prompts.EXCLUDED_BECAUSE).isNull())
        .orderBy(functions.xxhash64(functions.col(Prompts.PROMPT_ID)))
        .limit(session.config().train().promptsPerIteration())
        .queryExecution()
        .explainString(ExplainMode.fromString("simple"));
  }

  private static String line(String name, String text) {
    return String.format(Locale.ROOT, "%-42s %s%n", name, text);
  }

  private static String mebibytes(long bytes) {
    return String.format(Locale.ROOT, "%.1f MiB", bytes / 1048576.0);
  }
}
