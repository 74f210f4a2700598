package dev.mirrorspark.rewardmodel;

import static org.apache.spark.sql.functions.array_join;
import static org.apache.spark.sql.functions.array_sort;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.collect_list;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max_by;
import static org.apache.spark.sql.functions.pmod;
import static org.apache.spark.sql.functions.row_number;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.xxhash64;

import dev.mirrorspark.config.RewardModelConfig;
import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.decode.StopReason;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.Rewards;
import dev.mirrorspark.table.TableSchema;
import dev.mirrorspark.table.Trajectories;
import dev.mirrorspark.table.Warehouse;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;

/**
 * The responses of earlier runs with their verdicts, as examples for a reward model (Kimi k1.5,
 * 2.3.5): those that ended by themselves and that a verifier judged.
 *
 * <p>A problem's responses are all held out or none is, by a hash of the problem and the seed.
 * Where there are more triples than asked for, a hash of the response chooses.
 */
public final class Triples {
  private static final List<String> KEY =
      List.of(TableSchema.RUN, Rewards.BORN, Rewards.PROMPT_ID, Rewards.SAMPLE);

  private static final String HELD_OUT = "heldout";
  private static final String CORRECT = "correct";
  private static final String PLACE = "place";
  private static final int HASHES = 1_000_000;

  private Triples() {}

  /** All judged responses of the runs, with question, reference and response; not yet chosen. */
  static Dataset<Row> judged(Warehouse warehouse, RewardModelConfig settings) {
    var ofRuns = col(TableSchema.RUN).isin(settings.runs().toArray());
    var early =
        settings.iterations() == 0 ? lit(true) : col(Rewards.ITERATION).lt(settings.iterations());
    var rewards =
        warehouse
            .read(Rewards.TABLE)
            .where(ofRuns.and(early))
            .where(col(Rewards.VERDICT).notEqual(Rewards.ERROR))
            .where(not(col(Rewards.VERIFIER).isin(RewardModel.VERIFIERS.toArray())))
            .select(
                col(TableSchema.RUN),
                col(Rewards.BORN),
                col(Rewards.PROMPT_ID),
                col(Rewards.SAMPLE),
                col(Rewards.VERDICT).equalTo(Rewards.CORRECT).as(CORRECT));
    var segment = col(Trajectories.SEGMENT);
    var inOrder = array_sort(collect_list(struct(segment, col(Trajectories.TEXT_OF_RESPONSE))));
    var responses =
        warehouse
            .read(Trajectories.TABLE)
            .where(ofRuns)
            .groupBy(columns(KEY))
            .agg(
                array_join(inOrder.getField(Trajectories.TEXT_OF_RESPONSE), "").as("response"),
                max_by(col(Trajectories.STOP_REASON), segment).as(Trajectories.STOP_REASON))
            .where(col(Trajectories.STOP_REASON).equalTo(StopReason.STOP.label()));
    var problems =
        warehouse
            .read(Prompts.TABLE)
            .select(
                col(Prompts.PROMPT_ID),
                col(Prompts.TEXT_OF_PROMPT).as("question"),
                col(Prompts.ANSWER).as("reference"),
                col(Prompts.ANSWER_TYPE))
            .dropDuplicates(new String[] {Prompts.PROMPT_ID});
    return rewards
        .join(responses, KEY.toArray(String[]::new))
        .join(problems, Prompts.PROMPT_ID)
        .drop(Trajectories.STOP_REASON);
  }

  /**
   * The chosen triples, in the order of their keys.
   *
   * @throws UserError if no run is named, they hold no judged response, only correct or only wrong
   *     ones, or one side of the split stays empty
   */
  public static List<LabelledTriple> choose(Warehouse warehouse, RunConfig config) {
    var settings = config.rewardModel();
    requireRuns(settings);
    var all =
        judged(warehouse, settings)
            .withColumn(HELD_OUT, heldOut(config.seed(), settings.heldoutShare()))
            .persist();
    try {
      Counts counts = Counts.of(all);
      counts.check(settings);
      var byHash = xxhash64(columns(KEY));
      var ofKind =
          settings.balance() ? Window.partitionBy(HELD_OUT, CORRECT) : Window.partitionBy(HELD_OUT);
      return all
          .withColumn(PLACE, row_number().over(ofKind.orderBy(byHash, col(Rewards.PROMPT_ID))))
          .where(
              col(HELD_OUT)
                  .and(col(PLACE).leq(counts.most(settings, true)))
                  .or(not(col(HELD_OUT)).and(col(PLACE).leq(counts.most(settings, false)))))
          .orderBy(columns(KEY))
          .collectAsList()
          .stream()
          .map(Triples::labelled)
          .toList();
    } finally {
      all.unpersist(false);
    }
  }

  /**
   * All judged responses of the runs, in the order of their keys.
   *
   * @throws UserError if no run is named, or they hold no judged response
   */
  public static List<LabelledTriple> all(Warehouse warehouse, RunConfig config) {
    requireRuns(config.rewardModel());
    List<LabelledTriple> triples =
        judged(warehouse, config.rewardModel())
            .withColumn(HELD_OUT, heldOut(config.seed(), config.rewardModel().heldoutShare()))
            .orderBy(columns(KEY))
            .collectAsList()
            .stream()
            .map(Triples::labelled)
            .toList();
    if (triples.isEmpty()) {
      throw noneJudged(config.rewardModel());
    }
    return triples;
  }

  private static void requireRuns(RewardModelConfig settings) {
    if (settings.runs().isEmpty()) {
      throw noRuns();
    }
  }

  /** What to throw where no run is named. */
  public static UserError noRuns() {
    return new UserError(
        "reward_model.runs = [] is not accepted here: name the runs whose judged responses the"
            + " reward model learns from");
  }

  private static UserError noneJudged(RewardModelConfig settings) {
    return new UserError(
        ("reward_model.runs = %s: table rewards has no response of theirs that a verifier judged"
                + "%s; run `train` first, or name other runs")
            .formatted(
                settings.runs(),
                settings.iterations() == 0
                    ? ""
                    : " in the first " + settings.iterations() + " iterations"));
  }

  private static LabelledTriple labelled(Row row) {
    return new LabelledTriple(
        new Triple(
            ResponseKey.of(row),
            row.getAs("question"),
            row.getAs("reference"),
            row.getAs("response")),
        row.getAs(Prompts.ANSWER_TYPE),
        row.<Boolean>getAs(CORRECT),
        row.<Boolean>getAs(HELD_OUT));
  }

  private static Column heldOut(long seed, double share) {
    return pmod(xxhash64(col(Prompts.PROMPT_ID), lit(seed)), lit((long) HASHES))
        .lt((long) (share * HASHES));
  }

  private static Column not(Column condition) {
    return org.apache.spark.sql.functions.not(condition);
  }

  private static Column[] columns(List<String> names) {
    return names.stream().map(org.apache.spark.sql.functions::col).toArray(Column[]::new);
  }

  /** How many triples there are of each kind. */
  private record Counts(long trainRight, long trainWrong, long heldRight, long heldWrong) {
    private static final String ROWS = "rows";

    static Counts of(Dataset<Row> all) {
      long[] counts = new long[4];
      for (Row row : all.groupBy(HELD_OUT, CORRECT).agg(count("*").as(ROWS)).collectAsList()) {
        int group = (row.<Boolean>getAs(HELD_OUT) ? 2 : 0) + (row.<Boolean>getAs(CORRECT) ? 0 : 1);
        counts[group] = row.getAs(ROWS);
      }
      return new Counts(counts[0], counts[1], counts[2], counts[3]);
    }

    void check(RewardModelConfig settings) {
      long right = trainRight + heldRight;
      long wrong = trainWrong + heldWrong;
      if (right + wrong == 0) {
        throw noneJudged(settings);
      }
      if (right == 0 || wrong == 0) {
        throw new UserError(
            "reward_model.runs = %s: all %,d judged responses are %s, there is nothing to tell apart; add runs or iterations with %s ones"
                .formatted(
                    settings.runs(),
                    right + wrong,
                    right == 0 ? "wrong" : "correct",
                    right == 0 ? "correct" : "wrong"));
      }
      for (boolean held : new boolean[] {false, true}) {
        if ((held ? heldRight : trainRight) == 0 || (held ? heldWrong : trainWrong) == 0) {
          throw new UserError(
              "reward_model.heldout_share = %s: the %s triples are %,d correct and %,d wrong, both are needed; change the share or add runs"
                  .formatted(
                      settings.heldoutShare(),
                      held ? "held-out" : "training",
                      held ? heldRight : trainRight,
                      held ? heldWrong : trainWrong));
        }
      }
    }

    /** Most triples of a kind (or, unbalanced, of both kinds together) on a side of the split. */
    long most(RewardModelConfig settings, boolean held) {
      long asked = Math.round(settings.triples() * settings.heldoutShare());
      asked = Math.max(2, held ? asked : settings.triples() - asked);
      if (!settings.balance()) {
        return asked;
      }
      long rarer = held ? Math.min(heldRight, heldWrong) : Math.min(trainRight, trainWrong);
      return Math.min(asked / 2, rarer);
    }
  }
}
