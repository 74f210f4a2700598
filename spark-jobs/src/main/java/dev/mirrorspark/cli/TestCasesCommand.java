package dev.mirrorspark.cli;

import dev.mirrorspark.cli.SparkCommand.Access;
import dev.mirrorspark.loop.TestCasesRun;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code prompts testcases}: test cases for programming problems that come without. */
@Command(
    name = "testcases",
    mixinStandardHelpOptions = true,
    description = {
      "Makes test cases for programming problems that come without.",
      "A generator, the problem's own or one that a policy writes, prints the inputs of"
          + " testcases.cases cases; reference submissions are run on each in the sandbox. Where"
          + " enough of them agree the case is valid, and where enough pass all valid cases the"
          + " problem goes into prompt set testcases.into. What became of each stands in the tables"
          + " test_problems and test_cases; a problem that is finished is not run again."
    },
    footer = {"  " + Mirrorspark.NAME + " prompts testcases --config conf/testcases.yaml"})
final class TestCasesCommand implements Callable<Integer> {
  private final Terminal terminal;
  @Mixin private RunOptions options;
  @Mixin private PolicyOption policy;

  TestCasesCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    var config = options.config();
    TestCasesRun.requireInput(config.testcases());
    return new SparkCommand("prompts testcases", Access.WRITE_RUN)
        .run(
            terminal,
            options,
            config,
            session -> {
              TestCasesRun.run(session, policy.version());
              return 0;
            });
  }
}
