package dev.mirrorspark.train;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.SftConfig;

/** The learning rate of each step. */
final class LearningRates {
  private LearningRates() {}

  /**
   * Linear warm-up to {@code learning_rate}, then a half cosine that reaches {@code
   * final_learning_rate} at the last step.
   *
   * @param step of the stage, from 0
   * @param steps steps of the stage in all
   */
  static double cosine(SftConfig.Stage stage, int step, int steps) {
    int warmup = stage.warmupSteps();
    if (step < warmup) {
      return stage.learningRate() * (step + 1) / warmup;
    }
    double done = (double) (step - warmup) / Math.max(1, steps - 1 - warmup);
    double share = (1 + Math.cos(Math.PI * done)) / 2;
    return stage.finalLearningRate() + share * (stage.learningRate() - stage.finalLearningRate());
  }

  /** Linear warm-up within the iteration, then constant. */
  static double constant(RunConfig.Train train, int step) {
    return step < train.warmupSteps()
        ? train.learningRate() * (step + 1) / train.warmupSteps()
        : train.learningRate();
  }
}
