package dev.mirrorspark.reduce;

/** Ranks cannot do something together, since one of them failed, left, or was killed. */
public final class RankFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  RankFailure(String message, Throwable cause) {
    super(message, cause);
  }
}
