package dev.mirrorspark.table;

import static dev.mirrorspark.table.TableSchema.INT;
import static dev.mirrorspark.table.TableSchema.RUN;
import static dev.mirrorspark.table.TableSchema.TEXT;
import static dev.mirrorspark.table.TableSchema.columns;
import static dev.mirrorspark.table.TableSchema.required;

import java.util.List;
import java.util.Map;
import org.apache.spark.sql.types.DataTypes;

/** Table {@code teacher_logprobs}: one row is what a teacher makes of one sampled response. */
public final class TeacherLogprobs {
  public static final String ITERATION = "iteration";
  public static final String PROMPT_ID = "prompt_id";
  public static final String SAMPLE = "sample";
  public static final String TEACHER = "teacher";
  public static final String TEACHER_LOGPROBS = "teacher_logprobs";

  public static final TableSchema TABLE =
      new TableSchema(
          "teacher_logprobs",
          "One row is what a teacher makes of one sampled response.",
          columns(
              TableSchema.run(),
              required(ITERATION, INT, "iteration in which the response was sampled"),
              required(PROMPT_ID, TEXT, "the problem, see prompts"),
              required(SAMPLE, INT, "index of the response in its group, from 0"),
              required(
                  TEACHER_LOGPROBS,
                  DataTypes.createArrayType(DataTypes.FloatType),
                  "log-probability of each sampled token under the teacher at the sampling"
                      + " temperature, in nats"),
              required(TEACHER, TEXT, "folder and hash of the teacher")),
          Map.of("iteration_not_negative", "iteration >= 0"),
          List.of(RUN, ITERATION, PROMPT_ID, SAMPLE),
          List.of());

  private TeacherLogprobs() {}
}
