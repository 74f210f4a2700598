package dev.mirrorspark.math;

import java.util.Objects;

/**
 * The outcome of comparing a stated answer with a reference.
 *
 * @param by what decided: {@code text}, {@code exact}, {@code simplification}, {@code evaluation},
 *     {@code tolerance} or {@code limits}
 * @param detail the reason where nothing could be compared; else empty
 */
public record Comparison(Outcome outcome, String by, String detail) {

  /** How a comparison turned out. */
  public enum Outcome {
    EQUAL,
    DIFFERENT,
    /** The two are values of kinds that are never equal, or the stated one is no answer. */
    NOT_COMPARABLE,
    /** The reference itself cannot be read. */
    NO_REFERENCE,
    /** The comparison was given up: a limit of size or time, or a worker that failed. */
    FAILED
  }

  public Comparison {
    Objects.requireNonNull(outcome);
    Objects.requireNonNull(by);
    Objects.requireNonNull(detail);
  }

  static Comparison failed(String detail) {
    return new Comparison(Outcome.FAILED, "limits", detail);
  }
}
