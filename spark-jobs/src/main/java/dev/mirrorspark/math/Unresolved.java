package dev.mirrorspark.math;

/** What an expression's value depends on lies too close to a border for so many digits. */
final class Unresolved extends RuntimeException {
  private static final long serialVersionUID = 1L;

  Unresolved() {
    super("more digits are needed", null, false, false);
  }
}
