package dev.mirrorspark.cli;

import dev.mirrorspark.cli.SparkCommand.Access;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.loop.CurateRun;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code curate}: a prompt set out of raw problem files. */
@Command(
    name = "curate",
    mixinStandardHelpOptions = true,
    description = {
      "Makes a prompt set out of raw problem files.",
      "Reads the files under prompts.imports, shuts out what is multiple choice, true or false or a"
          + " proof, copies of earlier and of held-out problems, and, with curate.policy, what that"
          + " policy guesses, always solves or never solves. Every problem keeps its reason in"
          + " column excluded_because; a card with the counts is written and printed."
    },
    footer = {"  " + Mirrorspark.NAME + " curate --config conf/curate-gsm8k.yaml"})
final class CurateCommand implements Callable<Integer> {
  private final Terminal terminal;
  @Mixin private RunOptions options;

  CurateCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    var config = options.config();
    if (config.prompts().imports().isEmpty()) {
      throw new UserError(
          "prompts.imports: is empty, there is nothing to curate; list files in the run file");
    }
    return new SparkCommand("curate", Access.WRITE_MANY)
        .run(
            terminal,
            options,
            config,
            session -> {
              CurateRun.run(session, PromptsCommand.answerTypes(session.config()));
              return 0;
            });
  }
}
