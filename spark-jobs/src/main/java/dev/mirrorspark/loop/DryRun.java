package dev.mirrorspark.loop;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.model.ModelShape;
import dev.mirrorspark.model.ParameterLayout;
import dev.mirrorspark.table.Prompts;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import org.apache.spark.sql.execution.ExplainMode;
import org.apache.spark.sql.functions;

/** What a command would do: the resolved run file, the memory it needs, and the Spark plan. */
public final class DryRun {
  private DryRun() {}

  /**
   * Prints the description, several lines; nothing is run or written.
   *
   * @throws dev.mirrorspark.config.UserError after that, if the run cannot fit this machine
   */
  public static void describe(Session session, PrintStream out) {
    out.println(description(session));
    MachineMemory.check(session);
    LongProblems.requireRoom(session);
  }

  private static String description(Session session) {
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
    ModelShape shape = MachineMemory.shape(session);
    MemoryEstimate estimate = MachineMemory.estimate(session);
    var text = new StringBuilder();
    text.append(line("parameters", ParameterLayout.of(shape).size() + " (" + shape.family() + ")"));
    if (!session.spark().sparkContext().isLocal()) {
      text.append("an executor, if it ran all tasks:\n");
    }
    peak(text, "update or warm-up, at its peak", estimate.update());
    peak(text, "rollout, at its peak", estimate.rollout());
    text.append(line("JVM, Spark and LibTorch outside the heap", mebibytes(MemoryEstimate.RUNTIME)))
        .append(line("Java heap, its limit", mebibytes(estimate.heap())))
        .append(line("in all, the larger of the peaks", mebibytes(estimate.total())));
    MachineMemory.read()
        .ifPresent(here -> text.append(line("this machine's memory", mebibytes(here.total()))));
    return text.toString();
  }

  private static void peak(StringBuilder text, String name, List<MemoryEstimate.Part> parts) {
    text.append(line(name, mebibytes(MemoryEstimate.sum(parts))));
    for (var part : parts) {
      text.append(line("  " + part.name(), mebibytes(part.bytes())));
    }
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
    return String.format(Locale.ROOT, "%-50s %s%n", name, text);
  }

  private static String mebibytes(long bytes) {
    return String.format(Locale.ROOT, "%.1f MiB", bytes / 1048576.0);
  }
}
