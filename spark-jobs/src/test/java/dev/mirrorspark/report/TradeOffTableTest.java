package dev.mirrorspark.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.report.TradeOffRow.Answer;
import dev.mirrorspark.table.Evals;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class TradeOffTableTest {

  /** A model with so many right and wrong responses of so many tokens. */
  private static TradeOffRow row(String name, long seed, int right, int tokens, int wrong, int of) {
    List<Answer> answers = new ArrayList<>();
    for (int i = 0; i < right; i++) {
      answers.add(new Answer(true, tokens));
    }
    for (int i = 0; i < wrong; i++) {
      answers.add(new Answer(false, of));
    }
    double accuracy = (double) right / (right + wrong);
    double mean = (double) (right * tokens + wrong * of) / (right + wrong);
    var eval =
        new Evals.Result(
            "r",
            1,
            "d",
            "heldout",
            "sampling",
            1,
            OptionalInt.empty(),
            10,
            1,
            accuracy,
            accuracy - 0.05,
            accuracy + 0.05,
            mean,
            1,
            Optional.empty(),
            List.of());
    return new TradeOffRow(name, seed, eval, Optional.empty(), answers);
  }

  @Test
  void cellsByHand() {
    var rows = List.of(row("long", 1, 9, 200, 1, 100), row("short", 1, 6, 40, 4, 50));
    var cells = new TradeOffTable(List.of("long", "short", "later"), rows).cells();
    assertEquals(2, cells.size(), "what is not evaluated has no row");
    var brief = cells.get(1);
    assertEquals("60.0 [55.0, 65.0]", brief.get(2));
    assertEquals("44.0", brief.get(3));
    assertEquals("23.2%", brief.get(4), "44 of 190");
    assertEquals("136.4", brief.get(5), "60 points in 0.44 hundreds");
    assertEquals(List.of("40.0", "50.0", "0.0%"), brief.subList(6, 9));
  }

  @Test
  void severalSeedsHaveAnIntervalOverThem() {
    var rows =
        List.of(
            row("long", 1, 9, 200, 1, 200),
            row("long", 2, 7, 200, 3, 200),
            row("long", 3, 8, 200, 2, 200));
    var cells = new TradeOffTable(List.of("long"), rows).cells();
    assertEquals("80.0 ± 24.8", cells.get(0).get(2), "t(2) = 4.303 · 10 / √3");
  }

  @Test
  void shortcutsAreNamed() {
    var longRow = row("long", 1, 9, 200, 1, 200);
    for (var row : List.of(row("m", 1, 9, 40, 1, 90), row("m", 1, 5, 40, 5, 90))) {
      var quiet = watches(longRow, row);
      assertEquals(2, quiet.size());
      assertTrue(quiet.get(0).startsWith("Length hacking: none."), quiet.get(0));
      assertTrue(quiet.get(1).startsWith("Collapse: none."), quiet.get(1));
    }
    var hacked = watches(longRow, row("m", 1, 5, 80, 5, 30));
    assertEquals(2, hacked.size());
    assertTrue(hacked.get(0).startsWith("m: length hacking?"), hacked.get(0));
    assertTrue(hacked.get(1).startsWith("Collapse: none."), hacked.get(1));
    var collapsed = watches(longRow, row("m", 1, 9, 12, 1, 40));
    assertEquals(2, collapsed.size());
    assertTrue(collapsed.get(0).startsWith("Length hacking: none."), collapsed.get(0));
    assertTrue(collapsed.get(1).startsWith("m: collapse? 90.0%"), collapsed.get(1));
  }

  private static List<String> watches(TradeOffRow... rows) {
    return new TradeOffTable(List.of("long", "m"), List.of(rows)).watches();
  }
}
