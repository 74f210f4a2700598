package dev.mirrorspark.prompts;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.xxhash64;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.table.Prompts;
import java.util.Arrays;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Curriculum sampling: which problems an iteration may meet, by their difficulty (Kimi k1.5,
 * 2.3.4).
 *
 * <p>With n for {@code curriculum_iterations}, schedule {@code linear} admits in iteration i the
 * easiest (i + 1) / (n + 1) of the problems, and all from iteration n on. Schedule {@code switch}
 * admits all before iteration n, and from there on only the hardest {@code hard_share}: the
 * curriculum of the paper's ablation.
 */
final class Curriculum {

  /** The end of the problems' order by difficulty that is admitted. */
  enum End {
    EASIEST,
    HARDEST
  }

  /**
   * What is admitted in an iteration.
   *
   * @param share share of the problems, in (0, 1]
   */
  record Admission(End end, double share) {

    static final Admission ALL = new Admission(End.EASIEST, 1.0);

    boolean all() {
      return share >= 1.0;
    }

    /** Number of problems admitted: the share, rounded, but no fewer than an iteration needs. */
    int problems(long size, int needed) {
      return Math.toIntExact(Math.max(needed, Math.round(share * size)));
    }
  }

  private Curriculum() {}

  /** What is admitted in an iteration, from 0; everything where the run has no curriculum. */
  static Admission admission(RunConfig.Sampling sampling, int iteration) {
    if (!sampling.strategy().equals("curriculum") && !sampling.strategy().equals("mixed")) {
      return Admission.ALL;
    }
    int length = sampling.curriculumIterations();
    boolean atItsEnd = iteration >= length;
    if (sampling.schedule().equals("switch")) {
      return atItsEnd ? new Admission(End.HARDEST, sampling.hardShare()) : Admission.ALL;
    }
    return atItsEnd
        ? Admission.ALL
        : new Admission(End.EASIEST, (iteration + 1.0) / (length + 1.0));
  }

  /** Whether difficulty is measured on the run's own rewards. */
  static boolean measured(RunConfig.Sampling sampling) {
    return sampling.difficulty().equals("pass_rate");
  }

  /**
   * The admitted ones of the problems. Problems of one difficulty are ordered by a hash that stays
   * the same for all iterations: what is admitted once stays admitted while the share grows.
   *
   * @param problems has columns {@code prompt_id} and {@code level}, and {@link SuccessRates#RATE}
   *     where difficulty is measured
   * @param count number of problems to admit
   */
  static Dataset<Row> admit(
      Dataset<Row> problems, RunConfig.Sampling sampling, long seed, End end, int count) {
    var difficulty =
        measured(sampling) ? lit(1.0).minus(col(SuccessRates.RATE)) : col(Prompts.LEVEL);
    Column[] easiestFirst = {
      difficulty, xxhash64(lit(seed), col(Prompts.PROMPT_ID)), col(Prompts.PROMPT_ID)
    };
    var order =
        end == End.EASIEST
            ? easiestFirst
            : Arrays.stream(easiestFirst).map(Column::desc).toArray(Column[]::new);
    return problems.orderBy(order).limit(count);
  }
}
