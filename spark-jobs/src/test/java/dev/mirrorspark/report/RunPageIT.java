package dev.mirrorspark.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.decode.LocalSpark;
import dev.mirrorspark.rapids.GpuParts;
import dev.mirrorspark.rapids.StagePlans;
import dev.mirrorspark.report.RunFigures.Length;
import dev.mirrorspark.report.RunFigures.Level;
import dev.mirrorspark.report.RunFigures.Spread;
import dev.mirrorspark.report.SampleResponses.Shown;
import dev.mirrorspark.table.Iterations;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.Rewards;
import dev.mirrorspark.table.Runs;
import dev.mirrorspark.table.TrainingSet;
import dev.mirrorspark.table.Trajectories;
import dev.mirrorspark.table.Warehouse;
import dev.mirrorspark.vision.PicturesOfTests;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;
import javax.xml.parsers.DocumentBuilderFactory;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Element;

/** The page of a run over tables made by hand, whose responses try to break it. */
class RunPageIT {
  private static final List<String> HOSTILE = HostileTexts.ALL;
  private static final byte[] SMALL = PicturesOfTests.png(7, 5, 1);
  private static final byte[] LARGE = new byte[SampleResponses.Shown.MOST_BYTES + 1];

  @TempDir private static Path folder;
  private static StagePlans plans;
  private static SparkSession spark;
  private static Warehouse warehouse;

  @BeforeAll
  static void open() {
    plans = GpuParts.beside(LocalSpark.open());
    spark = plans.session();
    warehouse = Warehouse.open(spark, folder.toString());
    List<Row> prompts = new ArrayList<>();
    for (String set : List.of("set", "other")) {
      for (int level = 1; level <= 2; level++) {
        prompts.add(
            RowFactory.create(
                set,
                "p" + level,
                "train",
                "sum",
                level,
                "1+" + level,
                "3",
                "integer",
                null,
                "x",
                null,
                null,
                set.equals("set") ? null : level == 2 ? SMALL : LARGE,
                set.equals("set") ? null : "png",
                set.equals("set") ? null : 7,
                set.equals("set") ? null : 5));
      }
    }
    warehouse.append(Prompts.TABLE, prompts, "prompts", 0);
    List<Row> rewards = new ArrayList<>();
    List<Row> offered = new ArrayList<>();
    List<Row> segments = new ArrayList<>();
    List<Row> iterations = new ArrayList<>();
    for (int iteration = 0; iteration < 2; iteration++) {
      for (int sample = 0; sample < 4; sample++) {
        String prompt = "p" + (1 + sample % 2);
        boolean right = sample < 1 + 2 * iteration;
        int tokens = 10 * (sample + 1);
        String verdict = iteration == 0 && sample == 3 ? "error" : right ? "correct" : "wrong";
        add(rewards, offered, iteration, prompt, sample, verdict, tokens);
        segments.add(segment(iteration, prompt, sample, 1, "second", tokens - 3));
        segments.add(segment(iteration, prompt, sample, 0, "first ", 3));
      }
      iterations.add(ReportRows.iteration(iteration, 0.5, 25, 10, Map.of(), Map.of()).toRow());
    }
    warehouse.append(Rewards.TABLE, rewards, "score", 0);
    warehouse.append(TrainingSet.TABLE, offered, "gate", 0);
    warehouse.append(Trajectories.TABLE, segments, "rollout", 0);
    warehouse.append(Iterations.TABLE, iterations, "iterations", 0);
  }

  @AfterAll
  static void close() {
    GpuParts.checkAndStop(plans);
  }

  @Test
  void figuresAreThoseOfTheRows() {
    var run = RunFigures.of(warehouse, "run");
    assertEquals(2, run.iterations().size());
    assertEquals(
        List.of(new Spread(0, 1.0 / 3, 10, 40), new Spread(1, 3.0 / 4, 10, 40)), run.spread());
    assertEquals(
        List.of(
            new Level(0, 1, 2, 1),
            new Level(0, 2, 1, 0),
            new Level(1, 1, 2, 2),
            new Level(1, 2, 2, 1)),
        run.levels());
    assertEquals(
        List.of(
            new Length(10, 2, 2), new Length(20, 2, 1), new Length(30, 2, 1), new Length(40, 1, 0)),
        run.lengths());
    var shown = SampleResponses.of(warehouse, "run", 0, 1);
    assertEquals(
        List.of("correct", "wrong", "error"),
        shown.stream().map(SampleResponses.SampleResponse::verdict).toList());
    for (var sample : shown) {
      assertEquals("first second", sample.text());
      assertEquals("1+" + sample.promptId().substring(1), sample.problem());
      assertEquals(10L * (sample.sample() + 1), sample.tokens());
    }
    assertEquals(Optional.of(1.0), shown.get(0).reward());
    assertEquals(Optional.empty(), shown.get(2).reward());
  }

  @Test
  void aProblemsPictureStandsBesideItsResponsesUnlessItIsLarge() {
    var samples = SampleResponses.of(warehouse, "run", 0, 9);
    var page = page(List.of(samples));
    String file = Base64.getEncoder().encodeToString(SMALL);
    assertTrue(
        page.contains(
            "<img class=\"problem\" alt=\"picture of 7 × 5 pixels\" width=\"315\" src=\"data:image/png;base64,"
                + file
                + "\"/>"),
        page);
    assertEquals(2, page.split("class=\"problem\"", -1).length - 1);
    assertEquals(2, page.split("7 × 5 pixels, 524,289 bytes: left out", -1).length - 1);
    assertFalse(page.contains(Base64.getEncoder().encodeToString(LARGE)));
    var small =
        samples.stream()
            .filter(sample -> sample.picture().map(Shown::base64).equals(Optional.of(file)))
            .findFirst()
            .orElseThrow();
    var many = Collections.nCopies(2 * RunPage.PICTURES / file.length(), small);
    int shown = page(List.of(many)).split("class=\"problem\"", -1).length - 1;
    assertEquals(RunPage.PICTURES / file.length(), shown);
  }

  private static String page(List<List<SampleResponses.SampleResponse>> samples) {
    return new RunPage(
            List.of(RunFigures.of(warehouse, "run")),
            10,
            List.of(new Summary(List.of(), List.of())),
            samples,
            Instant.EPOCH)
        .html();
  }

  @Test
  void groupsAndRunsAreListed() {
    var groups = GroupRows.of(warehouse, "run", 0, 9);
    assertEquals(
        List.of(
            List.of("p1", "2", "1", "0.500", "20.0", "2"),
            List.of("p2", "2", "0", "0.000", "30.0", "1")),
        groups.rows());
    var first = GroupRows.of(warehouse, "run", 0, 1);
    assertEquals(groups.rows().subList(0, 1), first.rows());
    assertEquals(2, first.all());
    assertEquals(
        List.of(0, 2),
        SampleResponses.ofPrompt(warehouse, "run", 0, "p1").stream()
            .map(SampleResponses.SampleResponse::sample)
            .toList());
    warehouse.append(
        Runs.TABLE,
        List.of(
            RowFactory.create(
                "run", "h", "c", 1L, "x", Map.of(), Timestamp.from(Instant.ofEpochSecond(9)), null),
            RowFactory.create(
                "begun",
                "h",
                "c",
                1L,
                "x",
                Map.of(),
                Timestamp.from(Instant.ofEpochSecond(5)),
                null)),
        "runs",
        0);
    assertEquals(
        List.of(
            List.of("begun", "1970-01-01T00:00:05Z", "0", "–", "–", ""),
            List.of("run", "1970-01-01T00:00:09Z", "2", "50.0%", "25.0", "▅▅")),
        RunList.of(warehouse).rows());
  }

  @Test
  void whatModelsWriteStaysText() throws Exception {
    List<SampleResponses.SampleResponse> samples = new ArrayList<>();
    for (String text : HOSTILE) {
      samples.add(
          new SampleResponses.SampleResponse(
              0,
              text,
              0,
              text,
              text,
              text,
              1,
              "wrong",
              text,
              Optional.of(0.0),
              text.length() > RunPage.SHOWN
                  ? Optional.empty()
                  : Optional.of(new SampleResponses.Shown(text, 7, 5, 3, text + "="))));
    }
    var run = RunFigures.of(warehouse, "run");
    var page =
        new RunPage(
            List.of(run),
            10,
            List.of(new Summary(List.of(), List.of())),
            List.of(samples),
            Instant.EPOCH);
    var bytes = page.html().getBytes(StandardCharsets.UTF_8);
    var document =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new ByteArrayInputStream(bytes));
    var elements = document.getElementsByTagName("*");
    Set<String> names = new TreeSet<>();
    Set<String> attributes = new TreeSet<>();
    for (int i = 0; i < elements.getLength(); i++) {
      names.add(elements.item(i).getNodeName());
      var found = elements.item(i).getAttributes();
      for (int a = 0; a < found.getLength(); a++) {
        attributes.add(found.item(a).getNodeName());
      }
    }
    assertEquals(
        "[body, details, div, figure, h1, h2, h3, head, html, img, meta, p, pre, style, summary,"
            + " table, td, th, title, tr]",
        names.toString());
    assertEquals(
        "[alt, charset, class, content, http-equiv, lang, name, src, tabindex, width]",
        attributes.toString());
    var texts = document.getElementsByTagName("pre");
    assertEquals(2 * HOSTILE.size(), texts.getLength());
    for (int i = 0; i < HOSTILE.size(); i++) {
      String plain = PlainText.of(HOSTILE.get(i)).replaceAll("[\ufffe\uffff]", "");
      String shown = texts.item(2 * i).getTextContent();
      assertTrue(
          plain.length() > RunPage.SHOWN
              ? shown.endsWith("(20,005 characters in all)")
              : shown.equals(plain),
          HOSTILE.get(i));
    }
    var images = document.getElementsByTagName("img");
    int charts = 0;
    for (int i = 0; i < images.getLength(); i++) {
      var image = (Element) images.item(i);
      String source = image.getAttribute("src");
      boolean problem = image.getAttribute("class").equals("problem");
      charts += problem ? 0 : 1;
      assertTrue(source.startsWith(problem ? "data:image/" : "data:image/svg+xml;base64,"), source);
    }
    assertEquals(page.pictures().size(), charts);
    assertEquals(
        HOSTILE.stream().filter(text -> text.length() <= RunPage.SHOWN).count(),
        images.getLength() - charts);
  }

  private static void add(
      List<Row> rewards,
      List<Row> offered,
      int iteration,
      String prompt,
      int sample,
      String verdict,
      int tokens) {
    boolean error = verdict.equals("error");
    double reward = verdict.equals("correct") ? 1 : 0;
    rewards.add(
        new Rewards.Reward(
                "run",
                iteration,
                iteration,
                prompt,
                sample,
                verdict,
                "rule",
                "seen",
                error ? OptionalDouble.empty() : OptionalDouble.of(reward),
                0,
                0,
                error ? Optional.of("timeout") : Optional.empty(),
                Optional.empty(),
                Optional.empty())
            .toRow());
    offered.add(
        RowFactory.create(
            "run",
            iteration,
            iteration,
            prompt,
            sample,
            !error,
            error ? "error" : null,
            error ? null : 0.0,
            tokens));
  }

  private static Row segment(
      int iteration, String prompt, int sample, int segment, String text, int tokens) {
    return RowFactory.create(
        "run",
        iteration,
        iteration,
        prompt,
        sample,
        segment,
        iteration,
        List.of(1),
        Collections.nCopies(tokens, 2),
        Collections.nCopies(tokens, -0.5f),
        text,
        segment == 0 ? "budget" : "stop",
        1.0,
        1L,
        tokens,
        Timestamp.from(Instant.EPOCH),
        0.1);
  }
}
