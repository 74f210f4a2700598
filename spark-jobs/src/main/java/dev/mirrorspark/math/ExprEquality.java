package dev.mirrorspark.math;

import java.util.Optional;

/**
 * Decides whether expressions are equal; the answers around them are compared by their structure.
 */
interface ExprEquality {

  /** What is known of two expressions. */
  enum Result {
    EQUAL,
    DIFFERENT,
    UNDECIDED
  }

  Result same(Expr left, Expr right);

  /**
   * Whether one expression is a multiple of the other by a constant that is not zero, as the two
   * sides' differences of equal equations are.
   *
   * @param positive whether the constant has to be positive, as with inequalities
   */
  Result proportional(Expr left, Expr right, boolean positive);

  /** Whether two sets of real numbers are the same; empty where one is none, or it is not known. */
  default Optional<Boolean> sameSets(Answer left, Answer right) {
    return Optional.empty();
  }

  /** Whether a decimal is a rounding of a constant. */
  default boolean isNear(Expr exact, Expr decimal) {
    return false;
  }
}
