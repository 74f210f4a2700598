package dev.mirrorspark.view;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;

import dev.mirrorspark.report.Figures;
import dev.mirrorspark.table.Iterations;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.Rewards;
import dev.mirrorspark.table.Runs;
import dev.mirrorspark.table.TableSchema;
import dev.mirrorspark.table.TrainingSet;
import dev.mirrorspark.table.Trajectories;
import dev.mirrorspark.table.Warehouse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Makes a warehouse of many responses in minutes: four runs, whose iterations have 125 problems
 * with 8 responses each. Files, statistics and commits lie as a run would have left them, a commit
 * an iteration; tokens are short. For {@code submit/view-bench}.
 */
public final class LargeWarehouse {
  static final int RUNS = 4;
  static final int PROMPTS = 125;
  static final int SAMPLES = 8;
  static final int PROBLEMS = 8000;
  private static final int SEGMENT_FILES = 2;
  private static final int ROW_FILES = 2;

  private LargeWarehouse() {}

  /**
   * Makes it.
   *
   * @param args the folder, and the iterations of each run
   */
  public static void main(String[] args) throws IOException {
    long start = System.nanoTime();
    int iterations = Integer.parseInt(args[1]);
    var builder = SparkSession.builder().master("local[*]");
    Warehouse.SPARK_DEFAULTS.forEach(builder::config);
    try (var spark = builder.getOrCreate()) {
      spark.sparkContext().setLogLevel("ERROR");
      make(spark, args[0], iterations);
    }
    System.out.printf(
        "%,d responses in %s, made in %s s%n",
        (long) RUNS * iterations * PROMPTS * SAMPLES,
        args[0],
        Figures.fixed((System.nanoTime() - start) / 1e9, 0));
  }

  static void make(SparkSession spark, String root, int iterations) throws IOException {
    var warehouse = Warehouse.open(spark, root);
    long responses = (long) RUNS * iterations * PROMPTS * SAMPLES;
    write(warehouse, Prompts.TABLE, prompts(spark), 4);
    write(warehouse, Runs.TABLE, runs(spark), 1);
    write(warehouse, Iterations.TABLE, iterations(spark, iterations), RUNS * iterations);
    var all = RUNS * iterations;
    write(warehouse, Trajectories.TABLE, segments(spark, responses, all * SEGMENT_FILES), all);
    write(warehouse, Rewards.TABLE, rewards(spark, responses, all * ROW_FILES), all);
    write(warehouse, TrainingSet.TABLE, offered(spark, responses, all * ROW_FILES), all);
  }

  /** Writes the rows in one commit, and cuts that into as many, each with a part of the files. */
  private static void write(Warehouse warehouse, TableSchema table, Dataset<Row> rows, int commits)
      throws IOException {
    warehouse.append(table, rows, "large/" + table.name(), 0);
    Path log = Path.of(warehouse.path(table), "_delta_log");
    String number = "%020d.json";
    var lines = Files.readAllLines(log.resolve(number.formatted(1)));
    var adds = lines.stream().filter(line -> line.startsWith("{\"add\"")).sorted().toList();
    var others = lines.stream().filter(line -> !line.startsWith("{\"add\"")).toList();
    try (var files = Files.newDirectoryStream(log, "*.crc")) {
      for (Path file : files) {
        Files.delete(file);
      }
    }
    int each = adds.size() / commits;
    for (int i = 0; i < commits; i++) {
      int end = i == commits - 1 ? adds.size() : (i + 1) * each;
      List<String> commit = new ArrayList<>(others);
      commit.addAll(adds.subList(i * each, end));
      Files.writeString(
          log.resolve(number.formatted(i + 1)),
          commit.stream().collect(Collectors.joining("\n", "", "\n")));
    }
  }

  /** The response of number {@code id}: its run, iteration, problem and sample. */
  private static Dataset<Row> responses(SparkSession spark, long responses, int files) {
    return spark
        .range(0, responses, 1, files)
        .toDF()
        .withColumn("n", expr("id div " + PROMPTS * SAMPLES))
        .withColumn("run", expr("concat('large-', n % " + RUNS + ")"))
        .withColumn("iteration", expr("int(n div " + RUNS + ")"))
        .withColumn("born", col("iteration"))
        .withColumn(
            "problem",
            expr("pmod((id div " + SAMPLES + ") * 7919 + iteration * 31, " + PROBLEMS + ")"))
        .withColumn("prompt_id", expr("substr(sha2(string(problem), 256), 1, 16)"))
        .withColumn("sample", expr("int(id % " + SAMPLES + ")"))
        .withColumn("tokens", expr("int(20 + pmod(xxhash64(id), 60))"))
        .withColumn("right", expr("pmod(xxhash64(id, 1), 1000) < 200 + 500 * iteration / 250"));
  }

  private static Dataset<Row> segments(SparkSession spark, long responses, int files) {
    return responses(spark, responses, files)
        .selectExpr(
            "run",
            "iteration",
            "born",
            "prompt_id",
            "sample",
            "0 AS segment",
            "iteration AS policy_version",
            "array(1, 2, 3, 4) AS prompt_token_ids",
            "transform(sequence(1, tokens), i -> int(pmod(hash(id, i), 5000))) AS token_ids",
            "transform(sequence(1, tokens), i -> float(-pmod(hash(id, i), 300) / 100.0)) AS logprobs",
            "concat('Let us see: problem ', problem, '. ', array_join(transform(sequence(1, tokens),"
                + " i -> substr(sha2(string(id + i), 256), 1, 4)), ' '), if(pmod(id, 100000) = 77,"
                + " ' needle', ''), ' #### ', pmod(id, 97)) AS text",
            "if(pmod(id, 50) = 0, 'length', 'stop') AS stop_reason",
            "1.0D AS temperature",
            "id AS seed",
            "tokens",
            "timestamp_seconds(1700000000 + id div 100) AS started_at",
            "0.1D AS seconds");
  }

  private static Dataset<Row> rewards(SparkSession spark, long responses, int files) {
    return responses(spark, responses, files)
        .selectExpr(
            "run",
            "iteration",
            "born",
            "prompt_id",
            "sample",
            "if(right, 'correct', 'wrong') AS verdict",
            "'integer' AS verifier",
            "concat('stated ', pmod(id, 97)) AS detail",
            "double(int(right)) AS raw",
            "0.0D AS length_term",
            "0.0D AS repeat_term",
            "double(int(right)) AS total",
            "string(null) AS cause",
            "string(null) AS audit_verdict",
            "string(null) AS audit_verifier");
  }

  private static Dataset<Row> offered(SparkSession spark, long responses, int files) {
    return responses(spark, responses, files)
        .selectExpr(
            "run",
            "iteration",
            "born",
            "prompt_id",
            "sample",
            "pmod(id, 10) <> 0 AS kept",
            "if(pmod(id, 10) = 0, 'no_signal', null) AS rejected_because",
            "if(pmod(id, 10) = 0, null, double(int(right)) - 0.4) AS advantage",
            "tokens");
  }

  private static Dataset<Row> prompts(SparkSession spark) {
    return spark
        .range(0, PROBLEMS, 1, 4)
        .toDF()
        .selectExpr(
            "'large' AS dataset",
            "substr(sha2(string(id), 256), 1, 16) AS prompt_id",
            "'train' AS split",
            "'sum' AS domain",
            "int(id % 5) AS level",
            "concat('Problem ', id, ': what is ', id, ' + 1?') AS text",
            "string(id + 1) AS answer",
            "'integer' AS answer_type",
            "string(null) AS solution",
            "'sum' AS source",
            "string(null) AS excluded_because",
            "double(null) AS pass_rate",
            "binary(null) AS image",
            "string(null) AS image_type",
            "int(null) AS image_width",
            "int(null) AS image_height");
  }

  private static Dataset<Row> runs(SparkSession spark) {
    return spark
        .range(0, RUNS, 1, 1)
        .toDF()
        .selectExpr(
            "concat('large-', id) AS run",
            "'0' AS config_hash",
            "concat('run: large-', id, '\\nseed: ', id, '\\n') AS config",
            "id AS seed",
            "'none' AS instruction_set",
            "map('spark', '3.5.5') AS versions",
            "timestamp_seconds(1700000000 + id) AS started_at",
            "CAST(NULL AS string) AS forked_from");
  }

  private static Dataset<Row> iterations(SparkSession spark, int iterations) {
    return spark
        .range(0, (long) RUNS * iterations, 1, RUNS * iterations)
        .toDF()
        .withColumn("i", expr("int(id div " + RUNS + ")"))
        .selectExpr(
            "concat('large-', id % " + RUNS + ") AS run",
            "i AS iteration",
            "i AS policy_version",
            PROMPTS + " AS prompts",
            PROMPTS * SAMPLES + " AS responses",
            "0.2D + 0.5D * i / 250 + 0.02D * sin(id) AS accuracy",
            "0 AS errors",
            "50.0D + i / 10.0D AS mean_tokens",
            "80 AS max_tokens",
            "map('stop', 980, 'length', 20) AS stop_reasons",
            "0.9D AS kept_fraction",
            "map('no_signal', 100) AS rejected",
            "0.1D AS loss",
            "1.0D AS grad_norm",
            "0.01D AS kl_estimate",
            "0.3D AS logratio_rms",
            "1e-6D AS logprob_gap_mean",
            "1e-5D AS logprob_gap_max",
            "50000L AS rollout_tokens",
            "60000L AS update_tokens",
            "0.1D AS idle_slots",
            "5000.0D AS tokens_per_second",
            "10.0D AS seconds",
            "map('rollout', 6.0D, 'update', 4.0D) AS seconds_by_stage",
            "map('rollout', 5.0D) AS model_seconds_by_stage",
            "timestamp_seconds(1700000000 + 10 * id) AS finished_at",
            "map('x', 0) AS verifier_errors",
            "0 AS audited",
            "double(null) AS audit_agreement",
            "1.2D AS entropy",
            "CAST(NULL AS double) AS weight_mean",
            "CAST(NULL AS double) AS weight_cut");
  }
}
