package dev.mirrorspark.decode;

import java.util.Locale;

/** Why a response ended (Kimi k1.5, 2.6.2). */
public enum StopReason {
  /** The policy ended it with an end token. */
  STOP,
  /** It reached the longest allowed length. */
  LENGTH,
  /** It repeated itself. */
  REPEAT,
  /** It goes on in the next iteration. */
  BUDGET;

  /** The value of column {@code stop_reason}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The reason of that label. */
  public static StopReason labelled(String label) {
    return valueOf(label.toUpperCase(Locale.ROOT));
  }
}
