package dev.mirrorspark.loop;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.model.SameModel;
import dev.mirrorspark.policy.FolderWeights;
import dev.mirrorspark.table.TableSchema;
import dev.mirrorspark.table.TeacherLogprobs;
import dev.mirrorspark.table.Trajectories;
import dev.mirrorspark.table.Wave;
import dev.mirrorspark.train.ReadResponses;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * The teacher of a run with {@code train.method: distill}: it reads what the policy samples, into
 * table {@code teacher_logprobs}.
 */
record Teacher(Session session, FolderWeights weights) {
  private static final String DISTILL = "distill";

  /**
   * The teacher of a run, if its method has one.
   *
   * @throws UserError if none is named, its folder is damaged or its tokenizer another, the policy
   *     sees pictures, or responses go on from one iteration to the next
   */
  static Optional<Teacher> of(Session session) {
    var config = session.config();
    if (!config.train().method().equals(DISTILL)) {
      return Optional.empty();
    }
    String folder = config.train().teacher();
    if (folder.isEmpty()) {
      throw new UserError(
          "train.teacher: must be given for train.method = distill; name a model folder with the"
              + " policy's tokenizer");
    }
    if (config.rollout().partial()) {
      throw new UserError(
          "rollout.budget and rollout.full_slots: must be 0 with train.method = distill");
    }
    var storage = session.storage();
    var weights = FolderWeights.of(storage, folder, PolicyVersions.sha256(session, folder));
    var student = FolderWeights.of(storage, student(session), "");
    if (student.shape().vision().present()) {
      throw new UserError(
          "train.method = distill: the policy sees pictures, which a teacher is not shown yet; take"
              + " another method");
    }
    SameModel.checkTokenizer(storage, student.tokenizer(), weights.tokenizer());
    int context = weights.shape().maxPositions();
    if (config.rollout().maxTokens() >= context) {
      throw new UserError(
          ("rollout.max_tokens = %d: the teacher %s takes %d tokens, prompt and response together;"
                  + " lower it, or name another teacher")
              .formatted(config.rollout().maxTokens(), folder, context));
    }
    requireTheSame(session, weights);
    return Optional.of(new Teacher(session, weights));
  }

  /** Refuses a folder whose weights were others when it read earlier responses of the run. */
  private static void requireTheSame(Session session, FolderWeights weights) {
    var config = session.config();
    boolean another =
        !session
            .warehouse()
            .read(TeacherLogprobs.TABLE)
            .where(col(TableSchema.RUN).equalTo(config.run()))
            .where(col(TeacherLogprobs.TEACHER).notEqual(weights.key()))
            .isEmpty();
    if (another) {
      throw new UserError(
          ("train.teacher = %s: the run was taught by other weights; restore them there, or start"
                  + " another run with --set run=NAME")
              .formatted(config.train().teacher()));
    }
  }

  /** A folder with the policy's tokenizer. */
  private static String student(Session session) {
    String given = session.config().model().path();
    return PolicyVersions.all(session).isEmpty() && !given.isEmpty()
        ? given
        : PolicyVersions.first(session).checkpoint();
  }

  /** Reads the responses of a wave; where that is done, does nothing. */
  void read(Wave wave) {
    var config = session.config();
    var tables = session.warehouse();
    var table = TeacherLogprobs.TABLE;
    String app = config.run() + "/" + table.name();
    if (wave.isIn(tables, table, app)) {
      return;
    }
    int iteration = wave.iteration();
    var sampled = Trajectories.upTo(tables, config.run(), iteration, iteration);
    var rows =
        ReadResponses.of(
                wave.without(tables, table, config, sampled),
                config,
                weights,
                config.rollout().temperature())
            .withColumnRenamed(ReadResponses.LOGPROBS, TeacherLogprobs.TEACHER_LOGPROBS)
            .withColumn(TableSchema.RUN, lit(config.run()))
            .withColumn(TeacherLogprobs.ITERATION, lit(iteration))
            .withColumn(TeacherLogprobs.TEACHER, lit(weights.key()));
    tables.append(table, rows, app, wave.version());
  }

  /** Segments of an iteration with what the teacher makes of them. */
  Dataset<Row> beside(Dataset<Row> segments, int iteration) {
    var read =
        session
            .warehouse()
            .read(TeacherLogprobs.TABLE)
            .where(col(TableSchema.RUN).equalTo(session.config().run()))
            .where(col(TeacherLogprobs.ITERATION).equalTo(iteration))
            .select(
                TeacherLogprobs.PROMPT_ID,
                TeacherLogprobs.SAMPLE,
                TeacherLogprobs.TEACHER_LOGPROBS);
    return Candidates.join(segments, read);
  }
}
