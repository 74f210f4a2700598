package dev.mirrorspark.math;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A unit as it stands in a text.
 *
 * @param end position behind it
 */
record UnitText(String unit, int end) {
  private static final String ONE = "[A-Za-zµμΩ]+(?:\\^?\\{?-?[1-4]\\}?|[²³])?";
  private static final Pattern COMPOUND =
      Pattern.compile(
          ONE
              + ("(?:\\s?(?:/|\\*|·|⋅|\\\\cdot\\s?|\\bper\\b)\\s?\\(?" + ONE + "\\)?)+")
              + "(?=\\s*(?:$|[,;).=}]))");
  private static final Pattern LAST_LETTER = Pattern.compile("[mgshtLlNJWVAKCF](?=\\s*$)");

  /**
   * A unit of several parts, such as km/h.
   *
   * @param spaced whether a blank stands before it, without which m/s may be a quotient
   */
  static Optional<UnitText> compound(String text, int at, boolean spaced) {
    var compound = COMPOUND.matcher(text).region(at, text.length());
    if (!compound.lookingAt()) {
      return Optional.empty();
    }
    String unit = compound.group().replace("\\cdot", "*").replaceAll("[(){}]", "");
    boolean sure = spaced || unit.indexOf('/') != 1 && unit.indexOf('*') != 1;
    return sure && Units.of(unit).isPresent()
        ? Optional.of(new UnitText(unit, compound.end()))
        : Optional.empty();
  }

  /** A unit of one letter at the end. */
  static Optional<UnitText> letter(String text, int at) {
    var letter = LAST_LETTER.matcher(text).region(at, text.length());
    return letter.lookingAt()
        ? Optional.of(new UnitText(letter.group(), letter.end()))
        : Optional.empty();
  }
}
