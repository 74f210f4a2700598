package dev.mirrorspark.view;

/**
 * The time that a page may take to look for something whose place no index knows. When it is spent
 * the page shows what it has, and a link goes on from there.
 */
final class LookTime {
  private final long end;

  private LookTime(long end) {
    this.end = end;
  }

  static LookTime ofMillis(long millis) {
    return new LookTime(System.nanoTime() + millis * 1_000_000);
  }

  boolean spent() {
    return System.nanoTime() > end;
  }
}
