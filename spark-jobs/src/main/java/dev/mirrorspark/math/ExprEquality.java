package dev.mirrorspark.math;

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
}
