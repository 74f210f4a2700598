package dev.mirrorspark.math;

/** A text that is no answer in any form known here. */
final class Unreadable extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param reason what is wrong with it, for the detail of a verdict
   */
  Unreadable(String reason) {
    super(reason, null, false, false);
  }
}
