package dev.mirrorspark.rewardmodel;

import dev.mirrorspark.table.Rewards;
import dev.mirrorspark.table.TableSchema;
import java.io.Serializable;
import org.apache.spark.sql.Row;

/** Names a response: the run, the iteration it was born in, its problem, its place in the group. */
public record ResponseKey(String run, int born, String promptId, int sample)
    implements Serializable {

  static ResponseKey of(Row row) {
    return new ResponseKey(
        row.getAs(TableSchema.RUN),
        row.<Integer>getAs(Rewards.BORN),
        row.getAs(Rewards.PROMPT_ID),
        row.<Integer>getAs(Rewards.SAMPLE));
  }

  /** One word, different for different responses. */
  String text() {
    return run + "/" + born + "/" + promptId + "/" + sample;
  }
}
