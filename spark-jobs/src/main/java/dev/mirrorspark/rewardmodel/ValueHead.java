package dev.mirrorspark.rewardmodel;

import dev.mirrorspark.config.RewardModelConfig;
import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.files.Storage;
import dev.mirrorspark.policy.GpuTasks;
import dev.mirrorspark.policy.PolicyVersion;
import dev.mirrorspark.rewardmodel.HiddenStates.Features;
import dev.mirrorspark.table.Policies;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.storage.StorageLevel;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.spark.impl.multilayer.SparkDl4jMultiLayer;
import org.deeplearning4j.util.ModelSerializer;
import org.nd4j.evaluation.IEvaluation;
import org.nd4j.evaluation.classification.EvaluationBinary;
import org.nd4j.evaluation.classification.ROC;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.preprocessor.NormalizerStandardize;
import org.nd4j.linalg.dataset.api.preprocessor.serializer.NormalizerSerializer;
import org.nd4j.linalg.factory.Nd4j;
import scala.Tuple2;

/**
 * The classic reward model (Kimi k1.5, 2.3.5): a policy reads question, reference answer and
 * response, and a head makes one number of its hidden states. The policy stays as it is; the head
 * is trained, evaluated and served by Deeplearning4j on Spark.
 */
public final class ValueHead implements RewardModel {
  static final String VERIFIER = "value-head";
  private static final String FILE = "value-head.zip";

  /** Not inside the network's file, where Deeplearning4j fails with the commons-io of Spark 3.5. */
  private static final String STANDARDISER = "standardiser.bin";

  private static final int ROWS_AT_ONCE = 256;

  private final RewardModelConfig.ValueHead settings;
  private final PolicyVersion policy;
  private final MultiLayerNetwork network;
  private final Standardiser standardiser;

  private ValueHead(
      RewardModelConfig.ValueHead settings,
      PolicyVersion policy,
      MultiLayerNetwork network,
      Standardiser standardiser) {
    this.settings = settings;
    this.policy = policy;
    this.network = network;
    this.standardiser = standardiser;
  }

  /**
   * A trained head.
   *
   * @param triples how many it was trained on; those too long for the policy are left out
   * @param epochs the epochs, in the form of table {@code policies}
   */
  public record Training(ValueHead model, int triples, List<Policies.Step> epochs) {}

  /**
   * Trains a head on those triples that are not held out.
   *
   * @param policy the policy whose hidden states it reads
   * @param epoch is told of each finished epoch, from 1
   * @throws UserError if every text is too long for the policy
   */
  public static Training train(
      JavaSparkContext spark,
      RunConfig config,
      PolicyVersion policy,
      List<LabelledTriple> triples,
      IntConsumer epoch) {
    var settings = config.rewardModel().valueHead();
    List<Triple> training = new ArrayList<>();
    Map<ResponseKey, Boolean> labels = new HashMap<>();
    for (LabelledTriple one : triples) {
      if (!one.heldout()) {
        training.add(one.triple());
        labels.put(one.triple().key(), one.correct());
      }
    }
    JavaRDD<Features> features =
        features(spark, config, settings, policy, training)
            .filter(Features::present)
            .persist(StorageLevel.MEMORY_AND_DISK());
    var spread = spark.broadcast(labels);
    try {
      int width = HiddenStates.width(settings, policy.weights().shape().hidden());
      int count = Math.toIntExact(features.count());
      if (count == 0) {
        throw new UserError(
            "reward_model.value_head.features: every text is too long for the policy in "
                + policy.folder()
                + "; use one with more positions, or a shorter template");
      }
      long tokens = features.map(one -> (long) one.tokens()).reduce(Long::sum);
      var standardiser = Standardiser.of(features, width);
      JavaRDD<DataSet> examples =
          features.map(one -> example(standardiser, one, spread.value().get(one.key())));
      var trained =
          HeadTraining.train(
              spark,
              examples,
              settings,
              config.seed(),
              width,
              tokens,
              config.rollout().partitions(),
              epoch);
      var model = new ValueHead(settings, policy, trained.network(), standardiser);
      return new Training(model, count, trained.epochs());
    } finally {
      features.unpersist(false);
      spread.destroy();
    }
  }

  private static DataSet example(Standardiser standardiser, Features features, boolean correct) {
    INDArray label = Nd4j.create(new float[] {correct ? 1 : 0}, new long[] {1, 1});
    return new DataSet(standardiser.row(features.values()), label);
  }

  /** The features of triples, each computed where its partition is; anew by every action. */
  private static JavaRDD<Features> features(
      JavaSparkContext spark,
      RunConfig config,
      RewardModelConfig.ValueHead settings,
      PolicyVersion policy,
      List<Triple> triples) {
    var read =
        new HiddenStates(policy, config.model(), settings, config.update().microBatchTokens());
    return GpuTasks.on(
        spark.parallelize(triples, config.rollout().partitions()).mapPartitions(read),
        config.model());
  }

  @Override
  public String verifier() {
    return VERIFIER;
  }

  @Override
  public List<ModelScore> score(Scoring scoring, List<Triple> triples) {
    JavaSparkContext spark = scoring.context();
    JavaRDD<Features> features =
        features(spark, scoring.config(), settings, policy, triples)
            .persist(StorageLevel.MEMORY_AND_DISK());
    try {
      var scale = standardiser;
      JavaPairRDD<ResponseKey, INDArray> rows =
          features
              .filter(Features::present)
              .mapToPair(one -> new Tuple2<>(one.key(), scale.row(one.values())));
      List<ModelScore> scores = new ArrayList<>();
      onSpark(spark)
          .feedForwardWithKey(rows, ROWS_AT_ONCE)
          .mapValues(output -> output.getDouble(0))
          .collect()
          .forEach(
              one ->
                  scores.add(new ModelScore(one._1(), one._2(), "score %.4f".formatted(one._2()))));
      features
          .filter(one -> !one.present())
          .collect()
          .forEach(one -> scores.add(ModelScore.error(one.key(), tooLong(one.tokens()))));
      scoring.progress().update(scores.size(), triples.size(), 0);
      return scores;
    } finally {
      features.unpersist(false);
    }
  }

  private String tooLong(int tokens) {
    return "%d tokens, the policy takes 1 to %d"
        .formatted(tokens, policy.weights().shape().maxPositions());
  }

  /**
   * Over a copy: Deeplearning4j broadcasts the parameters themselves, and Spark closes what a
   * broadcast held, a local one's own arrays, when it is collected.
   */
  private SparkDl4jMultiLayer onSpark(JavaSparkContext spark) {
    return new SparkDl4jMultiLayer(
        spark, network.clone(), (org.deeplearning4j.spark.api.TrainingMaster<?, ?>) null);
  }

  /**
   * Deeplearning4j's own evaluation, in Spark tasks.
   *
   * @param accuracy share of right verdicts
   * @param auc area under the exact ROC curve
   */
  public record Evaluation(int responses, double accuracy, double auc) {}

  /** Evaluates on triples; those too long for the policy are left out. */
  public Evaluation evaluate(Scoring scoring, List<LabelledTriple> triples) {
    JavaSparkContext spark = scoring.context();
    Map<ResponseKey, Boolean> labels = new HashMap<>();
    triples.forEach(one -> labels.put(one.triple().key(), one.correct()));
    var spread = spark.broadcast(labels);
    try {
      var scale = standardiser;
      JavaRDD<DataSet> examples =
          features(
                  spark,
                  scoring.config(),
                  settings,
                  policy,
                  triples.stream().map(LabelledTriple::triple).toList())
              .filter(Features::present)
              .map(one -> example(scale, one, spread.value().get(one.key())));
      IEvaluation<?>[] evaluations =
          onSpark(spark)
              .<IEvaluation<?>>doEvaluation(
                  examples, ROWS_AT_ONCE, new EvaluationBinary(), new ROC(0));
      var binary = (EvaluationBinary) evaluations[0];
      return new Evaluation(
          binary.totalCount(0), binary.accuracy(0), ((ROC) evaluations[1]).calculateAUC());
    } finally {
      spread.destroy();
    }
  }

  /** Over the parameters of the network as little-endian fp32 values. */
  @Override
  public String sha256() {
    float[] values = network.params().toFloatVector();
    var bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes.array()));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JVM has SHA-256", e);
    }
  }

  @Override
  public void write(Storage storage, String folder) {
    try {
      var head = new ByteArrayOutputStream();
      ModelSerializer.writeModel(network, head, false);
      storage.write(Storage.child(folder, FILE), head.toByteArray());
      var scale = new ByteArrayOutputStream();
      NormalizerSerializer.getDefault().write(standardiser.toNormalizer(), scale);
      storage.write(Storage.child(folder, STANDARDISER), scale.toByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Reads the head of a folder.
   *
   * @throws UserError if it is missing or damaged
   */
  static ValueHead read(Storage storage, String folder, Manifest manifest, PolicyVersion policy) {
    String file = Storage.child(folder, FILE);
    try {
      NormalizerStandardize standardiser =
          NormalizerSerializer.getDefault()
              .restore(
                  new ByteArrayInputStream(storage.bytes(Storage.child(folder, STANDARDISER))));
      return new ValueHead(
          manifest.settings().valueHead(),
          policy,
          ModelSerializer.restoreMultiLayerNetwork(
              new ByteArrayInputStream(storage.bytes(file)), false),
          Standardiser.from(standardiser));
    } catch (Exception e) {
      throw new UserError(
          file + ": cannot be read (" + e.getMessage() + "); train the reward model again", e);
    }
  }
}
