package dev.mirrorspark.loop;

import dev.mirrorspark.eval.WilsonInterval;
import dev.mirrorspark.report.Progress;
import dev.mirrorspark.rewardmodel.Agreement;
import java.util.List;

/** The figures of a reward model for the eye. */
final class RewardModelFigures {
  private RewardModelFigures() {}

  static void show(Progress progress, String name, Agreement figures) {
    var interval = WilsonInterval.of(figures.accuracy(), figures.responses());
    progress.line("");
    progress.table(
        List.of(
            "reward model",
            "responses",
            "errors",
            "accuracy",
            "95% interval",
            "AUC",
            "Brier",
            "ECE",
            "s per 1,000"),
        List.of(
            List.of(
                name,
                "%,d".formatted(figures.responses()),
                "%,d".formatted(figures.errors()),
                "%.1f%%".formatted(100 * figures.accuracy()),
                "%.1f–%.1f".formatted(100 * interval.low(), 100 * interval.high()),
                "%.4f".formatted(figures.auc()),
                "%.4f".formatted(figures.brier()),
                "%.4f".formatted(figures.calibrationError()),
                "%.2f".formatted(figures.secondsPerThousand()))));
    progress.line(
        "said correct: %,d are, %,d are not; said wrong: %,d are, %,d are not"
            .formatted(
                figures.truePositives(),
                figures.falsePositives(),
                figures.trueNegatives(),
                figures.falseNegatives()));
    progress.line("");
    progress.table(
        List.of("score", "responses", "mean score", "correct"),
        figures.bins().stream()
            .map(
                bin ->
                    List.of(
                        "%.2f–%.2f".formatted(bin.from(), bin.to()),
                        "%,d".formatted(bin.responses()),
                        "%.3f".formatted(bin.score()),
                        "%.3f".formatted(bin.correct())))
            .toList());
  }
}
