package dev.mirrorspark.config;

/**
 * A place where a test can make the process die as if by SIGKILL: {@code
 * -Dmirrorspark.fault=NAME:ITERATION}. The crash tests hit every stage with it.
 */
public final class FaultPoint {
  private FaultPoint() {}

  /** Ends the process at once if the fault is set for this place. */
  public static void pass(String name, int iteration) {
    if ((name + ":" + iteration).equals(System.getProperty("mirrorspark.fault"))) {
      Runtime.getRuntime().halt(137);
    }
  }
}
