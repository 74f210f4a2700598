package dev.mirrorspark.rewardmodel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.RewardModelConfig;
import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.decode.LocalSpark;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;

/** Deeplearning4j trains on this project's Spark session, with its serializer. */
class HeadTrainingIT {
  private static SparkSession spark;

  @BeforeAll
  static void open() {
    spark = LocalSpark.open();
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  /** Whether two numbers have the same sign: no linear head can tell. */
  private static List<DataSet> examples(int count, long seed) {
    var random = new Random(seed);
    List<DataSet> examples = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      float a = (float) random.nextGaussian();
      float b = (float) random.nextGaussian();
      examples.add(
          new DataSet(
              Nd4j.create(new float[] {a, b}, new long[] {1, 2}),
              Nd4j.create(new float[] {a * b > 0 ? 1 : 0}, new long[] {1, 1})));
    }
    return examples;
  }

  private static HeadTraining.Trained train(String... sets) {
    RewardModelConfig.ValueHead settings =
        RunFile.load(Optional.empty(), List.of(sets)).rewardModel().valueHead();
    var context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    JavaRDD<DataSet> rdd = context.parallelize(examples(600, 1), 2);
    return HeadTraining.train(context, rdd, settings, 7, 2, 600, 2, epoch -> {});
  }

  private static double accuracy(MultiLayerNetwork network) {
    List<DataSet> tests = examples(400, 2);
    long right =
        tests.stream()
            .filter(
                one ->
                    network.output(one.getFeatures()).getDouble(0) >= 0.5
                        == one.getLabels().getDouble(0) > 0.5)
            .count();
    return right / 400.0;
  }

  @Test
  void aHiddenLayerLearnsWhatALinearHeadCannot() {
    var trained = train(settings("epochs=8", "hidden=16"));
    double accuracy = accuracy(trained.network());
    assertTrue(accuracy > 0.85, "accuracy " + accuracy);
    assertEquals(8, trained.epochs().size());
    assertTrue(trained.epochs().get(7).loss() < 0.8 * trained.epochs().get(0).loss());
    double linear = accuracy(train(settings("epochs=3", "hidden=0")).network());
    assertTrue(linear < 0.7, "linear accuracy " + linear);
  }

  @Test
  void theSameSeedGivesTheSameHead() {
    var settings = settings("epochs=2", "loss=squared");
    assertEquals(train(settings).network().params(), train(settings).network().params());
  }

  private static String[] settings(String... more) {
    return Stream.concat(
            Stream.of("batch=8", "average_every=50", "learning_rate=0.02"), Stream.of(more))
        .map("reward_model.value_head."::concat)
        .toArray(String[]::new);
  }
}
