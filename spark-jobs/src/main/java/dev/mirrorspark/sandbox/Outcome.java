package dev.mirrorspark.sandbox;

import java.util.Map;

/**
 * What became of a program.
 *
 * @param detail why the verdict is what it is, in one line
 * @param exitCode of its last run, 128 + n where signal n ended it; −1 if it did not start
 * @param stdout its output up to the limit, of the last test where there are several
 * @param stderr likewise
 * @param seconds wall time of the whole judgement, compilation included
 * @param memoryMb the most memory that a run used, in MiB; 0 where nothing counts it
 * @param files those that were to be given back, in base64 by path
 */
public record Outcome(
    ProgramVerdict verdict,
    String detail,
    int exitCode,
    String stdout,
    String stderr,
    double seconds,
    double memoryMb,
    Map<String, String> files) {

  public Outcome {
    files = Map.copyOf(files);
  }

  /** Of a run that gives no files back. */
  public Outcome(
      ProgramVerdict verdict,
      String detail,
      int exitCode,
      String stdout,
      String stderr,
      double seconds,
      double memoryMb) {
    this(verdict, detail, exitCode, stdout, stderr, seconds, memoryMb, Map.of());
  }

  /** The sandbox failed. */
  static Outcome error(String detail, double seconds) {
    return new Outcome(ProgramVerdict.ERROR, detail, -1, "", "", seconds, 0);
  }
}
