package dev.mirrorspark.rewardmodel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AgreementTest {
  private static Agreement of(double[] scores, boolean[] correct, int bins) {
    List<ModelScore> list = new ArrayList<>();
    Map<ResponseKey, Boolean> verdicts = new HashMap<>();
    for (int i = 0; i < scores.length; i++) {
      var key = new ResponseKey("r", 0, "p", i);
      list.add(new ModelScore(key, scores[i], ""));
      verdicts.put(key, correct[i]);
    }
    return Agreement.of(list, verdicts, bins, 2.0);
  }

  @Test
  void figuresByHand() {
    var figures =
        of(
            new double[] {0.9, 0.8, 0.6, 0.5, 0.2, 0.1, Double.NaN},
            new boolean[] {true, true, false, true, true, false, true},
            2);
    assertEquals(6, figures.responses());
    assertEquals(1, figures.errors());
    assertEquals(
        List.of(3, 1, 1, 1),
        List.of(
            figures.truePositives(),
            figures.falsePositives(),
            figures.trueNegatives(),
            figures.falseNegatives()));
    assertEquals(4 / 6.0, figures.accuracy(), 1e-12);
    assertEquals((0.01 + 0.04 + 0.36 + 0.25 + 0.64 + 0.01) / 6, figures.brier(), 1e-12);
    // Of the 8 pairs of a correct and a wrong one, 0.5 and 0.2 lie below 0.6.
    assertEquals(6 / 8.0, figures.auc(), 1e-12);
    // Bins: {0.2, 0.1} of which half are correct, and {0.9, 0.8, 0.6, 0.5} of which 3 of 4 are.
    assertEquals((2 * (0.5 - 0.15) + 4 * (0.75 - 0.7)) / 6, figures.calibrationError(), 1e-12);
    assertEquals(2000.0 / 7, figures.secondsPerThousand(), 1e-9);
    assertEquals(
        new Agreement.Bin(0, 0.5, 2, 0.15, 0.5).responses(), figures.bins().get(0).responses());
  }

  @Test
  void equalScoresRankTheSame() {
    assertEquals(
        0.5,
        of(new double[] {0.3, 0.3, 0.3, 0.3}, new boolean[] {true, false, true, false}, 10).auc());
    assertEquals(1, of(new double[] {1, 0}, new boolean[] {true, false}, 10).auc());
    assertEquals(0, of(new double[] {0, 1}, new boolean[] {true, false}, 10).auc());
    assertTrue(Double.isNaN(of(new double[] {0, 1}, new boolean[] {true, true}, 10).auc()));
    assertTrue(Double.isNaN(of(new double[] {}, new boolean[] {}, 10).accuracy()));
  }
}
