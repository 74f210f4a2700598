package dev.mirrorspark.math;

/** A text that goes beyond a limit: it may well be an answer, but is not computed. */
final class TooLarge extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param reason which limit
   */
  TooLarge(String reason) {
    super(reason, null, false, false);
  }
}
