package dev.mirrorspark.math;

/** What a comparison may compute, in digits handled: about 40 million take a second. */
final class Budget {
  static final long PER_SECOND = 40_000_000;

  private long left;

  Budget(double seconds) {
    this.left = (long) (seconds * PER_SECOND);
  }

  /**
   * Takes its share.
   *
   * @throws TooLarge if nothing is left
   */
  void spend(long digits) {
    left -= digits;
    if (left < 0) {
      throw new TooLarge("more than may be computed");
    }
  }
}
