package dev.mirrorspark.loop;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.prompts.ProblemCheck;
import dev.mirrorspark.prompts.PromptIdentity;
import dev.mirrorspark.reward.CodeVerifier;
import dev.mirrorspark.table.Prompts;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/**
 * Looks before a run whether the tests of its programming problems tell right programs from those
 * that solve nothing. What was looked at once is not again: a commit without rows says so.
 */
public final class TestedProblems {
  private static final int NAMED = 5;

  private TestedProblems() {}

  /** The check of a run's settings. */
  public static ProblemCheck check(RunConfig config) {
    var sandbox = config.sandbox();
    return (answer, answerType) -> CodeVerifier.fault(sandbox, answer, answerType).orElse("");
  }

  /**
   * Checks the problems of the run's data set.
   *
   * @throws UserError if a program that solves nothing passes the tests of one, or they cannot run
   */
  static void check(Session session) {
    String dataset = session.config().prompts().dataset();
    List<Row> rows =
        session
            .warehouse()
            .read(Prompts.TABLE)
            .where(functions.col(Prompts.DATASET).equalTo(dataset))
            .where(functions.col(Prompts.EXCLUDED_BECAUSE).isNull())
            .where(functions.col(Prompts.ANSWER_TYPE).isInCollection(ProblemCheck.ANSWER_TYPES))
            .select(Prompts.PROMPT_ID, Prompts.SOURCE, Prompts.ANSWER, Prompts.ANSWER_TYPE)
            .orderBy(Prompts.PROMPT_ID)
            .collectAsList();
    if (rows.isEmpty()) {
      return;
    }
    String ids =
        String.join("\n", rows.stream().map(row -> row.<String>getAs(Prompts.PROMPT_ID)).toList());
    String app =
        "prompts/%s/tested/%d/%s"
            .formatted(dataset, CodeVerifier.TESTS_VERSION, PromptIdentity.sha256(ids));
    if (session.warehouse().committed(Prompts.TABLE, app).isPresent()) {
      return;
    }
    session.progress().line("checking the tests of %,d problems".formatted(rows.size()));
    List<String> faults =
        check(session.config())
            .faults(
                session.spark(),
                rows.stream()
                    .map(
                        row ->
                            new ProblemCheck.Answer(
                                row.getAs(Prompts.ANSWER), row.getAs(Prompts.ANSWER_TYPE)))
                    .toList());
    List<String> named = new ArrayList<>();
    for (int i = 0; i < faults.size(); i++) {
      if (!faults.get(i).isEmpty()) {
        named.add("%s: %s".formatted(rows.get(i).<String>getAs(Prompts.SOURCE), faults.get(i)));
      }
    }
    if (!named.isEmpty()) {
      throw new UserError(
          ("prompts.dataset '%s': %,d of %,d programming problems cannot be judged (%s%s); import"
                  + " their file again under another name of prompts.dataset: import leaves them"
                  + " out")
              .formatted(
                  dataset,
                  named.size(),
                  rows.size(),
                  String.join("; ", named.subList(0, Math.min(NAMED, named.size()))),
                  named.size() > NAMED ? "; …" : ""));
    }
    session.warehouse().append(Prompts.TABLE, List.of(), app, 0);
  }
}
