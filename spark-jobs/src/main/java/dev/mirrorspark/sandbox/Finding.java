package dev.mirrorspark.sandbox;

/** A verdict on one box, with its reason. */
record Finding(ProgramVerdict verdict, String detail) {
  private static final int SHOWN = 200;

  boolean passed() {
    return verdict == ProgramVerdict.PASSED;
  }

  /** A line of a program's, cut to a length that a detail takes. */
  static String shown(String line) {
    return line.length() <= SHOWN ? line : line.substring(0, SHOWN) + "…";
  }
}
