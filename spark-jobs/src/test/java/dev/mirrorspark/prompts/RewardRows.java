package dev.mirrorspark.prompts;

import dev.mirrorspark.table.Rewards;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/** Rows of table {@code rewards} by number of verdicts. */
final class RewardRows {
  private RewardRows() {}

  static List<Row> trial(String run, int iteration, String id, int correct, int wrong, int errors) {
    List<Row> rows = new ArrayList<>();
    for (int sample = 0; sample < correct + wrong + errors; sample++) {
      boolean error = sample >= correct + wrong;
      Double reward = error ? null : Double.valueOf(sample < correct ? 1 : 0);
      String verdict = error ? Rewards.ERROR : sample < correct ? Rewards.CORRECT : Rewards.WRONG;
      rows.add(
          RowFactory.create(
              run, iteration, iteration, id, sample, verdict, "test", null, reward, 0.0, 0.0,
              reward, null, null, null));
    }
    return rows;
  }
}
