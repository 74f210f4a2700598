package dev.mirrorspark.loop;

import dev.mirrorspark.prompts.PromptSampling;
import dev.mirrorspark.table.Policies.Policy;
import dev.mirrorspark.table.Wave;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.Row;

/**
 * The sample stage of a run's waves, over the problems that leave room for a response.
 *
 * @param shutOut prompt_ids of the others, found once for all waves
 */
record WaveSampling(Session session, Set<String> shutOut) {

  /** Finds and names the problems that are too long for a run that starts from this policy. */
  static WaveSampling of(Session session, Policy first) {
    return new WaveSampling(session, LongProblems.of(session, first));
  }

  /** Looks whether there is enough to sample from, see {@link PromptSampling#check}. */
  void check() {
    PromptSampling.check(session.warehouse(), session.config(), shutOut);
  }

  List<Row> run(Wave wave, int lacking) {
    return PromptSampling.sample(session.warehouse(), session.config(), wave, lacking, shutOut);
  }
}
