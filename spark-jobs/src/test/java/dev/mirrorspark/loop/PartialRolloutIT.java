package dev.mirrorspark.loop;

import static org.apache.spark.sql.functions.col;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.decode.LocalSpark;
import dev.mirrorspark.prompts.PromptImport;
import dev.mirrorspark.report.Progress;
import dev.mirrorspark.table.Iterations;
import dev.mirrorspark.table.Rewards;
import dev.mirrorspark.table.TableSchema;
import dev.mirrorspark.table.TokenScores;
import dev.mirrorspark.table.TrainingSet;
import dev.mirrorspark.table.Trajectories;
import dev.mirrorspark.table.Warehouse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Responses that go on over several iterations: what the tables must say of them. */
class PartialRolloutIT {
  private static final int ITERATIONS = 5;
  private static final int MAX_AGE = 2;
  private static final int BUDGET = 2;
  private static final int BORN_EACH = 8 * 4;

  @TempDir private static Path folder;
  private static SparkSession spark;
  private static Session session;

  /** Names a response. */
  private record Key(int born, String prompt, int sample) {}

  @BeforeAll
  static void train() {
    spark = LocalSpark.open();
    TinyRun.write(folder);
    session = session("run=partial");
    PromptImport.importAll(spark, session.warehouse(), session.config(), Set.of("integer"));
    SftRun.run(session);
    TrainingRun.run(session);
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private static Session session(String run, String... more) {
    var sets = new ArrayList<>(List.of(more));
    sets.addAll(
        List.of(
            run,
            "train.iterations=" + ITERATIONS,
            "rollout.max_tokens=8",
            "rollout.budget=" + BUDGET,
            "rollout.max_age=" + MAX_AGE,
            "sft.epochs=2"));
    var config = TinyRun.config(folder, sets.toArray(String[]::new));
    return new Session(spark, Warehouse.open(spark, config.warehouse()), config, Progress.silent());
  }

  @Test
  void everyTokenOfAResponseIsInOneSegmentAndVersionsNeverDecrease() {
    Map<Key, List<Row>> responses = segments();
    assertEquals(ITERATIONS * BORN_EACH, responses.size(), "no response is lost");
    int longest = 0;
    for (var response : responses.entrySet()) {
      List<Row> segments = response.getValue();
      longest = Math.max(longest, segments.size());
      assertTrue(segments.size() <= MAX_AGE + 1, response.toString());
      for (int s = 0; s < segments.size(); s++) {
        Row segment = segments.get(s);
        int born = response.getKey().born();
        assertEquals(s, segment.<Integer>getAs(Trajectories.SEGMENT));
        assertEquals(born + s, segment.<Integer>getAs(Trajectories.ITERATION));
        assertEquals(born + s + 1, segment.<Integer>getAs(Trajectories.POLICY_VERSION));
        int tokens = segment.getAs(Trajectories.TOKENS);
        String reason = segment.getAs(Trajectories.STOP_REASON);
        assertTrue(tokens > 0 && tokens <= BUDGET, response.toString());
        if (s < segments.size() - 1) {
          assertEquals("budget", reason);
          assertEquals(BUDGET, tokens);
        } else if (born + s < ITERATIONS - 1 && s < MAX_AGE) {
          assertTrue(!reason.equals("budget"), "a response was lost: " + response);
        }
      }
    }
    assertEquals(MAX_AGE + 1, longest);
  }

  @Test
  void thePolicyOfASegmentReadsItAgain() {
    int iteration = 3;
    var read = TokensRun.run(session, iteration);
    Map<Key, Row> scores = new HashMap<>();
    for (Row row : ofRun(TokenScores.TABLE)) {
      assertEquals(null, scores.put(key(row), row));
    }
    long tokens = 0;
    int later = 0;
    for (var response : segments().entrySet()) {
      for (Row segment : response.getValue()) {
        if (segment.<Integer>getAs(Trajectories.ITERATION) != iteration) {
          continue;
        }
        Row row = scores.remove(response.getKey());
        List<Float> sampled = segment.getList(segment.fieldIndex(Trajectories.LOGPROBS));
        List<Float> trainers = row.getList(row.fieldIndex(TokenScores.TRAINER_LOGPROBS));
        List<Float> entropies = row.getList(row.fieldIndex(TokenScores.ENTROPIES));
        assertEquals(sampled.size(), trainers.size());
        for (int i = 0; i < sampled.size(); i++) {
          assertEquals(sampled.get(i), trainers.get(i), 1e-4, response.getKey().toString());
          // ... one token's part of the entropy is -p log p
          double part = -Math.exp(trainers.get(i)) * trainers.get(i);
          assertTrue(entropies.get(i) > part - 1e-5 && entropies.get(i) < Math.log(64), row + "");
        }
        tokens += sampled.size();
        later += segment.<Integer>getAs(Trajectories.SEGMENT) > 0 ? 1 : 0;
      }
    }
    assertTrue(later > 0);
    assertEquals(Map.of(), scores);
    assertEquals(tokens, read.tokens());
    assertTrue(read.largestGap() < 1e-4 && read.gap() > 0, read.toString());
    assertEquals(read, TokensRun.run(session, iteration));
    var none = assertThrows(UserError.class, () -> TokensRun.run(session, 99));
    assertTrue(none.getMessage().contains("iteration 99"), none.getMessage());
  }

  @Test
  void aFinishedResponseIsScoredOnceWithItsGroup() {
    Map<Key, Integer> scored = new HashMap<>();
    for (Row row : ofRun(Rewards.TABLE)) {
      assertEquals(null, scored.put(key(row), row.getAs(Rewards.ITERATION)));
    }
    Map<Key, Integer> offered = new HashMap<>();
    for (Row row : ofRun(TrainingSet.TABLE)) {
      if (!"stale".equals(row.getAs(TrainingSet.REJECTED_BECAUSE))) {
        offered.put(key(row), row.getAs(TrainingSet.ITERATION));
      }
    }
    assertEquals(offered, scored);
    assertTrue(scored.size() > 2 * BORN_EACH, "scored: " + scored.size());
  }

  @Test
  void aGroupTrainsOnceWhenItsLastMemberEnds() {
    Map<Key, List<Row>> responses = segments();
    Map<Key, Row> offered = new HashMap<>();
    for (Row row : ofRun(TrainingSet.TABLE)) {
      assertEquals(null, offered.put(key(row), row));
    }
    int stale = 0;
    int waited = 0;
    for (var group : groups(responses.keySet()).entrySet()) {
      int complete = -1;
      boolean goesOn = false;
      for (Key key : group.getValue()) {
        Row last = responses.get(key).get(responses.get(key).size() - 1);
        int iteration = last.getAs(Trajectories.ITERATION);
        boolean putOff = last.<String>getAs(Trajectories.STOP_REASON).equals("budget");
        goesOn |= putOff && key.born() + MAX_AGE > ITERATIONS - 1;
        complete = Math.max(complete, iteration);
      }
      for (Key key : group.getValue()) {
        Row row = offered.get(key);
        assertEquals(goesOn, row == null, key + " of a group that goes on: " + goesOn);
        if (row != null) {
          assertEquals(complete, row.<Integer>getAs(TrainingSet.ITERATION));
          Row last = responses.get(key).get(responses.get(key).size() - 1);
          boolean putOff = last.<String>getAs(Trajectories.STOP_REASON).equals("budget");
          assertEquals(putOff, "stale".equals(row.getAs(TrainingSet.REJECTED_BECAUSE)));
          stale += putOff ? 1 : 0;
          waited += last.<Integer>getAs(Trajectories.ITERATION) < complete ? 1 : 0;
          assertEquals(tokens(responses.get(key)), row.<Integer>getAs(TrainingSet.TOKENS));
        }
      }
    }
    assertTrue(stale > 0, "no response grew stale");
    assertTrue(waited > 0, "no response waited for its group");
  }

  @Test
  void earlierSegmentsTrainTooAndOnlyTheCurrentOnesAreCompared() {
    for (Row row : ofRun(Iterations.TABLE)) {
      Double gap = row.getAs(Iterations.LOGPROB_GAP_MAX);
      assertTrue(gap == null || gap <= 1e-3, row.toString());
    }
    var trained =
        ofRun(Iterations.TABLE).stream()
            .filter(row -> row.<Long>getAs(Iterations.UPDATE_TOKENS) > 0)
            .count();
    assertTrue(trained >= 3, "iterations that trained: " + trained);
  }

  /** The page's sentences, counted by hand from the other tables. */
  @Test
  void anIterationCountsWhatItScoredAndWhatItSampled() {
    var scored = byIteration(ofRun(Rewards.TABLE));
    var sampled = byIteration(ofRun(Trajectories.TABLE));
    Map<Integer, List<Row>> stale = new HashMap<>(byIteration(ofRun(TrainingSet.TABLE)));
    stale.replaceAll(
        (i, rows) ->
            rows.stream()
                .filter(row -> "stale".equals(row.getAs(TrainingSet.REJECTED_BECAUSE)))
                .toList());
    Map<Key, List<Row>> responses = segments();
    int differing = 0;
    for (Row row : ofRun(Iterations.TABLE)) {
      var metrics = Iterations.Metrics.from(row);
      int i = metrics.iteration();
      List<Row> ofIteration = scored.getOrDefault(i, List.of());
      List<Key> keys = ofIteration.stream().map(PartialRolloutIT::key).toList();
      int[] lengths = keys.stream().mapToInt(key -> tokens(responses.get(key))).sorted().toArray();
      assertEquals(keys.size(), metrics.responses());
      assertEquals(groups(Set.copyOf(keys)).size(), metrics.prompts());
      assertEquals(IntStream.of(lengths).average().orElse(0), metrics.meanTokens(), 1e-9);
      assertEquals(IntStream.of(lengths).max().orElse(0), metrics.maxTokens());
      int rejected = metrics.rejected().values().stream().mapToInt(Integer::intValue).sum();
      int tooOld = stale.getOrDefault(i, List.of()).size();
      assertEquals(tooOld, metrics.rejected().getOrDefault("stale", 0));
      assertEquals(keys.size() - (rejected - tooOld), metrics.keptFraction() * keys.size(), 1e-9);
      assertEquals(
          sampled.get(i).size(),
          metrics.stopReasons().values().stream().mapToInt(Integer::intValue).sum());
      assertEquals(tokens(sampled.get(i)), metrics.rolloutTokens());
      double surprisal = 0;
      for (Row segment : sampled.get(i)) {
        for (float logprob : segment.<Float>getList(segment.fieldIndex(Trajectories.LOGPROBS))) {
          surprisal -= logprob;
        }
      }
      assertEquals(surprisal / tokens(sampled.get(i)), metrics.entropy(), 1e-8);
      assertTrue(metrics.entropy() > 0);
      differing += tooOld > 0 && sampled.get(i).size() != keys.size() ? 1 : 0;
    }
    assertTrue(differing > 0, "in every iteration the two are the same");
  }

  private static Map<Integer, List<Row>> byIteration(List<Row> rows) {
    return rows.stream().collect(Collectors.groupingBy(row -> row.<Integer>getAs("iteration")));
  }

  private static int tokens(List<Row> segments) {
    return segments.stream().mapToInt(segment -> segment.<Integer>getAs(Trajectories.TOKENS)).sum();
  }

  @Test
  void replayGivesTheSameWeights() {
    for (int iteration : List.of(1, 3)) {
      var result = Replay.run(session, iteration);
      assertTrue(result.same(), result.toString());
    }
  }

  @Test
  void earlierSegmentsCanBeLeftOutOfTheLoss() {
    var dropping = session("run=dropping", "train.earlier_segments=drop");
    SftRun.run(dropping);
    TrainingRun.run(dropping);
    var shas =
        PolicyVersions.all(dropping).stream().map(p -> p.sha256()).collect(Collectors.toSet());
    assertTrue(shas.size() > 3, "trained versions: " + shas.size());
    assertTrue(
        !PolicyVersions.reference(dropping, ITERATIONS)
            .sha256()
            .equals(PolicyVersions.reference(session, ITERATIONS).sha256()),
        "the setting changes nothing");
  }

  private static Map<Key, List<Row>> segments() {
    Map<Key, List<Row>> responses =
        ofRun(Trajectories.TABLE).stream().collect(Collectors.groupingBy(PartialRolloutIT::key));
    responses
        .values()
        .forEach(
            list -> list.sort(Comparator.comparingInt(row -> row.getAs(Trajectories.SEGMENT))));
    return responses;
  }

  private static Map<String, List<Key>> groups(Set<Key> keys) {
    return keys.stream()
        .collect(
            Collectors.groupingBy(
                key -> key.born() + " " + key.prompt(), TreeMap::new, Collectors.toList()));
  }

  private static Key key(Row row) {
    return new Key(
        row.getAs(Trajectories.BORN),
        row.getAs(Trajectories.PROMPT_ID),
        row.getAs(Trajectories.SAMPLE));
  }

  private static List<Row> ofRun(TableSchema table) {
    return new ArrayList<>(
        session
            .warehouse()
            .read(table)
            .where(col(TableSchema.RUN).equalTo("partial"))
            .collectAsList());
  }
}
