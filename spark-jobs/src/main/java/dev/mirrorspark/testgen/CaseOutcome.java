package dev.mirrorspark.testgen;

import java.util.Locale;

/** What became of a test case. */
enum CaseOutcome {
  /** Enough submissions gave the same output. */
  VALID,
  /** The generator gave no input: it failed, printed nothing or too much. */
  NO_INPUT,
  /** The generator gave an input that it had given before. */
  DUPLICATE,
  /** Too few submissions gave the same output. */
  DISAGREEMENT,
  /** The sandbox failed: whether the case is valid is not known. */
  SANDBOX,
  /** Not run, since the problem could not have enough valid cases any more. */
  NOT_RUN;

  /** As in column {@code reason}. */
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  static CaseOutcome of(String label) {
    return valueOf(label.toUpperCase(Locale.ROOT));
  }

  /** Whether the case is known not to be valid. */
  boolean invalid() {
    return this == NO_INPUT || this == DUPLICATE || this == DISAGREEMENT;
  }
}
