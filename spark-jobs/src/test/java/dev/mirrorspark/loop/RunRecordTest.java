package dev.mirrorspark.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.RunFile;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RunRecordTest {
  private static final RunConfig CONFIG = RunFile.parse("", List.of("run=r", "train.tau=0.3"));
  private static final String RECORDED = RunFile.toYaml(RunRecord.fixed(CONFIG));

  @Test
  void sameSettingsDoNotDiffer() {
    assertEquals(Optional.empty(), RunRecord.difference(CONFIG, RECORDED));
  }

  @Test
  void keysThatTheRunWasStartedWithoutCountAsTheirDefaults() {
    String older =
        RECORDED
            .replaceAll("(?m)^  (waves|math_seconds): .*\\R", "")
            .replaceAll("examples:\\R( .*\\R)+", "");
    assertFalse(
        older.contains(" waves:")
            || older.contains("math_seconds")
            || older.contains("\nexamples:"),
        older);
    assertEquals(Optional.empty(), RunRecord.difference(CONFIG, older));

    var other = RunFile.parse("", List.of("run=r", "train.tau=0.3", "sampling.waves=2"));
    String difference = RunRecord.difference(other, older).orElseThrow();
    assertTrue(difference.contains("`waves: 1`, now `waves: 2` (sampling.waves)"), difference);
  }

  @Test
  void keysThatAreGoneDiffer() {
    String newer = RECORDED.replace("train:\n", "train:\n  momentum: 0.9\n");
    String difference = RunRecord.difference(CONFIG, newer).orElseThrow();
    assertTrue(difference.contains("`momentum: 0.9`"), difference);
  }
}
