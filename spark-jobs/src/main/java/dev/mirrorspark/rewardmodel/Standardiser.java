package dev.mirrorspark.rewardmodel;

import dev.mirrorspark.rewardmodel.HiddenStates.Features;
import java.io.Serializable;
import org.apache.spark.api.java.JavaRDD;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.preprocessor.NormalizerStandardize;
import org.nd4j.linalg.factory.Nd4j;

/** Brings each feature to mean 0 and standard deviation 1 over the training triples. */
record Standardiser(float[] mean, float[] deviation) implements Serializable {

  private record Sums(long count, double[] sums, double[] squares) implements Serializable {
    Sums plus(float[] values) {
      for (int i = 0; i < values.length; i++) {
        sums[i] += values[i];
        squares[i] += (double) values[i] * values[i];
      }
      return new Sums(count + 1, sums, squares);
    }

    Sums plus(Sums other) {
      for (int i = 0; i < sums.length; i++) {
        sums[i] += other.sums[i];
        squares[i] += other.squares[i];
      }
      return new Sums(count + other.count, sums, squares);
    }
  }

  /** Over features that are all there, in their own partitions. */
  static Standardiser of(JavaRDD<Features> features, int width) {
    Sums all =
        features.aggregate(
            new Sums(0, new double[width], new double[width]),
            (sums, one) -> sums.plus(one.values()),
            Sums::plus);
    var mean = new float[width];
    var deviation = new float[width];
    for (int i = 0; i < width; i++) {
      double centre = all.sums()[i] / all.count();
      double variance = Math.max(0, all.squares()[i] / all.count() - centre * centre);
      mean[i] = (float) centre;
      deviation[i] = variance < 1e-12 ? 1 : (float) Math.sqrt(variance);
    }
    return new Standardiser(mean, deviation);
  }

  /** One row {@code [1, width]} for the network. */
  INDArray row(float[] values) {
    var standard = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      standard[i] = (values[i] - mean[i]) / deviation[i];
    }
    return Nd4j.create(standard, new long[] {1, standard.length});
  }

  /** In the form that is stored within the network's file. */
  NormalizerStandardize toNormalizer() {
    return new NormalizerStandardize(asRow(mean), asRow(deviation));
  }

  static Standardiser from(NormalizerStandardize normalizer) {
    return new Standardiser(
        normalizer.getMean().toFloatVector(), normalizer.getStd().toFloatVector());
  }

  private static INDArray asRow(float[] values) {
    return Nd4j.create(values, new long[] {1, values.length});
  }
}
