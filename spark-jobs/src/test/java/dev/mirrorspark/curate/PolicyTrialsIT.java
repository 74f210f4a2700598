package dev.mirrorspark.curate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.decode.Attempt;
import dev.mirrorspark.decode.LocalSpark;
import dev.mirrorspark.decode.TinyPolicy;
import dev.mirrorspark.table.Prompts;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PolicyTrialsIT {
  /** Decides by the problem, which its answer names, and for "sometimes" by the response. */
  private static final AnswerJudge JUDGE =
      attempts -> attempts.stream().map(PolicyTrialsIT::judged).toList();

  private static Optional<Boolean> judged(Attempt attempt) {
    String response = attempt.response();
    return switch (attempt.reference().answer()) {
      case "guess" -> Optional.of(guess(response));
      case "always" -> Optional.of(!guess(response));
      case "sometimes" -> Optional.of(!guess(response) && response.hashCode() % 2 == 0);
      case "unknown" -> Optional.empty();
      default -> Optional.of(false);
    };
  }

  /** Guesses come as final answers, and a guess of one token can itself be the mark of one. */
  private static boolean guess(String response) {
    return response.startsWith("#### ") || response.equals("#");
  }

  @TempDir private static Path folder;
  private static SparkSession spark;

  @BeforeAll
  static void open() {
    spark = LocalSpark.open();
  }

  @AfterAll
  static void close() {
    spark.stop();
  }

  @Test
  void guessableTrivialAndImpossibleProblemsAreShutOut() {
    var policy = TinyPolicy.write(folder, 3);
    var config =
        RunFile.parse(
            "",
            List.of(
                "curate.guess_template={problem}#",
                "curate.guess_tokens=1",
                "rollout.max_tokens=8",
                "rollout.slots=8"));
    List<Row> rows = new ArrayList<>();
    for (String answer : List.of("guess", "always", "sometimes", "never", "unknown")) {
      rows.add(row("train", answer));
      rows.add(row("heldout", answer));
    }
    var prompts = spark.createDataFrame(rows, Prompts.TABLE.columns());
    List<String> steps = new ArrayList<>();
    var curation =
        new Curation(
            spark, config, Optional.of(policy), JUDGE, (done, total, tokens) -> {}, steps::add);
    var curated = curation.curate(prompts, prompts.limit(0)).rows().collectAsList();
    assertEquals(10, curated.size());
    Map<String, String> reasons = new TreeMap<>();
    Map<String, Double> rates = new TreeMap<>();
    for (Row row : curated) {
      String answer = row.getAs(Prompts.ANSWER);
      if (row.getAs(Prompts.SPLIT).equals("train")) {
        reasons.put(answer, String.valueOf(row.<String>getAs(Prompts.EXCLUDED_BECAUSE)));
        rates.put(answer, row.<Double>getAs(Prompts.PASS_RATE));
      } else {
        assertTrue(row.isNullAt(row.fieldIndex(Prompts.EXCLUDED_BECAUSE)));
        assertTrue(row.isNullAt(row.fieldIndex(Prompts.PASS_RATE)));
      }
    }
    assertEquals(
        Map.of(
            "guess", "guessable",
            "always", "trivial",
            "sometimes", "null",
            "never", "impossible",
            "unknown", "null"),
        reasons);
    assertEquals(1.0, rates.get("always"));
    assertEquals(0.0, rates.get("never"));
    assertTrue(rates.get("sometimes") > 0.05 && rates.get("sometimes") < 0.95, rates.toString());
    assertEquals(null, rates.get("unknown"));
    assertEquals(null, rates.get("guess"));
    assertEquals(4, steps.size());
  }

  private static Row row(String split, String answer) {
    // No number and no word is shared: nothing here is a copy.
    String text =
        switch (answer) {
          case "guess" -> "a+b=";
          case "always" -> "b*c;";
          case "sometimes" -> "c-a#";
          case "never" -> "abc=";
          default -> "cba+";
        };
    return RowFactory.create(
        "set",
        split + answer,
        split,
        "d",
        1,
        split.equals("train") ? text : "held out " + answer,
        answer,
        "text",
        null,
        split + answer,
        null,
        null,
        null,
        null,
        null,
        null);
  }
}
