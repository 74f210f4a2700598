package dev.mirrorspark.prompts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.prompts.Curriculum.Admission;
import dev.mirrorspark.prompts.Curriculum.End;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CurriculumTest {

  /** Four iterations of curriculum: fifths of the problems, then all. */
  @ParameterizedTest
  @CsvSource({"0, 0.2, 8", "1, 0.4, 16", "2, 0.6, 24", "3, 0.8, 32", "4, 1.0, 40", "9, 1.0, 40"})
  void linearGrowsFromTheEasiestToAll(int iteration, double share, int problems) {
    var admission = Curriculum.admission(sampling("curriculum", "linear", 4, 0.25), iteration);
    assertEquals(new Admission(End.EASIEST, share), admission);
    assertEquals(problems, admission.problems(40, 5));
    assertEquals(iteration >= 4, admission.all());
  }

  @ParameterizedTest
  @CsvSource({
    "0, EASIEST, 1.0, 40",
    "3, EASIEST, 1.0, 40",
    "4, HARDEST, 0.25, 10",
    "9, HARDEST, 0.25, 10"
  })
  void switchGoesFromAllToTheHardest(int iteration, End end, double share, int problems) {
    var admission = Curriculum.admission(sampling("mixed", "switch", 4, 0.25), iteration);
    assertEquals(new Admission(end, share), admission);
    assertEquals(problems, admission.problems(40, 5));
  }

  @Test
  void aShareThatIsTooSmallIsWidenedToWhatAnIterationNeeds() {
    assertEquals(5, new Admission(End.HARDEST, 0.05).problems(40, 5));
    assertEquals(7, new Admission(End.HARDEST, 0.07).problems(100, 5));
  }

  @Test
  void withoutACurriculumEverythingIsAdmitted() {
    assertTrue(Curriculum.admission(sampling("uniform", "linear", 4, 0.25), 0).all());
    assertTrue(Curriculum.admission(sampling("prioritized", "switch", 4, 0.25), 9).all());
  }

  private static RunConfig.Sampling sampling(
      String strategy, String schedule, int iterations, double hardShare) {
    return new RunConfig.Sampling(strategy, "level", schedule, iterations, hardShare, 0.5, 0.0, 1);
  }
}
