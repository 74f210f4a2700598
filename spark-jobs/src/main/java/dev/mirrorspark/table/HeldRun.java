package dev.mirrorspark.table;

/**
 * A run is another driver's: this one may not begin with it, or has lost it. Its message is one
 * line that names the other driver; starting again later is the mend.
 */
public final class HeldRun extends RuntimeException {
  private static final long serialVersionUID = 1L;

  HeldRun(String message) {
    super(message);
  }
}
