package dev.mirrorspark.curate;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.when;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.table.Prompts;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * The step that shuts out problems that are an earlier one in other words.
 *
 * <p>Problems that share a MinHash band (and so all their numbers) are candidates; the pairs among
 * them whose shingles have the asked-for Jaccard similarity, whose numbers agree and whose answers
 * are the same are copies. Every shuffle spills to disk, and a bucket of any size is passed through
 * with {@code curate.bucket_cap} problems in memory.
 */
final class NearDuplicates {
  private static final String FIRST = "first";
  private static final String SECOND = "second";
  static final String KEY = "key";
  private static final StructType BAND =
      new StructType().add(KEY, DataTypes.LongType).add(Places.PLACE, DataTypes.LongType);
  private static final StructType PAIR =
      new StructType().add(FIRST, DataTypes.LongType).add(SECOND, DataTypes.LongType);

  /** Keys of bands that a sorting task takes on. */
  private static final long KEYS_IN_A_TASK = 2_000_000;

  private NearDuplicates() {}

  /** Excludes, in order of their places, the copies of problems that stay. */
  static Dataset<Row> exclude(SparkSession spark, Dataset<Row> rows, RunConfig.Curate settings) {
    var open = rows.where(col(Prompts.EXCLUDED_BECAUSE).isNull());
    long heldout = rows.where(col(Prompts.SPLIT).equalTo(Prompts.HELDOUT)).count();
    var texts = open.select(Places.PLACE, Prompts.TEXT_OF_PROMPT, Prompts.ANSWER);
    int tasks = tasks(spark, open.count() * settings.bands());
    var copies = copies(pairs(texts, heldout, tasks, settings), tasks);
    var firsts =
        rows.select(
            col(Places.PLACE).as(FIRST),
            col(Prompts.SPLIT).as("first_split"),
            col(Prompts.SOURCE).as("first_source"));
    var found =
        spark.createDataFrame(copies, PAIR).join(firsts, FIRST).withColumnRenamed(SECOND, "copy");
    return rows.join(found, col(Places.PLACE).equalTo(col("copy")), "left")
        .withColumn(
            Prompts.EXCLUDED_BECAUSE,
            when(
                    col(FIRST).isNotNull(),
                    ExactDuplicates.reason(
                        Exclusion.HELDOUT_NEAR_DUPLICATE, Exclusion.NEAR_DUPLICATE))
                .otherwise(col(Prompts.EXCLUDED_BECAUSE)))
        .withColumn(
            Places.COPY_OF,
            when(col(FIRST).isNotNull(), col("first_source")).otherwise(col(Places.COPY_OF)))
        .drop(FIRST, "copy", "first_split", "first_source");
  }

  private static int tasks(SparkSession spark, long keys) {
    int atLeast = Integer.parseInt(spark.conf().get("spark.sql.shuffle.partitions"));
    return (int) Math.max(atLeast, 1 + keys / KEYS_IN_A_TASK);
  }

  /** Verified pairs, the earlier problem first; two held-out problems are never a pair. */
  static Dataset<Row> pairs(
      Dataset<Row> texts, long heldout, int tasks, RunConfig.Curate settings) {
    int words = settings.shingleWords();
    double similarity = settings.similarity();
    int cap = settings.bucketCap();
    var spark = texts.sparkSession();
    var bands =
        texts
            .toJavaRDD()
            .flatMap(
                row -> bands(row.getAs(Places.PLACE), row.getAs(Prompts.TEXT_OF_PROMPT), settings));
    var buckets =
        spark
            .createDataFrame(bands, BAND)
            .repartition(tasks, col(KEY))
            .sortWithinPartitions(KEY, Places.PLACE)
            .toJavaRDD()
            .mapPartitions(rows -> new BucketPairs(rows, cap, heldout));
    var candidates =
        spark
            .createDataFrame(buckets, PAIR)
            .repartition(tasks, col(FIRST), col(SECOND))
            .dropDuplicates();
    var copies =
        candidates
            .join(renamed(texts, FIRST), FIRST)
            .join(renamed(texts, SECOND), SECOND)
            .toJavaRDD()
            .filter(
                pair ->
                    copies(
                        pair.getAs(FIRST + "_text"),
                        pair.getAs(FIRST + "_answer"),
                        pair.getAs(SECOND + "_text"),
                        pair.getAs(SECOND + "_answer"),
                        words,
                        similarity))
            .map(pair -> RowFactory.create(pair.<Long>getAs(FIRST), pair.<Long>getAs(SECOND)));
    return spark.createDataFrame(copies, PAIR);
  }

  private static Dataset<Row> renamed(Dataset<Row> texts, String side) {
    return texts.toDF(side, side + "_text", side + "_answer");
  }

  private static Iterator<Row> bands(long place, String text, RunConfig.Curate settings) {
    var shingles = Shingles.of(text, settings.shingleWords());
    long[] keys =
        MinHash.bands(
            shingles.hashes(), settings.bands(), settings.bandRows(), shingles.numbersHash());
    List<Row> rows = new ArrayList<>(keys.length);
    for (long key : keys) {
      rows.add(RowFactory.create(key, place));
    }
    return rows.iterator();
  }

  /** Whether two problems are one in two wordings. */
  static boolean copies(
      String text,
      String answer,
      String otherText,
      String otherAnswer,
      int words,
      double similarity) {
    var shingles = Shingles.of(text, words);
    var others = Shingles.of(otherText, words);
    return shingles.sameNumbers(others)
        && shingles.jaccard(others) >= similarity
        && StatedAnswer.same(answer, otherAnswer);
  }

  /**
   * The copies to leave out, each with the problem that stays: a problem goes if it is a copy of an
   * earlier one that does not go itself.
   */
  private static List<Row> copies(Dataset<Row> pairs, int tasks) {
    var gone = new BitSet();
    List<Row> copies = new ArrayList<>();
    var ordered =
        pairs
            .repartitionByRange(tasks, col(SECOND))
            .sortWithinPartitions(SECOND, FIRST)
            .toLocalIterator();
    while (ordered.hasNext()) {
      Row pair = ordered.next();
      int first = Math.toIntExact(pair.<Long>getAs(FIRST));
      int second = Math.toIntExact(pair.<Long>getAs(SECOND));
      if (!gone.get(first) && !gone.get(second)) {
        gone.set(second);
        copies.add(pair);
      }
    }
    return copies;
  }
}
