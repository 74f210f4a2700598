package dev.mirrorspark.view;

import dev.mirrorspark.report.HostileTexts;
import dev.mirrorspark.table.Iterations;
import dev.mirrorspark.table.Policies;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.Rewards;
import dev.mirrorspark.table.Runs;
import dev.mirrorspark.table.TeacherLogprobs;
import dev.mirrorspark.table.TokenScores;
import dev.mirrorspark.table.TrainingSet;
import dev.mirrorspark.table.Trajectories;
import dev.mirrorspark.table.Warehouse;
import dev.mirrorspark.vision.PicturesOfTests;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/**
 * Two runs of three iterations, whose responses and problems aim at the reader: iteration {@code i}
 * has as many responses to prompt {@code p0} as there are hostile texts, each in two segments, the
 * first of which the iteration before sampled.
 */
final class SmallWarehouse {
  static final int ITERATIONS = 3;
  static final List<String> RUNS = List.of("first", "second");

  private SmallWarehouse() {}

  static void fill(Warehouse warehouse) {
    List<Row> prompts = new ArrayList<>();
    for (int i = 0; i < HostileTexts.ALL.size(); i++) {
      prompts.add(prompt("p" + i, HostileTexts.ALL.get(i)));
    }
    warehouse.append(Prompts.TABLE, prompts, "prompts", 0);
    List<Row> runs = new ArrayList<>();
    var all = new IterationTables();
    for (String run : RUNS) {
      runs.add(
          RowFactory.create(
              run,
              "h",
              "run: " + run + "\ntrain:\n  tau: " + run.length() + "\n",
              1L,
              "x",
              Map.of(),
              Timestamp.from(Instant.ofEpochSecond(run.length())),
              null));
      for (int iteration = 0; iteration < ITERATIONS; iteration++) {
        all.add(run, iteration);
      }
    }
    warehouse.append(Runs.TABLE, runs, "runs", 0);
    all.write(warehouse, "all", 0);
  }

  /** Adds an iteration as a run that trains does. */
  static void iteration(Warehouse warehouse, String run, int iteration) {
    var rows = new IterationTables();
    rows.add(run, iteration);
    rows.write(warehouse, run, iteration);
  }

  /** Rows of iterations, table by table. */
  private static final class IterationTables {
    private final List<Row> rewards = new ArrayList<>();
    private final List<Row> offered = new ArrayList<>();
    private final List<Row> segments = new ArrayList<>();
    private final List<Row> teacher = new ArrayList<>();
    private final List<Row> read = new ArrayList<>();
    private final List<Row> policies = new ArrayList<>();
    private final List<Row> iterations = new ArrayList<>();

    void add(String run, int iteration) {
      for (int sample = 0; sample < HostileTexts.ALL.size(); sample++) {
        String text = HostileTexts.ALL.get(sample);
        String verdict = sample % 3 == 0 ? "correct" : sample % 3 == 1 ? "wrong" : "error";
        rewards.add(reward(run, iteration, sample, verdict, text));
        offered.add(offer(run, iteration, sample, !verdict.equals("error")));
        segments.add(segment(run, iteration, sample, 0, "Begin. ", "budget"));
        segments.add(segment(run, iteration, sample, 1, text, "stop"));
        teacher.add(
            RowFactory.create(
                run,
                iteration,
                "p0",
                sample,
                IntStream.range(0, 10).mapToObj(i -> -0.1f * i).toList(),
                "teacher"));
        if (run.equals("first") && iteration > 0) {
          read.add(read(run, iteration, iteration, sample));
          read.add(read(run, iteration, iteration - 1, sample));
        }
      }
      policies.add(
          new Policies.Policy(
                  run,
                  iteration,
                  OptionalInt.empty(),
                  "/nowhere/" + run + "/policy",
                  "0".repeat(64),
                  Policies.ProducedBy.INIT,
                  OptionalInt.empty(),
                  List.of(),
                  Optional.empty())
              .toRow());
      iterations.add(metrics(run, iteration).toRow());
    }

    void write(Warehouse warehouse, String app, int version) {
      warehouse.append(Trajectories.TABLE, segments, app + "/rollout", version);
      warehouse.append(TeacherLogprobs.TABLE, teacher, app + "/teacher", version);
      warehouse.append(TokenScores.TABLE, read, app + "/tokens", version);
      warehouse.append(Rewards.TABLE, rewards, app + "/score", version);
      warehouse.append(TrainingSet.TABLE, offered, app + "/gate", version);
      warehouse.append(Policies.TABLE, policies, app + "/policies", version);
      warehouse.append(Iterations.TABLE, iterations, app + "/iterations", version);
    }
  }

  static Iterations.Metrics metrics(String run, int iteration) {
    return new Iterations.Metrics(
        run,
        iteration,
        iteration,
        1,
        HostileTexts.ALL.size(),
        0.25 * iteration,
        3,
        10,
        10,
        Map.of("stop", 30, "budget", 31),
        0.5,
        Map.of("error", 3),
        0.1,
        1,
        0.01,
        0.3,
        1e-6,
        1e-5,
        1000,
        1000,
        0.1,
        5000,
        10,
        Map.of("rollout", 6.0, "update", 4.0),
        Map.of(),
        Instant.ofEpochSecond(1_700_000_000L + iteration),
        Map.of(),
        0,
        Double.NaN,
        0.25,
        Double.NaN,
        Double.NaN);
  }

  /** What every problem shows. */
  static final byte[] PICTURE = PicturesOfTests.png(9, 7, 1);

  private static Row prompt(String id, String text) {
    return RowFactory.create(
        "set", id, "train", text, 1, text, text, "integer", null, "x", null, null, PICTURE, "png",
        9, 7);
  }

  private static Row reward(String run, int iteration, int sample, String verdict, String text) {
    boolean error = verdict.equals("error");
    return new Rewards.Reward(
            run,
            iteration,
            Math.max(0, iteration - 1),
            "p0",
            sample + 100 * iteration,
            verdict,
            "rule",
            text,
            error ? OptionalDouble.empty() : OptionalDouble.of(verdict.equals("correct") ? 1 : 0),
            0,
            0,
            error ? Optional.of("timeout") : Optional.empty(),
            Optional.empty(),
            Optional.empty())
        .toRow();
  }

  private static Row offer(String run, int iteration, int sample, boolean kept) {
    return RowFactory.create(
        run,
        iteration,
        Math.max(0, iteration - 1),
        "p0",
        sample + 100 * iteration,
        kept,
        kept ? null : "error",
        kept ? 0.4 : null,
        10);
  }

  private static Row segment(
      String run, int iteration, int sample, int segment, String text, String stop) {
    int sampled = Math.max(0, iteration - 1 + segment);
    return RowFactory.create(
        run,
        sampled,
        Math.max(0, iteration - 1),
        "p0",
        sample + 100 * iteration,
        segment,
        sampled,
        List.of(1),
        Collections.nCopies(5, 2 + segment),
        IntStream.range(0, 5).mapToObj(i -> -0.5f * i * i).toList(),
        text,
        stop,
        1.0,
        1L,
        5,
        Timestamp.from(Instant.EPOCH),
        0.1);
  }

  /** What the trainer made of a segment: it is a millionth of a nat off, then more. */
  private static Row read(String run, int iteration, int sampled, int sample) {
    return RowFactory.create(
        run,
        sampled,
        iteration - 1,
        "p0",
        sample + 100 * iteration,
        IntStream.range(0, 5).mapToObj(i -> -0.5f * i * i - 1e-6f * i * i).toList(),
        IntStream.range(0, 5).mapToObj(i -> 0.7f * i).toList());
  }
}
