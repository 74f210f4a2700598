package dev.mirrorspark.cli;

import dev.mirrorspark.cli.SparkCommand.Access;
import dev.mirrorspark.loop.JudgeExamplesRun;
import dev.mirrorspark.loop.RewardModelRun;
import dev.mirrorspark.loop.Session;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code reward-model}: makes, evaluates and uses reward models. */
@Command(
    name = "reward-model",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "(train | eval | score | examples)",
    description = {
      "Makes, evaluates and uses reward models.",
      "Section reward_model of the run file says of what kind, and from the responses of which"
          + " runs."
    },
    footer = {"  " + Mirrorspark.NAME + " reward-model train --config conf/reward-model.yaml"})
final class RewardModelCommand {
  private RewardModelCommand() {}

  static CommandLine with(Terminal terminal) {
    return new CommandLine(new RewardModelCommand())
        .addSubcommand(new Train(terminal))
        .addSubcommand(new Eval(terminal))
        .addSubcommand(new Score(terminal))
        .addSubcommand(new Examples(terminal));
  }

  private static int run(
      String name, Access access, Terminal terminal, RunOptions options, Consumer<Session> body) {
    return new SparkCommand("reward-model " + name, access).perform(terminal, options, body);
  }

  /** {@code reward-model train}: makes a reward model. */
  @Command(
      name = "train",
      mixinStandardHelpOptions = true,
      description = {
        "Makes a reward model and evaluates it on held-out triples.",
        "A value head is trained by Deeplearning4j on Spark. Of a chain-of-thought model `sft`"
            + " trains the policy, on what `reward-model examples` writes."
      },
      footer = {"  " + Mirrorspark.NAME + " reward-model train --config conf/reward-model.yaml"})
  static final class Train implements Callable<Integer> {
    private final Terminal terminal;
    @Mixin private RunOptions options;

    Train(Terminal terminal) {
      this.terminal = terminal;
    }

    @Override
    public Integer call() {
      return run("train", Access.WRITE_RUN, terminal, options, RewardModelRun::train);
    }
  }

  /** {@code reward-model eval}: a reward model on held-out triples. */
  @Command(
      name = "eval",
      mixinStandardHelpOptions = true,
      description = {
        "Evaluates a reward model on the held-out triples.",
        "It is the one in reward.model, or the run's newest of reward_model.kind."
      },
      footer = {"  " + Mirrorspark.NAME + " reward-model eval --config conf/reward-model.yaml"})
  static final class Eval implements Callable<Integer> {
    private final Terminal terminal;
    @Mixin private RunOptions options;

    Eval(Terminal terminal) {
      this.terminal = terminal;
    }

    @Override
    public Integer call() {
      return run("eval", Access.READ, terminal, options, RewardModelRun::eval);
    }
  }

  /** {@code reward-model score}: scores of all judged responses. */
  @Command(
      name = "score",
      mixinStandardHelpOptions = true,
      description = {
        "Scores all judged responses of reward_model.runs and writes the scores as Parquet.",
        "The reward model is chosen as by eval; the folder is reward_model.scores."
      },
      footer = {"  " + Mirrorspark.NAME + " reward-model score --config conf/reward-model.yaml"})
  static final class Score implements Callable<Integer> {
    private final Terminal terminal;
    @Mixin private RunOptions options;

    Score(Terminal terminal) {
      this.terminal = terminal;
    }

    @Override
    public Integer call() {
      return run("score", Access.READ, terminal, options, RewardModelRun::score);
    }
  }

  /** {@code reward-model examples}: the warm-up of a judge. */
  @Command(
      name = "examples",
      mixinStandardHelpOptions = true,
      description = {
        "Writes worked examples for the warm-up of a chain-of-thought reward model.",
        "They come from the training triples and go into prompt set"
            + " reward_model.chain_of_thought.examples_into, for `sft`."
      },
      footer = {"  " + Mirrorspark.NAME + " reward-model examples --config conf/reward-model.yaml"})
  static final class Examples implements Callable<Integer> {
    private final Terminal terminal;
    @Mixin private RunOptions options;

    Examples(Terminal terminal) {
      this.terminal = terminal;
    }

    @Override
    public Integer call() {
      return run("examples", Access.WRITE, terminal, options, JudgeExamplesRun::run);
    }
  }
}
