package dev.mirrorspark.loop;

import static org.apache.spark.sql.functions.avg;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.countDistinct;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.regexp_replace;

import dev.mirrorspark.config.ChatConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.curate.ExampleSampling;
import dev.mirrorspark.policy.PolicyVersion;
import dev.mirrorspark.prompts.PromptIdentity;
import dev.mirrorspark.table.Prompts;
import java.util.OptionalInt;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * The `prompts sample` command: long chain-of-thought examples for a warm-up, by rejection sampling
 * from a policy (Kimi k1.5, 2.2 and 2.5.2).
 */
public final class ExamplesRun {
  private ExamplesRun() {}

  /**
   * Samples from a policy version of the run, the newest where none is named; of a run that has
   * none, from the model folder {@code model.path}. Where the same was done before, does nothing.
   *
   * @throws UserError if {@code examples.into} is not given or holds other problems, the split has
   *     no problem, or nothing was right
   */
  public static void run(Session session, OptionalInt version) {
    var config = session.config();
    var examples = config.examples();
    String into = examples.into();
    if (into.isEmpty() || into.equals(config.prompts().dataset())) {
      throw new UserError(
          ("examples.into = \"%s\" is not accepted here: name the prompt set that is to receive the"
                  + " examples, another one than prompts.dataset")
              .formatted(into));
    }
    var warehouse = session.warehouse();
    PolicyVersion policy = policy(session, version);
    var present = warehouse.read(Prompts.TABLE).where(col(Prompts.DATASET).equalTo(into));
    String identity =
        PromptIdentity.sha256(
            String.join(
                    "\n",
                    examples.toString(),
                    Integer.toString(config.rollout().maxTokens()),
                    Long.toString(config.seed()),
                    config.prompts().dataset(),
                    policy.weights().key())
                + (config.model().chat().equals(ChatConfig.NONE) ? "" : config.model().chat()));
    String app = "prompts/%s/sample/%s".formatted(into, identity);
    if (warehouse.committed(Prompts.TABLE, app).isPresent()) {
      session.progress().line("prompt set %s: sampled before, nothing appended".formatted(into));
      session.progress().line(outcome(into, present));
      return;
    }
    if (!present.isEmpty()) {
      throw new UserError(
          ("examples.into: prompt set '%s' holds problems already, not of this policy and these"
                  + " settings; name another")
              .formatted(into));
    }
    var problems = problems(session);
    String source =
        "sampled: version %d of run %s, problems of %s"
            .formatted(policy.version(), config.run(), config.prompts().dataset());
    try (var stage = session.progress().stage("examples for " + into, 0)) {
      new ExampleSampling(
              session.spark(), config, policy, CurateRun.judge(session), CurateRun.shownIn(stage))
          .examples(problems, source, rows -> warehouse.append(Prompts.TABLE, rows, app, 0));
    }
    session.progress().line(outcome(into, warehouse.read(Prompts.TABLE)));
  }

  /** The version asked for or the newest; of a run that has none, the model folder. */
  static PolicyVersion policy(Session session, OptionalInt version) {
    String folder = session.config().model().path();
    boolean ofTheRun = version.isPresent() || !PolicyVersions.all(session).isEmpty();
    PolicyVersion policy =
        ofTheRun || folder.isEmpty()
            ? PolicyVersions.source(session, PolicyVersions.version(session, version))
            : PolicyVersions.inFolder(session, folder);
    policy.tokenizer(session.config().model().chat()).close(); // what it cannot frame it says now
    return policy;
  }

  private static Dataset<Row> problems(Session session) {
    var config = session.config();
    var all =
        session
            .warehouse()
            .read(Prompts.TABLE)
            .where(col(Prompts.DATASET).equalTo(config.prompts().dataset()))
            .where(col(Prompts.SPLIT).equalTo(config.examples().split()))
            .where(col(Prompts.EXCLUDED_BECAUSE).isNull())
            .orderBy(Prompts.PROMPT_ID);
    int most = config.examples().problems();
    var problems = most == 0 ? all : all.limit(most);
    if (problems.isEmpty()) {
      throw new UserError(
          "examples.split = %s: prompts.dataset '%s' has no such problems; make or import some"
              .formatted(config.examples().split(), config.prompts().dataset()));
    }
    return problems;
  }

  private static String outcome(String into, Dataset<Row> prompts) {
    var problem = regexp_replace(col(Prompts.PROMPT_ID), "-\\d+$", "");
    Row row =
        prompts
            .where(col(Prompts.DATASET).equalTo(into))
            .agg(
                count("*").as("examples"),
                countDistinct(problem).as("problems"),
                coalesce(avg(Prompts.PASS_RATE), lit(0.0)).as(Prompts.PASS_RATE))
            .first();
    return "prompt set %s: %,d examples of %,d problems, which the policy solved in %.0f%% of its tries"
        .formatted(
            into,
            row.<Long>getAs("examples"),
            row.<Long>getAs("problems"),
            100 * row.<Double>getAs(Prompts.PASS_RATE));
  }
}
