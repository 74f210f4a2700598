package dev.mirrorspark.cli;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.loop.TryRun;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code try}: one problem through the whole chain. */
@Command(
    name = "try",
    mixinStandardHelpOptions = true,
    description = {
      "Shows one problem's way: prompt, responses, verdicts.",
      "With --problem: the prompt as the chat template frames it, with its token boundaries;",
      "responses of the policy with the log-prob of each token; and with --answer their verdicts and",
      "rewards. Without a policy --answer and --response judge one pair. Neither Spark nor tables",
      "are needed, and nothing is written."
    },
    footer = {
      "  " + Mirrorspark.NAME + " try --policy FOLDER --problem 7*8=? --answer 56 --samples 4"
    })
final class TryCommand implements Callable<Integer> {
  private final Terminal terminal;
  @Mixin private RunOptions options;

  @Option(
      names = "--policy",
      paramLabel = "FOLDER|VERSION",
      description = "Model folder, or a version of the run; without it the model in model.path.")
  private Optional<String> policy = Optional.empty();

  @Option(names = "--problem", paramLabel = "TEXT", description = "The problem's text.")
  private Optional<String> problem = Optional.empty();

  @Option(names = "--answer", paramLabel = "TEXT", description = "Its right answer.")
  private Optional<String> answer = Optional.empty();

  @Option(
      names = "--answer-type",
      paramLabel = "TYPE",
      description = "How answers compare, as in table prompts; ${DEFAULT-VALUE} where not given.")
  private String answerType = "math";

  @Option(
      names = "--domain",
      paramLabel = "NAME",
      description = "The problem's domain, where reward.routes ask for it.")
  private String domain = "";

  @Option(
      names = "--response",
      paramLabel = "TEXT",
      description = "A response to judge; no policy is asked for one.")
  private Optional<String> response = Optional.empty();

  @Option(
      names = "--samples",
      paramLabel = "N",
      description = "Responses to sample, ${DEFAULT-VALUE} where not given.")
  private int samples = 1;

  TryCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    RunConfig config = options.config();
    if (options.dryRun()) {
      terminal.out().print(RunFile.toYaml(config));
      return 0;
    }
    var run = new TryRun(config, terminal.out());
    var right = answer.map(given -> new TryRun.Right(given, answerType, domain));
    if (response.isPresent()) {
      require(policy.isEmpty(), "--response: is judged without --policy; leave one of them out");
      require(right.isPresent(), "--response: give --answer too, by which it is judged");
      run.judge(problem.orElse(""), right.get(), response.get());
      return 0;
    }
    require(
        problem.isPresent(), "give --problem for a policy, or --answer and --response to judge");
    require(samples >= 1 && samples <= 1024, "--samples: accepted are 1 to 1024");
    String name = policy.orElse(config.model().path());
    require(!name.isEmpty(), "--policy: name a model folder or a version of the run");
    run.sample(name, problem.get(), right, samples);
    return 0;
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new UserError(message);
    }
  }
}
