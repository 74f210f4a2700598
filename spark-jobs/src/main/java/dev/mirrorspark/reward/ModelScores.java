package dev.mirrorspark.reward;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** A reward model that judges an iteration's responses (Kimi k1.5, 2.3.5). */
public interface ModelScores {
  /** Columns that {@link #of} reads, beside the response's key: the problem. */
  String QUESTION = "question";

  /** The right answer. */
  String REFERENCE = "reference";

  /** The whole response as text. */
  String RESPONSE = "response";

  /** Columns of {@link #of}: the score and what the model saw, after the response's key. */
  String SCORE = "score";

  String DETAIL = "model_detail";

  /** The value of column {@code verifier}. */
  String verifier();

  /**
   * Scores responses, each once.
   *
   * @param responses born, prompt_id and sample, {@link #QUESTION}, {@link #REFERENCE} and {@link
   *     #RESPONSE}
   * @return born, prompt_id and sample, then {@link #SCORE}, from 0 to 1, null if it could not
   *     judge, and {@link #DETAIL}; few enough to be sent to every task
   */
  Dataset<Row> of(Dataset<Row> responses);
}
