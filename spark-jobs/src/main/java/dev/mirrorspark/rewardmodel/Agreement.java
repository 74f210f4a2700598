package dev.mirrorspark.rewardmodel;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * How well a reward model's scores agree with verdicts.
 *
 * @param responses responses that it could judge; all figures but {@code errors} are over these
 * @param errors responses that it could not judge
 * @param accuracy share of right verdicts
 * @param auc chance that a correct response scores above a wrong one, ties half; NaN without both
 * @param brier mean squared distance of the score from 1 for correct, from 0 for wrong
 * @param calibrationError expected calibration error: over the bins, the mean distance of the mean
 *     score from the share of correct ones
 * @param bins the bins, of equal width, from low to high scores; empty ones are left out
 * @param secondsPerThousand wall seconds that 1,000 responses took to score
 */
public record Agreement(
    int responses,
    int errors,
    double accuracy,
    double auc,
    double brier,
    double calibrationError,
    int truePositives,
    int falsePositives,
    int trueNegatives,
    int falseNegatives,
    List<Bin> bins,
    double secondsPerThousand) {

  /** Responses whose scores lie in one range: how many, their mean score, the share of correct. */
  public record Bin(double from, double to, int responses, double score, double correct) {}

  public Agreement {
    bins = List.copyOf(bins);
  }

  private record Pair(double score, boolean correct) {}

  /**
   * The figures of scores against verdicts.
   *
   * @param verdicts whether each response is correct, by its key
   * @param bins number of bins
   * @param seconds wall seconds that all scores took
   */
  static Agreement of(
      List<ModelScore> scores, Map<ResponseKey, Boolean> verdicts, int bins, double seconds) {
    List<Pair> pairs = new ArrayList<>();
    for (ModelScore score : scores) {
      score.value().ifPresent(value -> pairs.add(new Pair(value, verdicts.get(score.key()))));
    }
    int[] confusion = new int[4];
    double brier = 0;
    for (Pair pair : pairs) {
      boolean said = pair.score() >= ModelScore.CORRECT_FROM;
      confusion[(said ? 0 : 2) + (said == pair.correct() ? 0 : 1)]++;
      double distance = pair.score() - (pair.correct() ? 1 : 0);
      brier += distance * distance;
    }
    int n = pairs.size();
    double accuracy = n == 0 ? Double.NaN : (double) (confusion[0] + confusion[2]) / n;
    List<Bin> calibration = calibration(pairs, bins);
    double error = 0;
    for (Bin bin : calibration) {
      error += bin.responses() * Math.abs(bin.score() - bin.correct()) / n;
    }
    return new Agreement(
        n,
        scores.size() - n,
        accuracy,
        auc(pairs),
        n == 0 ? Double.NaN : brier / n,
        n == 0 ? Double.NaN : error,
        confusion[0],
        confusion[1],
        confusion[2],
        confusion[3],
        calibration,
        scores.isEmpty() ? Double.NaN : 1000 * seconds / scores.size());
  }

  private static List<Bin> calibration(List<Pair> pairs, int bins) {
    double[] scores = new double[bins];
    int[] correct = new int[bins];
    int[] counts = new int[bins];
    for (Pair pair : pairs) {
      int bin = Math.max(0, Math.min(bins - 1, (int) (pair.score() * bins)));
      scores[bin] += pair.score();
      correct[bin] += pair.correct() ? 1 : 0;
      counts[bin]++;
    }
    List<Bin> filled = new ArrayList<>();
    for (int i = 0; i < bins; i++) {
      if (counts[i] > 0) {
        double from = (double) i / bins;
        double to = (double) (i + 1) / bins;
        filled.add(
            new Bin(from, to, counts[i], scores[i] / counts[i], (double) correct[i] / counts[i]));
      }
    }
    return filled;
  }

  /** By the sum of ranks (Mann and Whitney, 1947); equal scores share the mean of their ranks. */
  private static double auc(List<Pair> pairs) {
    List<Pair> sorted = new ArrayList<>(pairs);
    sorted.sort(Comparator.comparingDouble(Pair::score));
    double ranks = 0;
    long correct = 0;
    for (int from = 0; from < sorted.size(); ) {
      int to = from;
      int right = 0;
      while (to < sorted.size() && sorted.get(to).score() == sorted.get(from).score()) {
        right += sorted.get(to++).correct() ? 1 : 0;
      }
      ranks += right * (from + 1 + to) / 2.0;
      correct += right;
      from = to;
    }
    long wrong = sorted.size() - correct;
    return correct == 0 || wrong == 0
        ? Double.NaN
        : (ranks - correct * (correct + 1) / 2.0) / ((double) correct * wrong);
  }
}
