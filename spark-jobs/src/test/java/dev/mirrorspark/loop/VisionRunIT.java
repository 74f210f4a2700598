package dev.mirrorspark.loop;

import static org.apache.spark.sql.functions.col;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.decode.LocalSpark;
import dev.mirrorspark.eval.TwinAgreement;
import dev.mirrorspark.prompts.ImportReport;
import dev.mirrorspark.prompts.ImportReport.RejectedRow;
import dev.mirrorspark.prompts.PromptImport;
import dev.mirrorspark.prompts.PromptSets;
import dev.mirrorspark.prompts.TwinProblems;
import dev.mirrorspark.report.Progress;
import dev.mirrorspark.table.Cells;
import dev.mirrorspark.table.Iterations;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.Trajectories;
import dev.mirrorspark.table.Warehouse;
import dev.mirrorspark.vision.PicturesOfTests;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Text and pictures in one run: import, warm-up, partial rollouts, updates. */
class VisionRunIT {
  private static final int ITERATIONS = 2;

  @TempDir private static Path folder;
  private static SparkSession spark;
  private static Session session;
  private static List<ImportReport> reports;

  @BeforeAll
  static void train() throws Exception {
    spark = LocalSpark.open();
    String png = Base64.getEncoder().encodeToString(PicturesOfTests.png(40, 24, 1));
    byte[] whole = PicturesOfTests.file(PicturesOfTests.noise(70, 30, 2), "jpg");
    Files.createDirectories(folder.resolve("pictures"));
    Files.write(folder.resolve("pictures/a.jpg"), whole);
    Files.write(folder.resolve("pictures/half.jpg"), Arrays.copyOf(whole, whole.length / 2));
    List<String> lines = new ArrayList<>();
    lines.add(row("one?>", "1", png));
    lines.add(row("one?>", "1", "{\"path\": \"pictures/a.jpg\", \"bytes\": null}"));
    lines.add(row("two?>", "2", "[{\"bytes\": \"" + png + "\"}]"));
    lines.add(row("two?>", "2", "pictures/half.jpg"));
    lines.add(row("two?>", "2", "../secret.png"));
    lines.add(row("two?>", "2", Base64.getEncoder().encodeToString("GIF89a".getBytes("UTF-8"))));
    lines.add(row("one?>", "1", png)); // the first again
    lines.add(row("two?>", "2", "[\"" + png + "\", \"" + png + "\"]"));
    Files.write(folder.resolve("own.jsonl"), lines);
    session = session("run=vision");
    reports =
        PromptImport.importAll(spark, session.warehouse(), session.config(), Set.of("integer"));
    PromptSets.generate(session.warehouse(), session.config());
    SftRun.run(session);
    TrainingRun.run(session);
  }

  private static String row(String prompt, String answer, String image) {
    String cell = image.startsWith("{") || image.startsWith("[") ? image : "\"" + image + "\"";
    return "{\"prompt\": \"%s\", \"answer\": \"%s\", \"shown\": %s}"
        .formatted(prompt, answer, cell);
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private static Session session(String... sets) {
    String yaml =
        """
        run: vision
        warehouse: %1$s/warehouse
        init:
          {hidden: 64, layers: 1, heads: 4, kv_heads: 2, intermediate: 64, max_positions: 128,
           vision: {depth: 1, width: 16, heads: 2}}
        prompts:
          dataset: mixed
          generators:
            - {name: attribute, max_level: 1}
            - {name: sum-text, min_level: 2, max_level: 2}
            - {name: sum-picture, min_level: 2, max_level: 2}
          train: 36
          heldout: 6
          twins: 3
          warmup: 48
          imports:
            - {file: %1$s/own.jsonl, answer_type: integer, fields: {image: shown}}
        sft: {examples_per_step: 8, learning_rate: 0.01, warmup_steps: 1}
        rollout: {slots: 16, max_tokens: 24, budget: 16}
        train: {iterations: %2$d, prompts_per_iteration: 8, samples: 4, minibatches: 2}
        update: {micro_batch_tokens: 512}
        """
            .formatted(folder, ITERATIONS);
    var config = RunFile.parse(yaml, List.of(sets));
    return new Session(spark, Warehouse.open(spark, config.warehouse()), config, Progress.silent());
  }

  @Test
  void goodRowsAreTakenAndTheOthersNamed() {
    assertEquals(1, reports.size());
    List<RejectedRow> refused = reports.get(0).rejected();
    assertEquals(List.of(4L, 5L, 6L, 7L, 8L), refused.stream().map(RejectedRow::line).toList());
    String[] why = {
      "the picture: the file ends before the picture does",
      "the picture is neither base64 nor the path",
      "no picture R0lGODlh",
      "the same problem as",
      "2 pictures; a problem has one"
    };
    for (int i = 0; i < why.length; i++) {
      assertTrue(refused.get(i).reason().contains(why[i]), refused.get(i).reason());
    }
    List<Row> own =
        session
            .warehouse()
            .read(Prompts.TABLE)
            .where(col(Prompts.SOURCE).contains("own.jsonl"))
            .orderBy(Prompts.SOURCE)
            .collectAsList();
    assertEquals(3, own.size());
    assertEquals(3, own.stream().map(row -> row.getAs(Prompts.PROMPT_ID)).distinct().count());
    assertEquals("jpeg", own.get(1).getAs(Prompts.IMAGE_TYPE));
    assertEquals(70, own.get(1).<Integer>getAs(Prompts.IMAGE_WIDTH));
  }

  /** The trainer's log-probs are those of sampling, over pictures, text and continued responses. */
  @Test
  void samplingAndTrainingSeeTheSame() {
    List<Row> iterations =
        session.warehouse().read(Iterations.TABLE).orderBy(Iterations.ITERATION).collectAsList();
    assertEquals(ITERATIONS, iterations.size());
    List<Row> segments = session.warehouse().read(Trajectories.TABLE).collectAsList();
    var shown = Prompts.pictures(session.warehouse(), "mixed", ids(segments)).keySet();
    int pictures = 0;
    int texts = 0;
    int continued = 0;
    for (Row segment : segments) {
      String id = segment.getAs(Trajectories.PROMPT_ID);
      long tokens =
          Cells.<Integer>list(segment, Trajectories.PROMPT_TOKEN_IDS).stream()
              .filter(token -> token == 5)
              .count();
      assertEquals(shown.contains(id), tokens > 0, id);
      pictures += tokens > 0 ? 1 : 0;
      texts += tokens > 0 ? 0 : 1;
      continued += tokens > 0 && segment.<Integer>getAs(Trajectories.SEGMENT) > 0 ? 1 : 0;
    }
    assertTrue(
        pictures > 10 && texts > 10 && continued > 3, pictures + " " + texts + " " + continued);
  }

  /** Untrained sums are mostly wrong: what counts is that each picture finds its text. */
  @Test
  void twinsAreFoundInTheTablesAndHeldAgainstEachOther() {
    var twins = TwinProblems.of(session.warehouse(), "mixed", Prompts.HELDOUT);
    assertEquals(3, twins.size());
    assertEquals(Map.of(), TwinProblems.of(session.warehouse(), "mixed", Prompts.TRAIN));
    EvaluationRun.run(session, OptionalInt.empty());
    var found = TwinAgreement.of(session.warehouse(), "vision", "mixed", Prompts.HELDOUT, twins);
    assertEquals(
        List.of("greedy 3", "sampling 3"),
        found.stream().map(one -> one.evaluation().mode() + " " + one.pairs()).toList());
  }

  private static List<String> ids(List<Row> segments) {
    return segments.stream()
        .map(row -> row.<String>getAs(Trajectories.PROMPT_ID))
        .distinct()
        .toList();
  }

  @Test
  void aPolicyOfTextAloneIsNotGivenPictures() {
    var blind = session("run=blind", "init.vision.depth=0");
    var refused = assertThrows(Exception.class, () -> SftRun.run(blind));
    Optional<Throwable> mend = Optional.of(refused);
    while (mend.isPresent() && !(mend.get() instanceof UserError)) {
      mend = Optional.ofNullable(mend.get().getCause());
    }
    assertTrue(String.valueOf(mend.orElse(refused)).contains("has a picture"), refused.toString());
  }
}
