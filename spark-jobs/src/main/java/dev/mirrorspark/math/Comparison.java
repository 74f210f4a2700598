package dev.mirrorspark.math;

import java.util.Objects;

/**
 * The outcome of comparing a stated answer with a reference.
 *
 * @param by what decided: {@code text}, {@code exact}, {@code evaluation}, {@code tolerance} or
 *     {@code limits}
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
    NO_REFERENCE
  }

  public Comparison {
    Objects.requireNonNull(outcome);
    Objects.requireNonNull(by);
    Objects.requireNonNull(detail);
  }

  /** The stated answer, or what it takes to compare it, goes beyond a limit. */
  static Comparison tooLarge(String detail) {
    return new Comparison(Outcome.NOT_COMPARABLE, "limits", detail);
  }

  static Comparison noReference(String reason) {
    return new Comparison(Outcome.NO_REFERENCE, "text", "the reference: " + reason);
  }
}
