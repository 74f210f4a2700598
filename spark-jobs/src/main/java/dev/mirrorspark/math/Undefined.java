package dev.mirrorspark.math;

/** An expression has no value at a point. */
final class Undefined extends RuntimeException {
  private static final long serialVersionUID = 1L;

  Undefined() {
    super("no value", null, false, false);
  }
}
