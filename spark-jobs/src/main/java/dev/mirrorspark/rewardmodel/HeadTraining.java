package dev.mirrorspark.rewardmodel;

import dev.mirrorspark.config.RewardModelConfig;
import dev.mirrorspark.table.Policies;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.weights.WeightInit;
import org.deeplearning4j.spark.api.RDDTrainingApproach;
import org.deeplearning4j.spark.impl.multilayer.SparkDl4jMultiLayer;
import org.deeplearning4j.spark.impl.paramavg.ParameterAveragingTrainingMaster;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/**
 * Trains a value head with Deeplearning4j on Spark: each worker takes minibatches of its own, and
 * the parameters are averaged between them (parameter averaging).
 */
final class HeadTraining {
  private HeadTraining() {}

  /** A trained network and its epochs. */
  record Trained(MultiLayerNetwork network, List<Policies.Step> epochs) {}

  /**
   * Trains a head.
   *
   * @param examples one row of standardised features and its label, 1 for correct, 0 for wrong
   * @param width number of features
   * @param tokens tokens of the examples, for the record
   * @param workers logical workers; part of the run, not of the cluster
   * @param epoch is told of each finished epoch, from 1
   */
  static Trained train(
      JavaSparkContext spark,
      JavaRDD<DataSet> examples,
      RewardModelConfig.ValueHead settings,
      long seed,
      int width,
      long tokens,
      int workers,
      IntConsumer epoch) {
    var master =
        new ParameterAveragingTrainingMaster.Builder(workers, 1)
            .batchSizePerWorker(settings.batch())
            .averagingFrequency(settings.averageEvery())
            .aggregationDepth(2)
            .workerPrefetchNumBatches(0)
            .rddTrainingApproach(RDDTrainingApproach.Direct)
            .rngSeed(seed)
            .build();
    var network = new SparkDl4jMultiLayer(spark, network(settings, seed, width), master);
    List<Policies.Step> epochs = new ArrayList<>();
    for (int i = 0; i < settings.epochs(); i++) {
      long start = System.nanoTime();
      network.fit(examples);
      double seconds = (System.nanoTime() - start) * 1e-9;
      epochs.add(
          new Policies.Step(
              i,
              network.getScore(),
              Double.NaN,
              settings.learningRate(),
              tokens,
              Double.NaN,
              seconds));
      epoch.accept(i + 1);
    }
    return new Trained(network.getNetwork(), epochs);
  }

  private static MultiLayerConfiguration network(
      RewardModelConfig.ValueHead settings, long seed, int width) {
    var layers =
        new NeuralNetConfiguration.Builder()
            .seed(seed)
            .updater(new Adam(settings.learningRate()))
            .l2(settings.l2())
            .weightInit(WeightInit.XAVIER)
            .list();
    int in = width;
    if (settings.hidden() > 0) {
      layers.layer(
          new DenseLayer.Builder()
              .nIn(in)
              .nOut(settings.hidden())
              .activation(Activation.RELU)
              .build());
      in = settings.hidden();
    }
    boolean squared = settings.loss().equals("squared");
    return layers
        .layer(
            new OutputLayer.Builder(squared ? LossFunction.MSE : LossFunction.XENT)
                .nIn(in)
                .nOut(1)
                .activation(Activation.SIGMOID)
                .build())
        .build();
  }
}
