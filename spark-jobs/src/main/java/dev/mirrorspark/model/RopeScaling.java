package dev.mirrorspark.model;

import java.io.Serializable;

/**
 * How rotary frequencies are scaled for sequences longer than those a model was first trained on;
 * what Transformers calls {@code rope_type}.
 */
public sealed interface RopeScaling extends Serializable {

  /** The value of {@code rope_type}. */
  String type();

  /** Radians a position by pair of dimensions {@code [headDim / 2]}. */
  double[] scale(double theta, int headDim);

  /** What cosines and sines are multiplied by, so that attention keeps its entropy. */
  default double attentionFactor() {
    return 1;
  }

  /** θ^(−2i/d) of pair i. */
  private static double[] plain(double theta, int headDim) {
    double[] frequencies = new double[headDim / 2];
    for (int i = 0; i < frequencies.length; i++) {
      frequencies[i] = Math.pow(theta, -2.0 * i / headDim);
    }
    return frequencies;
  }

  /** No scaling. */
  record Plain() implements RopeScaling {
    @Override
    public String type() {
      return "default";
    }

    @Override
    public double[] scale(double theta, int headDim) {
      return plain(theta, headDim);
    }
  }

  /** Positions divided by the factor (Chen et al., arXiv 2306.15595). */
  record Linear(double factor) implements RopeScaling {
    @Override
    public String type() {
      return "linear";
    }

    @Override
    public double[] scale(double theta, int headDim) {
      double[] frequencies = plain(theta, headDim);
      for (int i = 0; i < frequencies.length; i++) {
        frequencies[i] /= factor;
      }
      return frequencies;
    }
  }

  /**
   * A base that grows with the length of the sequence, once that is longer than {@code
   * max_position_embeddings}. Up to there it is no scaling at all, and no longer sequence is
   * computed here: keys in a cache would have to turn again with each token.
   */
  record Dynamic(double factor) implements RopeScaling {
    @Override
    public String type() {
      return "dynamic";
    }

    @Override
    public double[] scale(double theta, int headDim) {
      return plain(theta, headDim);
    }
  }

  /**
   * Llama 3.1's scaling: wavelengths beyond {@code originalPositions / lowFactor} are divided,
   * those below {@code originalPositions / highFactor} stay, between them it is interpolated.
   */
  record Llama3(double factor, double lowFactor, double highFactor, int originalPositions)
      implements RopeScaling {
    @Override
    public String type() {
      return "llama3";
    }

    @Override
    public double[] scale(double theta, int headDim) {
      double[] frequencies = plain(theta, headDim);
      for (int i = 0; i < frequencies.length; i++) {
        double turns = originalPositions * frequencies[i] / (2 * Math.PI);
        double kept = Math.min(1, Math.max(0, (turns - lowFactor) / (highFactor - lowFactor)));
        frequencies[i] *= kept + (1 - kept) / factor;
      }
      return frequencies;
    }
  }

  /**
   * YaRN (Peng et al., arXiv 2309.00071): dimensions that turn more than {@code fastTurns} times
   * over the original length stay, those that turn less than {@code slowTurns} times are divided,
   * between them a ramp.
   *
   * @param truncate whether the ramp begins and ends at whole dimensions
   */
  record Yarn(
      double factor,
      int originalPositions,
      double fastTurns,
      double slowTurns,
      boolean truncate,
      double attentionFactor)
      implements RopeScaling {
    @Override
    public String type() {
      return "yarn";
    }

    /** The attention factor that the paper advises: 0.1·ln s + 1. */
    static double advisedFactor(double factor, double weight) {
      return factor <= 1 ? 1 : 0.1 * weight * Math.log(factor) + 1;
    }

    @Override
    public double[] scale(double theta, int headDim) {
      double from = dimension(fastTurns, theta, headDim);
      double to = dimension(slowTurns, theta, headDim);
      from = Math.max(truncate ? Math.floor(from) : from, 0);
      to = Math.min(truncate ? Math.ceil(to) : to, headDim - 1);
      double width = from == to ? 0.001 : to - from;
      double[] frequencies = plain(theta, headDim);
      for (int i = 0; i < frequencies.length; i++) {
        double divided = Math.min(1, Math.max(0, (i - from) / width));
        frequencies[i] *= 1 - divided + divided / factor;
      }
      return frequencies;
    }

    /** The (fractional) pair of dimensions that turns so often over the original length. */
    private double dimension(double turns, double theta, int headDim) {
      return headDim * Math.log(originalPositions / (turns * 2 * Math.PI)) / (2 * Math.log(theta));
    }
  }
}
