package dev.mirrorspark.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.report.Trial.Point;
import dev.mirrorspark.table.Evals;
import dev.mirrorspark.table.Iterations;
import dev.mirrorspark.table.Policies.Policy;
import dev.mirrorspark.table.Policies.ProducedBy;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The numbers of an experiment, worked by hand. */
class ArmTableTest {
  /** t(2) at 97.5% is 4.302653, t(1) is 12.706205. */
  @Test
  void theIntervalIsStudents() {
    var three = MeanInterval.of(60, 70, 80); // s = 10
    assertEquals(70, three.mean());
    assertEquals(4.302653 * 10 / Math.sqrt(3), three.halfWidth(), 1e-5);
    assertEquals("70.0 ± 24.8", three.text(1));
    var two = MeanInterval.of(1, 3); // s = √2, s / √2 = 1
    assertEquals(12.706205, two.halfWidth(), 1e-5);
    assertEquals("+2.0 ± 12.7", two.signed(1));
    assertEquals("5.0", MeanInterval.of(5).text(1));
    assertEquals("–", MeanInterval.of().text(1));
    assertEquals(0, MeanInterval.of(4, 4, 4).halfWidth());
  }

  /** Between points a curve is straight; the band ends where the shorter curve ends. */
  @Test
  void theBandIsTakenOnACommonGrid() {
    var band =
        SeedBand.of(
            List.of(
                List.of(new Point(0, 10), new Point(100, 30), new Point(200, 50)),
                List.of(new Point(0, 20), new Point(50, 40), new Point(150, 20)),
                List.of()));
    assertEquals(2, band.seeds());
    assertEquals(List.of(0.0, 50.0, 100.0, 150.0), band.x());
    assertEquals(List.of(15.0, 30.0, 30.0, 30.0), band.mean());
    assertEquals(List.of(10.0, 20.0, 30.0, 20.0), band.low());
    assertEquals(List.of(20.0, 40.0, 30.0, 40.0), band.high());
  }

  @Test
  void aCurveStandsOverWhatItsPolicyHadCost() {
    var trial = trial("a", 1, 2, 0.5, 0.6, 0.8);
    assertEquals(List.of(new Point(0, 40), new Point(1, 50)), trial.curve("iteration", "accuracy"));
    assertEquals(
        List.of(new Point(0, 60), new Point(10, 60)), trial.curve("seconds", "mean_tokens"));
    assertEquals(
        List.of(new Point(0, 50), new Point(2000, 80)),
        trial.curve("rollout_tokens", "eval sampling"));
    assertEquals(
        List.of(new Point(2, 60)), trial.curve("iteration", "eval greedy"), "none at the start");
  }

  /** Seeds 1 and 2: greedy 70 and 60 against 60 and 40; seed 3 of b is not complete. */
  @Test
  void armsAreComparedSeedBySeed() {
    var table =
        new ArmTable(
            List.of("a", "b"),
            List.of(
                trial("a", 1, 2, 0.4, 0.6, 0.5),
                trial("a", 2, 2, 0.4, 0.4, 0.3),
                trial("a", 3, 2, 0.4, 0.9, 0.9),
                trial("b", 3, 3, 0.4, 0.1, 0.1),
                trial("b", 2, 2, 0.4, 0.6, 0.6),
                trial("b", 1, 2, 0.4, 0.7, 0.6)));
    var greedy = table.difference("b", Evals.GREEDY); // 10 and 20
    assertEquals(2, greedy.n());
    assertEquals(15, greedy.mean(), 1e-9);
    assertEquals(12.706205 * 5, greedy.halfWidth(), 1e-4);
    assertEquals(20, table.difference("b", Evals.SAMPLING).mean(), 1e-9); // 10 and 30
    var rows = table.rows();
    assertEquals(
        List.of("b", "2", "40.0 ± 0.0", "65.0 ± 63.5", "60.0 ± 0.0"), rows.get(1).subList(0, 5));
    assertEquals(
        List.of("75.0 ± 0.0", "2,000", "20.0 s", "+15.0 ± 63.5", "+20.0 ± 127.1"),
        rows.get(1).subList(5, 10));
    assertEquals("3", rows.get(0).get(1));
    assertEquals(List.of("–", "–"), rows.get(0).subList(8, 10));
  }

  @Test
  void anUnfinishedRunIsNotComplete() {
    assertTrue(trial("a", 1, 2, 0.4, 0.6, 0.5).complete());
    assertFalse(trial("a", 1, 3, 0.4, 0.6, 0.5).complete());
  }

  @Test
  void theMarkdownIsAligned() {
    assertEquals(
        List.of("| a    | b |", "|------|---|", "| 1    | – |", "| x\\|y | 2 |"),
        MarkdownTable.lines(List.of("a", "b"), List.of(List.of("1", "–"), List.of("x|y", "2"))));
  }

  @Test
  void thePictureHasALineAndABandAnArm(@TempDir Path folder) throws Exception {
    Map<String, SeedBand> arms = new LinkedHashMap<>();
    var rising = List.of(new Point(0, 10), new Point(1, 30), new Point(2, 50));
    arms.put("two", SeedBand.of(List.of(rising, List.of(new Point(0, 0), new Point(2, 90)))));
    arms.put("one", SeedBand.of(List.of(rising)));
    arms.put("none", SeedBand.of(List.of()));
    Path file = folder.resolve("deep/q.png");
    var chart = new QuestionChart("a title", "iteration", "accuracy", arms);
    assertTrue(chart.hasPoints());
    chart.writePng(file);
    var image = ImageIO.read(file.toFile());
    assertEquals(900, image.getWidth());
    int alpha = 45; // of the band, over the white of the plot
    Color line = new Color(0x0072B2);
    Color band =
        new Color(
            255 - (255 - line.getRed()) * alpha / 255,
            255 - (255 - line.getGreen()) * alpha / 255,
            255 - (255 - line.getBlue()) * alpha / 255);
    assertTrue(pixels(image, line) > 500, "the line of the first arm");
    assertTrue(pixels(image, new Color(0xD55E00)) > 500, "the line of the second arm");
    assertTrue(pixels(image, band) > 5000, "the band of the first arm");
    assertFalse(new QuestionChart("t", "iteration", "accuracy", Map.of()).hasPoints());
  }

  /** Figure 6 of the paper: three points on a line, twice as steep in the second seed. */
  @Test
  void theSlopeOfAccuracyOverLengthIsThatOfTheLine(@TempDir Path folder) {
    var one = List.of(new Point(10, 20), new Point(20, 30), new Point(40, 50));
    var two = List.of(new Point(10, 20), new Point(20, 40), new Point(40, 80));
    Map<String, List<List<Point>>> arms = new LinkedHashMap<>();
    arms.put("both", List.of(one, two));
    arms.put("flat", List.of(List.of(new Point(10, 5), new Point(10, 7))));
    var chart = new LengthChart("a title", "accuracy", arms);
    // 10 and 20 points for 10 tokens; t(0.975, 1) = 12.706, half the width 12.706 * 7.071 / 1.4142
    assertEquals(List.of("both", "2", "+15.0 ± 63.5"), chart.rows().get(0).subList(0, 3));
    assertEquals("0", chart.rows().get(1).get(1));
    chart.writePng(folder.resolve("q.png"));
    assertTrue(Files.exists(folder.resolve("q.png")));
    var trial = trial("a", 1, 2, 0.4, 0.6, 0.5);
    assertEquals(Optional.of(60.0), trial.end("eval greedy"));
    assertEquals(2, trial.lengths("accuracy").size());
  }

  private static int pixels(BufferedImage image, Color colour) {
    int count = 0;
    for (int x = 0; x < image.getWidth(); x++) {
      for (int y = 0; y < image.getHeight(); y++) {
        Color found = new Color(image.getRGB(x, y));
        int off =
            Math.abs(found.getRed() - colour.getRed())
                + Math.abs(found.getGreen() - colour.getGreen())
                + Math.abs(found.getBlue() - colour.getBlue());
        count += off <= 6 ? 1 : 0;
      }
    }
    return count;
  }

  /** Two iterations of 1,000 tokens and 10 seconds, with accuracy 40% and 50%. */
  private static Trial trial(
      String arm, long seed, int planned, double before, double greedy, double sampling) {
    List<Iterations.Metrics> iterations = new ArrayList<>();
    List<Policy> policies = new ArrayList<>();
    policies.add(policy(0, OptionalInt.empty()));
    for (int i = 0; i < 2; i++) {
      iterations.add(ReportRows.iteration(i, 0.4 + 0.1 * i, 60, 10, Map.of(), Map.of()));
      policies.add(policy(i + 1, OptionalInt.of(i)));
    }
    return new Trial(
        arm,
        seed,
        planned,
        iterations,
        policies,
        List.of(
            eval(0, Evals.SAMPLING, before),
            eval(2, Evals.GREEDY, greedy),
            eval(2, Evals.SAMPLING, sampling)));
  }

  private static Policy policy(int version, OptionalInt iteration) {
    return new Policy(
        "run",
        version,
        version == 0 ? OptionalInt.empty() : OptionalInt.of(version - 1),
        "folder",
        "0".repeat(64),
        version == 0 ? ProducedBy.INIT : ProducedBy.RL,
        iteration,
        List.of(),
        Optional.empty());
  }

  private static Evals.Result eval(int version, String mode, double passAt1) {
    return new Evals.Result(
        "run",
        version,
        "d",
        "heldout",
        mode,
        mode.equals(Evals.GREEDY) ? 0 : 1,
        OptionalInt.empty(),
        100,
        1,
        passAt1,
        0,
        1,
        75,
        1,
        Optional.empty(),
        List.of());
  }
}
