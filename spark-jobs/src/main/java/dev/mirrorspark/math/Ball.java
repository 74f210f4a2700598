package dev.mirrorspark.math;

import java.math.BigDecimal;

/**
 * A real number of which it is known that it lies within a radius of a middle; {@link Arithmetic}
 * computes with them.
 */
record Ball(BigDecimal mid, BigDecimal rad) {
  static final Ball ZERO = exact(BigDecimal.ZERO);
  static final Ball ONE = exact(BigDecimal.ONE);

  static Ball exact(BigDecimal value) {
    return new Ball(value, BigDecimal.ZERO);
  }

  /** Whether it is the number 0 and nothing else. */
  boolean isZero() {
    return mid.signum() == 0 && rad.signum() == 0;
  }

  boolean holdsZero() {
    return mid.abs().compareTo(rad) <= 0;
  }

  /** The sign of all its numbers; 0 if 0 is among them. */
  int sign() {
    return holdsZero() ? 0 : mid.signum();
  }

  Ball negate() {
    return new Ball(mid.negate(), rad);
  }

  BigDecimal low() {
    return mid.subtract(rad);
  }

  BigDecimal high() {
    return mid.add(rad);
  }

  /** An upper bound of the magnitude. */
  BigDecimal magnitude() {
    return mid.abs().add(rad);
  }
}
