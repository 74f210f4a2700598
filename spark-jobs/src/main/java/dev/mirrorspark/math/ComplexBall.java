package dev.mirrorspark.math;

/** A complex number by balls of its parts; a real one has exactly 0 as its imaginary part. */
record ComplexBall(Ball re, Ball im) {
  static final ComplexBall ONE = real(Ball.ONE);
  static final ComplexBall I = new ComplexBall(Ball.ZERO, Ball.ONE);

  static ComplexBall real(Ball value) {
    return new ComplexBall(value, Ball.ZERO);
  }

  boolean isReal() {
    return im.isZero();
  }

  boolean isZero() {
    return re.isZero() && im.isZero();
  }

  /** Whether 0 is surely not among its numbers. */
  boolean excludesZero() {
    return !re.holdsZero() || !im.holdsZero();
  }

  ComplexBall negate() {
    return new ComplexBall(re.negate(), im.negate());
  }
}
