package dev.mirrorspark.report;

import static dev.mirrorspark.report.ReportRows.iteration;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LearningCurveTest {
  private final LearningCurve curve =
      new LearningCurve(
          List.of(
              new LearningCurve.Run(
                  "seed-1",
                  List.of(
                      iteration(1, 0.5, 61.25, 10, Map.of(), Map.of()),
                      iteration(0, 0.4, 60, 10, Map.of(), Map.of()))),
              new LearningCurve.Run(
                  "seed-2", List.of(iteration(0, Double.NaN, 70, 10, Map.of(), Map.of())))));

  @Test
  void runsStandSideBySide() {
    assertEquals(
        List.of(
            "iteration",
            "seed-1 accuracy",
            "seed-1 tokens",
            "seed-1 entropy",
            "seed-2 accuracy",
            "seed-2 tokens",
            "seed-2 entropy"),
        curve.header());
    assertEquals(
        List.of(
            List.of("0", "40.0%", "60.0", "0.250", "–", "70.0", "0.250"),
            List.of("1", "50.0%", "61.3", "0.250", "–", "–", "–")),
        curve.rows());
  }

  @Test
  void thePictureIsWritten(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("deep/curve.png");
    curve.writePng(file);
    var image = ImageIO.read(file.toFile());
    assertEquals(900, image.getWidth());
    assertEquals(3 * 420, image.getHeight());
  }

  @Test
  void aPictureThatCannotBeWrittenIsNamed(@TempDir Path folder) throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    var error = assertThrows(UserError.class, () -> curve.writePng(file.resolve("curve.png")));
    assertTrue(error.getMessage().contains("curve.png: cannot be written"), error.getMessage());
  }
}
