package dev.mirrorspark.curate;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.decode.ProgressSink;
import dev.mirrorspark.policy.PolicyVersion;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;

/**
 * From raw problems to a prompt set (Kimi k1.5, 2.1): each step shuts out some problems with its
 * reason, which stays with the row, and looks only at those that are still in.
 *
 * @param config its curate section says what is shut out
 * @param policy tries the problems, if there is one
 * @param judge decides which tries are right
 * @param steps is told the name of each step when it begins
 */
public record Curation(
    SparkSession spark,
    RunConfig config,
    Optional<PolicyVersion> policy,
    AnswerJudge judge,
    ProgressSink progress,
    Consumer<String> steps) {

  /**
   * Curates problems; depends on the arguments alone.
   *
   * @param problems rows of table {@code prompts}, in the order of their files
   * @param elsewhere held-out rows of other prompt sets, which no problem may repeat
   */
  public CuratedProblems curate(Dataset<Row> problems, Dataset<Row> elsewhere) {
    var settings = config.curate();
    steps.accept("question forms and exact duplicates");
    var rows = kept(Places.number(spark, problems, elsewhere, settings.tagDomains()));
    rows = kept(ExactDuplicates.exclude(QuestionForms.exclude(rows)));
    steps.accept("near duplicates");
    rows = NearDuplicates.exclude(spark, rows, settings);
    rows = kept(rows);
    if (policy.isPresent()) {
      var trials = new PolicyTrials(spark, config, policy.get(), judge, progress);
      if (settings.guesses() > 0) {
        steps.accept("guesses without reasoning");
        rows = kept(trials.dropGuessable(rows));
      }
      steps.accept("difficulty");
      rows = kept(trials.measureDifficulty(rows));
    }
    if (settings.domainCap() > 0) {
      steps.accept("balance of domains");
      rows = kept(DomainBalance.exclude(rows, settings.domainCap(), config.seed()));
    }
    return new CuratedProblems(rows);
  }

  /** Computes rows once; what does not fit in memory lies on disk. */
  private static Dataset<Row> kept(Dataset<Row> rows) {
    return rows.persist(StorageLevel.MEMORY_AND_DISK());
  }
}
