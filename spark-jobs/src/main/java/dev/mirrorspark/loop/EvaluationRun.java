package dev.mirrorspark.loop;

import dev.mirrorspark.eval.AnswerCheck;
import dev.mirrorspark.eval.EvalMode;
import dev.mirrorspark.eval.EvalResult;
import dev.mirrorspark.eval.EvalStage;
import dev.mirrorspark.policy.PolicyVersion;
import dev.mirrorspark.reward.Verifiers;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/** The `eval` command: how often a policy solves held-out problems, greedy and with sampling. */
public final class EvaluationRun {
  private EvaluationRun() {}

  /**
   * Evaluates a policy version of the run, the newest where none is named; of a run that has none,
   * the model in {@code model.path}, as version 0. Reads the result where it is there already.
   *
   * @throws dev.mirrorspark.config.UserError if there is no such policy, or the run's version 0
   *     with other weights has been evaluated before
   */
  public static List<EvalResult> run(Session session, OptionalInt version) {
    PolicyVersion policy = ExamplesRun.policy(session, version);
    Verifiers verifiers = Verifiers.load(session.spark(), session.config());
    AnswerCheck check =
        attempts ->
            verifiers.judgeWithAnswers(attempts).stream()
                .map(one -> new AnswerCheck.Judged(one.verdict().correct(), one.answer()))
                .toList();
    List<EvalResult> results = new ArrayList<>();
    for (EvalMode mode : EvalMode.values()) {
      String name = "evaluation of policy %d, %s".formatted(policy.version(), mode.label());
      try (var stage = session.progress().stage(name, session.config().eval().problems())) {
        EvalResult result =
            EvalStage.run(
                session.spark(),
                session.warehouse(),
                session.config(),
                policy,
                mode,
                check,
                new ProgramBallots(session, policy, stage),
                (done, total, tokens) ->
                    stage.update(
                        done, "%,.0f tokens/s".formatted(tokens / Math.max(1, stage.seconds()))));
        var overall = result.overall();
        stage.done(
            "pass@1 %.1f%% [%.1f, %.1f] on %d problems, mean tokens %.1f"
                .formatted(
                    100 * overall.passAt1(),
                    100 * overall.ciLow(),
                    100 * overall.ciHigh(),
                    overall.problems(),
                    overall.meanTokens()));
        results.add(result);
      }
    }
    return results;
  }
}
