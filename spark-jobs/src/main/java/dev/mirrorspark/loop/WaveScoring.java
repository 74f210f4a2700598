package dev.mirrorspark.loop;

import static org.apache.spark.sql.functions.col;

import dev.mirrorspark.model.ModelShape;
import dev.mirrorspark.policy.PolicyVersion;
import dev.mirrorspark.reward.ModelScores;
import dev.mirrorspark.reward.ScoreStage;
import dev.mirrorspark.rewardmodel.ModelScore;
import dev.mirrorspark.rewardmodel.ResponseKey;
import dev.mirrorspark.rewardmodel.RewardModel;
import dev.mirrorspark.rewardmodel.Scoring;
import dev.mirrorspark.rewardmodel.Triple;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.Trajectories;
import dev.mirrorspark.table.Wave;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import scala.collection.JavaConverters;

/**
 * The score stage of a run's waves: by the verifiers, or by a reward model.
 *
 * @param teacher reads the responses where {@code train.method} is {@code distill}
 * @param model the reward model {@code reward.model}, read once for all waves
 */
record WaveScoring(Session session, Optional<ModelScores> model, Optional<Teacher> teacher) {
  private static final StructType SCORES =
      new StructType()
          .add(Trajectories.BORN, DataTypes.IntegerType)
          .add(Trajectories.PROMPT_ID, DataTypes.StringType)
          .add(Trajectories.SAMPLE, DataTypes.IntegerType)
          .add(ModelScores.SCORE, DataTypes.DoubleType)
          .add(ModelScores.DETAIL, DataTypes.StringType);

  /**
   * Reads the reward model, if the run has one.
   *
   * @throws dev.mirrorspark.config.UserError if it is none or damaged
   */
  static WaveScoring of(Session session) {
    String folder = session.config().reward().model();
    return new WaveScoring(
        session,
        folder.isEmpty()
            ? Optional.empty()
            : Optional.of(new ByModel(session, RewardModel.load(session.storage(), folder))),
        Teacher.of(session));
  }

  void run(Wave wave, List<Row> prompts) {
    ScoreStage.run(session.spark(), session.warehouse(), session.config(), wave, prompts, model);
    teacher.ifPresent(reader -> reader.read(wave));
  }

  /**
   * The segments that an iteration can be about, with what its teacher makes of them, and the
   * pictures of their prompts where the policy sees some.
   */
  Dataset<Row> segments(int iteration, PolicyVersion policy) {
    var config = session.config();
    int oldest = config.rollout().oldestBirth(iteration);
    var segments = Trajectories.upTo(session.warehouse(), config.run(), iteration, oldest);
    var taught = teacher.map(reader -> reader.beside(segments, iteration)).orElse(segments);
    return withPictures(session, policy.weights().shape(), taught);
  }

  /** Segments with the pictures of their prompts, where a model sees some. */
  static Dataset<Row> withPictures(Session session, ModelShape shape, Dataset<Row> segments) {
    return shape.vision().present()
        ? segments.join(
            Prompts.pictures(session.warehouse(), session.config().prompts().dataset()),
            JavaConverters.asScalaBuffer(List.of(Prompts.PROMPT_ID)).toSeq(),
            "left")
        : segments;
  }

  private record ByModel(Session session, RewardModel model) implements ModelScores {
    @Override
    public String verifier() {
      return model.verifier();
    }

    @Override
    public Dataset<Row> of(Dataset<Row> responses) {
      List<Triple> triples =
          responses
              .orderBy(
                  col(Trajectories.BORN), col(Trajectories.PROMPT_ID), col(Trajectories.SAMPLE))
              .collectAsList()
              .stream()
              .map(this::triple)
              .toList();
      var scoring = new Scoring(session.spark(), session.config(), (done, total, tokens) -> {});
      List<Row> rows = model.score(scoring, triples).stream().map(ByModel::row).toList();
      return session.spark().createDataFrame(rows, SCORES);
    }

    private Triple triple(Row row) {
      var key =
          new ResponseKey(
              session.config().run(),
              row.getAs(Trajectories.BORN),
              row.getAs(Trajectories.PROMPT_ID),
              row.getAs(Trajectories.SAMPLE));
      return new Triple(key, row.getAs(QUESTION), row.getAs(REFERENCE), row.getAs(RESPONSE));
    }

    private static Row row(ModelScore score) {
      var key = score.key();
      var value = score.value();
      return RowFactory.create(
          key.born(),
          key.promptId(),
          key.sample(),
          value.isPresent() ? value.getAsDouble() : null,
          score.detail());
    }
  }
}
