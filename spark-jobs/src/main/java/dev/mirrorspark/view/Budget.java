package dev.mirrorspark.view;

/**
 * The time that a page may take to look for something whose place no index knows. When it is spent
 * the page shows what it has, and a link goes on from there.
 */
final class Budget {
  private final long end;

  private Budget(long end) {
    this.end = end;
  }

  static Budget ofMillis(long millis) {
    return new Budget(System.nanoTime() + millis * 1_000_000);
  }

  boolean spent() {
    return System.nanoTime() > end;
  }
}
