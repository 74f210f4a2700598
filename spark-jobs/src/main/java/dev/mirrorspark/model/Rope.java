package dev.mirrorspark.model;

import java.io.Serializable;

/**
 * Rotary positions of a model (Su et al., arXiv 2104.09864): the base of their angles and how the
 * angles are scaled for long sequences.
 */
public record Rope(double theta, RopeScaling scaling) implements Serializable {

  /** Positions as they were invented. */
  public static Rope plain(double theta) {
    return new Rope(theta, new RopeScaling.Plain());
  }

  /** Radians a position by pair of dimensions {@code [headDim / 2]}. */
  public double[] frequencies(int headDim) {
    return scaling.scale(theta, headDim);
  }
}
