package dev.mirrorspark.decode;

/** Receives how far decoding is, on the driver and on several threads. */
@FunctionalInterface
public interface ProgressSink {

  /**
   * Decoding has come this far.
   *
   * @param done responses finished
   * @param total responses asked for
   * @param tokens tokens sampled, those of unfinished responses included
   */
  void update(int done, int total, long tokens);
}
