package dev.mirrorspark.prompts;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.row_number;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.Rewards;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Success rates of a small table by hand, and how often the draw takes a problem. */
class PrioritizedSamplingIT {
  private static final int DRAWS = 20_000;
  private static final RunConfig.Sampling HALVED =
      new RunConfig.Sampling("prioritized", "level", "linear", 1, 0.5, 0.5, 0.2, 1);

  private static SparkSession spark;
  private static Dataset<Row> rated;

  @BeforeAll
  static void open() {
    spark = SparkOfTests.open();
    rated = SuccessRates.join(problems("a", "b", "c", "d", "e", "f"), rewards(), "r", 5, HALVED);
    rated = rated.cache();
  }

  @AfterAll
  static void close() {
    spark.stop();
  }

  @Test
  void weightsAreOneLessTheDecayedSuccessRate() {
    var expected = new HashMap<String, Double>();
    expected.put("a", 1 - (1 + 0.5 * 4) / (4 + 0.5 * 4)); // 3 of 6: a half
    expected.put("b", 1 - (1 + 0.5 * 0 + 0.25 * 2) / (2 + 0.5 * 4 + 0.25 * 4)); // 1.5 of 5
    expected.put("c", 1 - 3.0 / 4); // the trial that was all errors does not age the other
    expected.put("d", 1 - 0.2); // never tried in this run
    expected.put("e", 0.0);
    expected.put("f", 1 - 0.2); // tried, but never judged
    var weights = new HashMap<String, Double>();
    rated
        .select(col(Prompts.PROMPT_ID), PrioritizedSampling.weight())
        .collectAsList()
        .forEach(row -> weights.put(row.getString(0), row.getDouble(1)));
    assertEquals(expected.keySet(), weights.keySet());
    expected.forEach((id, weight) -> assertEquals(weight, weights.get(id), 1e-15, id));
    assertEquals(0.7, weights.get("b"), 1e-15);
  }

  @Test
  void withoutDecayEveryJudgedResponseWeighsTheSame() {
    var rates = new HashMap<String, Double>();
    SuccessRates.before(rewards(), "r", 5, 1.0)
        .collectAsList()
        .forEach(row -> rates.put(row.getString(0), row.getDouble(1)));
    assertEquals(Map.of("a", 5.0 / 8, "b", 3.0 / 10, "c", 3.0 / 4, "e", 1.0), rates);
  }

  @Test
  void beforeTheFirstIterationNothingIsKnown() {
    assertTrue(SuccessRates.before(rewards(), "r", 0, 0.5).isEmpty());
  }

  /** Pearson's statistic, 4 degrees of freedom; above 18.47 in one of a thousand seeds. */
  @Test
  void drawsAreProportionalToTheWeights() {
    var weights = Map.of("a", 0.5, "b", 0.7, "c", 0.25, "d", 0.8, "f", 0.8);
    var counts = timesDrawn(rated, 7, 1);
    assertFalse(counts.containsKey("e"), "a weight of 0 was drawn");
    assertEquals(weights.keySet(), counts.keySet());
    double statistic = 0;
    for (var entry : weights.entrySet()) {
      double expected = DRAWS * entry.getValue() / 3.05;
      statistic += Math.pow(counts.get(entry.getKey()) - expected, 2) / expected;
    }
    assertTrue(statistic < 18.47, "statistic " + statistic + " of " + counts);
  }

  /**
   * Two of three without replacement: x is first in 1/2 of the draws, and second in 2/3 of those
   * that begin with y or z.
   */
  @Test
  void theSecondOfADrawIsProportionalAmongTheRest() {
    var counts = timesDrawn(withRates(Map.of("x", 0.0, "y", 0.5, "z", 0.5)), 8, 2);
    assertEquals(5.0 / 6, counts.get("x") / (double) DRAWS, 0.01);
    assertEquals(7.0 / 12, counts.get("y") / (double) DRAWS, 0.01);
    assertEquals(7.0 / 12, counts.get("z") / (double) DRAWS, 0.01);
  }

  @Test
  void aWeightOfZeroIsTakenOnlyWhenNothingElseIsLeft() {
    var problems = withRates(Map.of("u", 1.0, "v", 0.999, "w", 1.0, "x", 1.0));
    var counts = new HashMap<String, Integer>();
    for (int iteration = 0; iteration < 12; iteration++) {
      var drawn = ids(PrioritizedSampling.draw(problems, 9, iteration, 2));
      assertEquals("v", drawn.get(0));
      counts.merge(drawn.get(1), 1, Integer::sum);
    }
    assertEquals(List.of("u", "w", "x"), counts.keySet().stream().sorted().toList());
  }

  /** How often each problem is among the first ones, by the order that {@code draw} uses. */
  private static Map<String, Long> timesDrawn(Dataset<Row> problems, long seed, int count) {
    var order = PrioritizedSampling.order(PrioritizedSampling.weight(), seed, col("iteration"));
    var draws =
        problems
            .crossJoin(spark.range(DRAWS).select(col("id").cast("int").as("iteration")))
            .withColumn("place", row_number().over(Window.partitionBy("iteration").orderBy(order)))
            .where(col("place").leq(count))
            .cache();
    var of17 = draws.where(col("iteration").equalTo(17)).orderBy("place");
    assertEquals(ids(PrioritizedSampling.draw(problems, seed, 17, count)), ids(of17));
    var counts = new HashMap<String, Long>();
    draws
        .groupBy(Prompts.PROMPT_ID)
        .count()
        .collectAsList()
        .forEach(row -> counts.put(row.getString(0), row.getLong(1)));
    return counts;
  }

  private static List<String> ids(Dataset<Row> rows) {
    return rows.collectAsList().stream().map(row -> row.<String>getAs(Prompts.PROMPT_ID)).toList();
  }

  private static Dataset<Row> withRates(Map<String, Double> rates) {
    List<Row> rows = new ArrayList<>();
    rates.forEach((id, rate) -> rows.add(RowFactory.create(id, rate)));
    var schema =
        new StructType()
            .add(Prompts.PROMPT_ID, DataTypes.StringType)
            .add(SuccessRates.RATE, DataTypes.DoubleType);
    return spark.createDataFrame(rows, schema);
  }

  private static Dataset<Row> problems(String... ids) {
    var schema = new StructType().add(Prompts.PROMPT_ID, DataTypes.StringType);
    return spark.createDataFrame(Stream.of(ids).map(RowFactory::create).toList(), schema);
  }

  private static Dataset<Row> rewards() {
    List<Row> rows = new ArrayList<>();
    rows.addAll(RewardRows.trial("r", 0, "a", 4, 0, 0));
    rows.addAll(RewardRows.trial("r", 2, "a", 1, 3, 0));
    rows.addAll(RewardRows.trial("r", 1, "b", 2, 2, 0));
    rows.addAll(RewardRows.trial("r", 3, "b", 0, 4, 0));
    rows.addAll(RewardRows.trial("r", 4, "b", 1, 1, 2));
    rows.addAll(RewardRows.trial("r", 1, "c", 3, 1, 0));
    rows.addAll(RewardRows.trial("r", 4, "c", 0, 0, 4));
    rows.addAll(RewardRows.trial("other", 0, "d", 4, 0, 0));
    rows.addAll(RewardRows.trial("r", 3, "e", 3, 0, 1));
    rows.addAll(RewardRows.trial("r", 2, "f", 0, 0, 4));
    for (String id : List.of("a", "b", "c", "d", "e", "f")) { // not before iteration 5
      rows.addAll(RewardRows.trial("r", 5, id, 1, 3, 0));
      rows.addAll(RewardRows.trial("r", 6, id, 3, 1, 0));
    }
    Collections.reverse(rows);
    return spark.createDataFrame(rows, Rewards.TABLE.columns());
  }
}
