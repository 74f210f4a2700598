package dev.mirrorspark.curate;

import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.Warehouse;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;

/**
 * Deduplicates generated problems and compares the outcome with what was planted; a program, not a
 * test: {@code ./submit/curate-bench rows 1000000}.
 *
 * <p>Of every 20 rows one is an exact copy of the row before it, and one is it in other words; all
 * others come from ten templates with numbers of their own.
 */
final class DedupBench {
  private static final int PERIOD = 20;
  private static final int EXACT = 7;
  private static final int REWORDED = 13;

  private DedupBench() {}

  /** Takes the number of rows. */
  public static void main(String[] args) {
    long rows = Long.parseLong(args[0]);
    var builder = SparkSession.builder().master("local[*]").appName("dedup bench");
    Warehouse.SPARK_DEFAULTS.forEach(builder::config);
    try (var spark = builder.getOrCreate()) {
      spark.sparkContext().setLogLevel("ERROR");
      run(spark, rows);
    }
  }

  private static void run(SparkSession spark, long rows) {
    var problems =
        spark
            .range(0, rows, 1, 8)
            .map(
                (MapFunction<Long, Row>) DedupBench::row,
                Encoders.row(Prompts.TABLE.columns().asNullable()));
    long start = System.nanoTime();
    var curation =
        new Curation(
            spark,
            RunFile.parse("", List.of()),
            Optional.empty(),
            attempts -> Collections.nCopies(attempts.size(), Optional.empty()),
            (done, total, tokens) -> {},
            step -> System.out.printf("%6.1f s  %s%n", (System.nanoTime() - start) * 1e-9, step));
    var curated = curation.curate(problems, problems.limit(0)).rows();
    curated.createOrReplaceTempView("curated");
    var outcome =
        spark.sql(
            ("SELECT IF(id %% %d = %d, 'exact copy', IF(id %% %d = %d, 'reworded copy', 'own')) AS"
                    + " planted, coalesce(excluded_because, 'kept') AS outcome, count(*) AS rows"
                    + " FROM (SELECT *, bigint(source) AS id FROM curated) GROUP BY 1, 2"
                    + " ORDER BY 1, 2")
                .formatted(PERIOD, EXACT, PERIOD, REWORDED));
    outcome.show(false);
    System.out.printf(
        Locale.ROOT,
        "%,d rows in %.1f minutes, heap %,d MiB at most%n",
        rows,
        (System.nanoTime() - start) * 1e-9 / 60,
        Runtime.getRuntime().maxMemory() >> 20);
  }

  private static Row row(long id) {
    int kind = (int) (id % PERIOD);
    long of = kind == EXACT || kind == REWORDED ? id - 1 : id;
    int[] numbers = {
      (int) (100 + of % 9973), (int) (3 + of / 9973), (int) (2 + of % 7),
    };
    var template = ProblemTemplate.ALL.get((int) (of * 7 % 10));
    String text = kind == REWORDED ? template.reworded(numbers) : template.text(numbers);
    return RowFactory.create(
        "bench",
        Long.toHexString(of) + (kind == REWORDED ? "r" : ""),
        "train",
        "bench",
        0,
        text,
        template.answer(numbers),
        "integer",
        null,
        Long.toString(id),
        null,
        null,
        null,
        null,
        null,
        null);
  }
}
