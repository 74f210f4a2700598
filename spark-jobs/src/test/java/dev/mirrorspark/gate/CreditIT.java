package dev.mirrorspark.gate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.algorithm.Algorithm;
import dev.mirrorspark.algorithm.Baseline;
import dev.mirrorspark.algorithm.Distill;
import dev.mirrorspark.algorithm.Grpo;
import dev.mirrorspark.algorithm.MirrorDescent;
import dev.mirrorspark.algorithm.Rest;
import dev.mirrorspark.decode.LocalSpark;
import dev.mirrorspark.table.Rewards;
import dev.mirrorspark.table.TrainingSet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;

/** The gate's SQL gives the algorithms' own credit, to the last bit. */
class CreditIT {
  private static final StructType COLUMNS =
      new StructType()
          .add(TrainingSet.BORN, DataTypes.IntegerType)
          .add(TrainingSet.PROMPT_ID, DataTypes.StringType)
          .add(TrainingSet.SAMPLE, DataTypes.IntegerType)
          .add(Rewards.TOTAL, DataTypes.DoubleType);

  private static final List<Algorithm> ALGORITHMS =
      List.of(
          new MirrorDescent(0.2, Baseline.MEAN, 1),
          new MirrorDescent(0.2, Baseline.LOG_Z, 1),
          new MirrorDescent(0.003, Baseline.LOG_Z, 1),
          new Grpo(0.2, 0.2, 0, true, 1),
          new Grpo(0.2, 0.2, 0, false, 1),
          new Rest(1),
          new Distill(1));

  @Test
  void theCreditIsThatOfTheAlgorithm() {
    var random = new Random(7);
    List<Row> rows = new ArrayList<>();
    Map<String, Double[]> groups = new TreeMap<>();
    for (int g = 0; g < 60; g++) {
      var rewards = new Double[1 + random.nextInt(9)];
      for (int sample = 0; sample < rewards.length; sample++) {
        boolean error = random.nextInt(6) == 0;
        rewards[sample] =
            error ? null : Double.valueOf(g % 3 == 0 ? random.nextInt(2) : random.nextGaussian());
        rows.add(RowFactory.create(g % 2, "p" + g, sample, rewards[sample]));
      }
      groups.put("p" + g, rewards);
    }
    try (var spark = LocalSpark.open()) {
      var frame = spark.createDataFrame(rows, COLUMNS).repartition(3, functions.rand(1));
      int compared = 0;
      for (Algorithm algorithm : ALGORITHMS) {
        for (Row row :
            Credit.add(frame, algorithm, functions.col(Rewards.TOTAL), "credit").collectAsList()) {
          Double[] rewards = groups.get(row.<String>getAs(TrainingSet.PROMPT_ID));
          Double reward = rewards[row.<Integer>getAs(TrainingSet.SAMPLE)];
          double[] group =
              Arrays.stream(rewards)
                  .filter(Objects::nonNull)
                  .mapToDouble(Double::doubleValue)
                  .toArray();
          Double expected = reward == null ? null : (Double) algorithm.credit(reward, group);
          assertEquals(expected, row.<Double>getAs("credit"), algorithm + " " + row);
          compared++;
        }
      }
      assertTrue(compared > 1000, "compared: " + compared);
    }
  }
}
