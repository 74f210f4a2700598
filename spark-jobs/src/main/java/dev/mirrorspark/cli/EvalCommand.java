package dev.mirrorspark.cli;

import dev.mirrorspark.cli.SparkCommand.Access;
import dev.mirrorspark.eval.EvalResult;
import dev.mirrorspark.loop.EvaluationRun;
import dev.mirrorspark.loop.Session;
import dev.mirrorspark.report.EvaluationTables;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code eval}: accuracy of a policy version on problems. */
@Command(
    name = "eval",
    mixinStandardHelpOptions = true,
    description = {
      "Evaluates a policy version.",
      "Decodes greedily and by sampling; pass@k, maj@k, their intervals and mean tokens go into"
          + " table evals, over all problems, by level and by domain; each response's judgement"
          + " into table eval_results. A run without a policy evaluates the model in model.path,",
      "such as a base model: --set model.path=FOLDER --set run=NAME."
    },
    footer = {"  " + Mirrorspark.NAME + " eval --config conf/quickstart.yaml --policy 1"})
final class EvalCommand implements Callable<Integer> {
  private final Terminal terminal;
  @Mixin private RunOptions options;
  @Mixin private PolicyOption policy;

  EvalCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    return new SparkCommand("eval", Access.WRITE_RUN)
        .run(
            terminal,
            options,
            options.config(),
            session -> {
              for (EvalResult result : EvaluationRun.run(session, policy.version())) {
                show(session, result);
              }
              return 0;
            });
  }

  private static void show(Session session, EvalResult result) {
    var tables =
        new EvaluationTables(
            Stream.of(List.of(result.overall()), result.levels(), result.domains())
                .flatMap(List::stream)
                .toList());
    session.progress().line("");
    session.progress().line(tables.title());
    session.progress().table(tables.header(), tables.rows());
    if (result.overall().samples() > 1 && !result.overall().atK().isEmpty()) {
      session.progress().line("");
      session.progress().table(tables.triesHeader(), tables.triesRows());
    }
    if (result.errors() > 0) {
      session
          .progress()
          .line(
              "%,d responses could not be judged; they count neither way"
                  .formatted(result.errors()));
    }
  }
}
