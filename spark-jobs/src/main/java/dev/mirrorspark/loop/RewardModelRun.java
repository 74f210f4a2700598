package dev.mirrorspark.loop;

import dev.mirrorspark.config.RewardModelConfig;
import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.files.Storage;
import dev.mirrorspark.policy.PolicyVersion;
import dev.mirrorspark.report.Progress;
import dev.mirrorspark.rewardmodel.Agreement;
import dev.mirrorspark.rewardmodel.ChainOfThought;
import dev.mirrorspark.rewardmodel.LabelledTriple;
import dev.mirrorspark.rewardmodel.Manifest;
import dev.mirrorspark.rewardmodel.ModelScore;
import dev.mirrorspark.rewardmodel.ResponseKey;
import dev.mirrorspark.rewardmodel.RewardModel;
import dev.mirrorspark.rewardmodel.Scoring;
import dev.mirrorspark.rewardmodel.Triples;
import dev.mirrorspark.rewardmodel.ValueHead;
import dev.mirrorspark.table.Policies;
import dev.mirrorspark.table.Policies.Policy;
import dev.mirrorspark.table.Policies.ProducedBy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** The `reward-model` commands: reward models from judged responses (Kimi k1.5, 2.3.5). */
public final class RewardModelRun {
  private static final StructType SCORES =
      new StructType()
          .add("run", DataTypes.StringType)
          .add("born", DataTypes.IntegerType)
          .add("prompt_id", DataTypes.StringType)
          .add("sample", DataTypes.IntegerType)
          .add("correct", DataTypes.BooleanType)
          .add("score", DataTypes.DoubleType)
          .add("detail", DataTypes.StringType);

  private RewardModelRun() {}

  /** A policy and the hash of its tensors. */
  private record Reader(PolicyVersion version, String sha256) {}

  /**
   * Makes the reward model of {@code reward_model.kind}, figures on the held-out triples included,
   * and records it in table {@code policies} as a version of {@code RUN/KIND}; where that was done
   * before with the same settings, shows it. The value head is trained here; the policy of a
   * chain-of-thought model is one that {@code sft} has trained.
   *
   * @throws UserError if the runs give no triples of both kinds, or the policy is missing
   */
  public static void train(Session session) {
    var config = session.config();
    var settings = config.rewardModel();
    Reader reader = reader(session);
    List<Policy> versions = versions(session);
    for (Policy made : versions) {
      if (made(config, reader, RewardModel.manifest(session.storage(), made.checkpoint()))) {
        session.progress().line("made before: " + made.checkpoint());
        RewardModelFigures.show(
            session.progress(),
            settings.kind(),
            RewardModel.manifest(session.storage(), made.checkpoint()).heldout());
        return;
      }
    }
    List<LabelledTriple> triples = Triples.choose(session.warehouse(), config);
    List<LabelledTriple> heldout = triples.stream().filter(LabelledTriple::heldout).toList();
    session
        .progress()
        .line(
            "%,d training and %,d held-out triples of %s"
                .formatted(triples.size() - heldout.size(), heldout.size(), settings.runs()));
    RewardModel model;
    int trained = 0;
    List<Policies.Step> steps = List.of();
    if (settings.classic()) {
      var training = train(session, reader.version(), triples);
      model = training.model();
      trained = training.triples();
      steps = training.epochs();
    } else {
      model =
          new ChainOfThought(
              settings.chainOfThought(), config.seed(), reader.version(), reader.sha256());
    }
    Agreement figures = figures(session, model, heldout);
    String folder = Storage.child(session.models(), name(settings, versions.size()));
    var manifest =
        new Manifest(
            settings, config.seed(), reader.version().folder(), reader.sha256(), trained, figures);
    RewardModel.save(session.storage(), folder, model, manifest);
    append(session, versions.size(), folder, model, steps);
    RewardModelFigures.show(session.progress(), settings.kind(), figures);
    showEvaluation(session, model, heldout);
    session.progress().line("reward model: " + folder);
  }

  /**
   * Evaluates a reward model on the held-out triples: the one in {@code reward.model}, or the run's
   * newest of {@code reward_model.kind}.
   *
   * @throws UserError if there is none, or the runs give no triples of both kinds
   */
  public static void eval(Session session) {
    RewardModel model = RewardModel.load(session.storage(), folder(session));
    List<LabelledTriple> heldout =
        Triples.choose(session.warehouse(), session.config()).stream()
            .filter(LabelledTriple::heldout)
            .toList();
    RewardModelFigures.show(session.progress(), model.verifier(), figures(session, model, heldout));
    showEvaluation(session, model, heldout);
  }

  /**
   * Scores all judged responses of the runs with a reward model, as in {@link #eval}, and writes
   * the scores as Parquet beside the verdicts.
   *
   * @throws UserError if there is none, or the runs have no judged response
   */
  public static void score(Session session) {
    RewardModel model = RewardModel.load(session.storage(), folder(session));
    var config = session.config();
    List<LabelledTriple> triples = Triples.all(session.warehouse(), config);
    Map<ResponseKey, Boolean> verdicts = verdicts(triples);
    long start = System.nanoTime();
    List<ModelScore> scores = score(session, model, triples);
    double seconds = (System.nanoTime() - start) * 1e-9;
    List<Row> rows = new ArrayList<>();
    for (ModelScore one : scores) {
      var key = one.key();
      Double value = one.value().isPresent() ? one.score() : null;
      rows.add(
          RowFactory.create(
              key.run(),
              key.born(),
              key.promptId(),
              key.sample(),
              verdicts.get(key),
              value,
              one.detail()));
    }
    String given = config.rewardModel().scores();
    String path = given.isEmpty() ? session.warehouse().root() + "/_scores/" + config.run() : given;
    session
        .spark()
        .createDataFrame(rows, SCORES)
        .coalesce(1)
        .write()
        .mode("overwrite")
        .parquet(path);
    RewardModelFigures.show(
        session.progress(),
        model.verifier(),
        RewardModel.figures(scores, verdicts, config.rewardModel().bins(), seconds));
    session.progress().line("scores: " + path);
  }

  private static ValueHead.Training train(
      Session session, PolicyVersion policy, List<LabelledTriple> triples) {
    int epochs = session.config().rewardModel().valueHead().epochs();
    try (var stage = session.progress().stage("value head, epochs", epochs)) {
      var context = JavaSparkContext.fromSparkContext(session.spark().sparkContext());
      var training =
          ValueHead.train(
              context, session.config(), policy, triples, epoch -> stage.update(epoch, ""));
      var steps = training.epochs();
      stage.done(
          "%,d triples, loss %.3f → %.3f in %d epochs, %s"
              .formatted(
                  training.triples(),
                  steps.get(0).loss(),
                  steps.get(steps.size() - 1).loss(),
                  epochs,
                  Progress.duration(stage.seconds())));
      return training;
    }
  }

  private static List<ModelScore> score(
      Session session, RewardModel model, List<LabelledTriple> triples) {
    int count = triples.size();
    try (var stage = session.progress().stage(model.verifier() + ", scoring", count)) {
      var scoring =
          new Scoring(
              session.spark(),
              session.config(),
              (done, total, tokens) -> stage.update((long) done * count / Math.max(1, total), ""));
      return model.score(scoring, triples.stream().map(LabelledTriple::triple).toList());
    }
  }

  private static Agreement figures(
      Session session, RewardModel model, List<LabelledTriple> triples) {
    long start = System.nanoTime();
    List<ModelScore> scores = score(session, model, triples);
    double seconds = (System.nanoTime() - start) * 1e-9;
    int bins = session.config().rewardModel().bins();
    return RewardModel.figures(scores, verdicts(triples), bins, seconds);
  }

  private static void showEvaluation(
      Session session, RewardModel model, List<LabelledTriple> triples) {
    if (model instanceof ValueHead head) {
      var scoring = new Scoring(session.spark(), session.config(), (done, total, tokens) -> {});
      var evaluation = head.evaluate(scoring, triples);
      session
          .progress()
          .line(
              "Deeplearning4j's distributed evaluation: accuracy %.4f, AUC %.4f on %,d"
                  .formatted(evaluation.accuracy(), evaluation.auc(), evaluation.responses()));
    }
  }

  private static Map<ResponseKey, Boolean> verdicts(List<LabelledTriple> triples) {
    Map<ResponseKey, Boolean> verdicts = new HashMap<>();
    triples.forEach(one -> verdicts.put(one.triple().key(), one.correct()));
    return verdicts;
  }

  private static boolean made(RunConfig config, Reader reader, Manifest manifest) {
    return manifest.settings().equals(config.rewardModel())
        && manifest.seed() == config.seed()
        && manifest.policySha256().equals(reader.sha256());
  }

  private static Reader reader(Session session) {
    var settings = session.config().rewardModel();
    String folder =
        settings.classic() ? settings.valueHead().features() : settings.chainOfThought().policy();
    if (!folder.isEmpty()) {
      String sha256 = PolicyVersions.sha256(session, folder);
      return new Reader(PolicyVersions.inFolder(session, folder, sha256), sha256);
    }
    if (settings.classic() && settings.runs().isEmpty()) {
      throw Triples.noRuns();
    }
    String run = settings.classic() ? settings.runs().get(0) : session.config().run();
    List<Policy> versions = PolicyVersions.all(session, run);
    if (versions.isEmpty()) {
      throw new UserError(
          "run %s has no policy; %s"
              .formatted(
                  run,
                  settings.classic()
                      ? "name another in reward_model.runs, or a folder in"
                          + " reward_model.value_head.features"
                      : "make examples and run `sft` first, or name a folder in"
                          + " reward_model.chain_of_thought.policy"));
    }
    Policy newest = versions.get(versions.size() - 1);
    return new Reader(PolicyVersions.source(session, newest), newest.sha256());
  }

  private static String folder(Session session) {
    String given = session.config().reward().model();
    if (!given.isEmpty()) {
      return given;
    }
    List<Policy> versions = versions(session);
    if (versions.isEmpty()) {
      throw new UserError(
          "run %s has no reward model of kind %s: run `reward-model train` first, or name a folder in reward.model"
              .formatted(session.config().run(), session.config().rewardModel().kind()));
    }
    return versions.get(versions.size() - 1).checkpoint();
  }

  /** The reward models of the run's kind: a slash keeps their versions apart from any run's. */
  private static List<Policy> versions(Session session) {
    return PolicyVersions.all(session, recordedAs(session.config()));
  }

  private static String recordedAs(RunConfig config) {
    return config.run() + "/" + config.rewardModel().kind();
  }

  private static String name(RewardModelConfig settings, int version) {
    return "%s-%05d".formatted(settings.kind().replace('_', '-'), version);
  }

  private static void append(
      Session session, int version, String folder, RewardModel model, List<Policies.Step> steps) {
    String recordedAs = recordedAs(session.config());
    var policy =
        new Policy(
            recordedAs,
            version,
            version == 0 ? OptionalInt.empty() : OptionalInt.of(version - 1),
            folder,
            model.sha256(),
            ProducedBy.SFT,
            OptionalInt.empty(),
            steps,
            Optional.empty());
    session
        .warehouse()
        .append(Policies.TABLE, List.of(policy.toRow()), recordedAs + "/policies", version);
  }
}
