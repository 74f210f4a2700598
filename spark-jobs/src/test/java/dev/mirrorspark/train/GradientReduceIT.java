package dev.mirrorspark.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.model.Decoder;
import dev.mirrorspark.model.Parameters;
import dev.mirrorspark.model.Tensors;
import dev.mirrorspark.train.GradientReduce.Part;
import dev.mirrorspark.train.GradientReduce.Sum;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.Test;

class GradientReduceIT {
  private static final Objective OBJECTIVE = new Objective.MirrorDescent(0.2, 1);

  @Test
  void partitionedGradientEqualsThatOfOneProcess() {
    List<TrainSequence> sequences = TinyModels.sequences(40, TinyModels.QWEN.vocab(), 1);
    Part whole = gradient(0, sequences);
    for (int partitions = 1; partitions <= 3; partitions++) {
      List<Part> parts = new ArrayList<>();
      for (int p = 0; p < partitions; p++) {
        List<TrainSequence> share = new ArrayList<>();
        for (int s = p; s < sequences.size(); s += partitions) {
          share.add(sequences.get(s));
        }
        parts.add(gradient(p, share));
      }
      List<Sum> sums = reduce(parts, 2);
      double distance = TinyModels.distance(widen(whole.values()), widen(joined(sums)));
      assertTrue(distance <= 1e-5, partitions + " partitions: relative distance " + distance);
      double norm = Math.sqrt(sums.stream().mapToDouble(Sum::squares).sum());
      double expected = Math.sqrt(Arrays.stream(widen(whole.values())).map(g -> g * g).sum());
      assertEquals(expected, norm, 1e-5 * expected);
      assertEquals(whole.stats().loss(), sums.get(0).stats().loss(), 1e-5);
      assertEquals(40, sums.get(0).stats().sequences());
      assertEquals(partitions, sums.get(0).modelSeconds().size());
    }
  }

  @Test
  void bitsDoNotDependOnOrderPlaceOrShards() {
    List<Part> parts = new ArrayList<>();
    for (int p = 0; p < 7; p++) {
      var random = new Random(p);
      float[] values = new float[1001];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(8) - 4));
      }
      parts.add(new Part(p, values, StepStats.NONE, 0));
    }
    float[] expected = joined(reduce(parts, 3));
    for (int seed = 0; seed < 3; seed++) {
      Collections.shuffle(parts, new Random(seed));
      assertArrayEquals(expected, joined(reduce(parts, 3)));
      assertArrayEquals(expected, joined(reduce(parts, 5)));
      assertArrayEquals(expected, GradientReduce.sum(0, 1001, parts).values());
    }
  }

  @Test
  void noPartsSumToZero() {
    List<Sum> sums = reduce(List.of(), 2);
    assertEquals(2, sums.size());
    assertEquals(0, sums.get(0).squares() + sums.get(1).squares());
  }

  private static List<Sum> reduce(List<Part> parts, int shards) {
    long parameters = parts.isEmpty() ? 10 : parts.get(0).values().length;
    var rdd = SparkOfTests.context().parallelize(parts, Math.max(1, parts.size()));
    return GradientReduce.sum(rdd, parameters, shards).collect();
  }

  private static float[] joined(List<Sum> sums) {
    int size = sums.stream().mapToInt(sum -> sum.values().length).sum();
    float[] joined = new float[size];
    int place = 0;
    for (Sum sum : sums) {
      System.arraycopy(sum.values(), 0, joined, place, sum.values().length);
      place += sum.values().length;
    }
    return joined;
  }

  private static double[] widen(float[] values) {
    double[] wide = new double[values.length];
    Arrays.setAll(wide, i -> values[i]);
    return wide;
  }

  private static Part gradient(int partition, List<TrainSequence> sequences) {
    var shape = TinyModels.QWEN;
    float[] flat = TinyModels.narrow(TinyModels.weights(shape, 2));
    try (var scope = new PointerScope();
        var parameters = Parameters.trainable(shape, Tensors.ofFloats(flat, flat.length));
        var decoder = new Decoder(parameters)) {
      var stats = PartitionGradient.accumulate(parameters, decoder, OBJECTIVE, sequences, 24, 48);
      return new Part(partition, Tensors.floats(parameters.gradient()), stats, 1);
    }
  }
}
