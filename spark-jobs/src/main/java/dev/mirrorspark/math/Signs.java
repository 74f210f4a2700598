package dev.mirrorspark.math;

/**
 * Which sign each ± of an item stands for: each its own, unless ∓ occurs, which ties them all
 * together.
 *
 * @param start position of the item's first token
 * @param choice a bit for each, the first ± the lowest; 0 is the upper sign
 * @param tied whether the lowest bit is that of all
 */
record Signs(int start, int choice, boolean tied) {

  static Signs upper(int start) {
    return new Signs(start, 0, false);
  }

  /** Whether the ± or ∓ that was just passed stands for a minus. */
  boolean isMinus(Cursor cursor, boolean plusFirst) {
    int before = cursor.plusMinusBetween(start, cursor.position() - 1);
    boolean lower = (choice >> (tied ? 0 : before) & 1) == 1;
    return lower == plusFirst;
  }
}
