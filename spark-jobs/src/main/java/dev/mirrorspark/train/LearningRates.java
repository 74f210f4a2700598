package dev.mirrorspark.train;

import dev.mirrorspark.config.RunConfig;

/** The learning rate of each step. */
final class LearningRates {
  private LearningRates() {}

  /**
   * Linear warm-up to {@code learning_rate}, then a half cosine that reaches {@code
   * final_learning_rate} at the last step.
   *
   * @param step from 0
   * @param steps steps in all
   */
  static double cosine(RunConfig.Sft sft, int step, int steps) {
    if (step < sft.warmupSteps()) {
      return sft.learningRate() * (step + 1) / sft.warmupSteps();
    }
    double done = (double) (step - sft.warmupSteps()) / Math.max(1, steps - 1 - sft.warmupSteps());
    double share = (1 + Math.cos(Math.PI * done)) / 2;
    return sft.finalLearningRate() + share * (sft.learningRate() - sft.finalLearningRate());
  }

  /** Linear warm-up within the iteration, then constant. */
  static double constant(RunConfig.Train train, int step) {
    return step < train.warmupSteps()
        ? train.learningRate() * (step + 1) / train.warmupSteps()
        : train.learningRate();
  }
}
