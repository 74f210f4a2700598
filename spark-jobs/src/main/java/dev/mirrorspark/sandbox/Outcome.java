package dev.mirrorspark.sandbox;

/**
 * What became of a program.
 *
 * @param detail why the verdict is what it is, in one line
 * @param exitCode of its last run, 128 + n where signal n ended it; −1 if it did not start
 * @param stdout its output up to the limit, of the last test where there are several
 * @param stderr likewise
 * @param seconds wall time of the whole judgement, compilation included
 * @param memoryMb the most memory that a run used, in MiB; 0 where nothing counts it
 */
public record Outcome(
    ProgramVerdict verdict,
    String detail,
    int exitCode,
    String stdout,
    String stderr,
    double seconds,
    double memoryMb) {

  /** The sandbox failed. */
  static Outcome error(String detail, double seconds) {
    return new Outcome(ProgramVerdict.ERROR, detail, -1, "", "", seconds, 0);
  }
}
