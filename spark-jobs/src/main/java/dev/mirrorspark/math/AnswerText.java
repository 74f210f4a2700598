package dev.mirrorspark.math;

import dev.mirrorspark.math.Answer.Numeral;
import dev.mirrorspark.math.Answer.Words;
import java.math.BigInteger;
import java.util.Optional;
import java.util.regex.Pattern;
import org.hipparchus.fraction.BigFraction;

/** What is done with an answer's text before it is parsed. */
final class AnswerText {
  private static final Pattern NUMERAL =
      Pattern.compile(
          "(-?)([0-9A-Z]+)(?:\\.([0-9A-Z]+))?\\s*(?:_\\s*\\{?(\\d{1,2})\\}?|_\\{\\\\text\\{(?:base"
              + " )?(\\d{1,2})\\}\\}|\\(?\\s*base\\s+(\\d{1,2})\\)?)");
  private static final Pattern CLOCK =
      Pattern.compile(
          "\\d{1,2}:\\d{2}\\s*(?:\\\\text\\{|\\\\mbox\\{)?\\s*[aApP]\\.?\\s*[mM]\\.?\\}?");
  private static final Pattern TYPESETTING = Pattern.compile("\\\\(?:text|mbox)\\{|\\}");
  private static final Pattern OPEN_PLACE = Pattern.compile("\\d[\\d,]*(?:\\.\\d+)?");

  private static final String[] TYPOGRAPHY = {
    "½",
    "\\frac12 ",
    "⅓",
    "\\frac13 ",
    "⅔",
    "\\frac23 ",
    "¼",
    "\\frac14 ",
    "¾",
    "\\frac34 ",
    "²",
    "^2 ",
    "³",
    "^3 "
  };

  private AnswerText() {}

  /** The text without the signs of mathematics around it, and without a full stop behind it. */
  static String bare(String answer) {
    String text = answer.strip();
    if (text.endsWith(".") && !text.endsWith("\\.")) {
      text = text.substring(0, text.length() - 1).strip();
    }
    if (text.startsWith("\\(") && text.endsWith("\\)")
        || text.startsWith("\\[") && text.endsWith("\\]")) {
      text = text.substring(2, text.length() - 2).strip();
    }
    if (text.startsWith("\\displaystyle ")) {
      text = text.substring("\\displaystyle ".length()).strip();
    }
    return dollars(withoutTypography(text));
  }

  /** With fractions and exponents of one character spelled out. */
  private static String withoutTypography(String text) {
    String plain = text;
    for (int i = 0; i < TYPOGRAPHY.length; i += 2) {
      if (plain.indexOf(TYPOGRAPHY[i].charAt(0)) >= 0) {
        plain = plain.replace(TYPOGRAPHY[i], TYPOGRAPHY[i + 1]);
      }
    }
    return plain;
  }

  /** Without the dollar signs of mathematics; one that stands for money is the unit. */
  private static String dollars(String text) {
    if (text.indexOf('$') < 0) {
      return text;
    }
    int signs = 0;
    for (int i = 0; i < text.length(); i++) {
      signs += text.charAt(i) == '$' && (i == 0 || text.charAt(i - 1) != '\\') ? 1 : 0;
    }
    boolean money = OPEN_PLACE.matcher(text.substring(1)).matches();
    return signs % 2 == 0 && !money ? text.replaceAll("(?<!\\\\)\\$", " ").strip() : text;
  }

  /** Numerals to a base and times of the day, which no grammar of expressions holds. */
  static Optional<Answer> special(String text) {
    char last = text.charAt(text.length() - 1);
    boolean plausible =
        last == '}' || last == ')' || Character.isLetterOrDigit(last) || last == '.';
    if (!plausible || (text.indexOf('_') < 0 && !text.contains("base") && text.indexOf(':') < 0)) {
      return Optional.empty();
    }
    if (CLOCK.matcher(text).matches()) {
      return Optional.of(new Words(TYPESETTING.matcher(text).replaceAll("")));
    }
    boolean typesetBase = text.contains("base") && text.endsWith("}") && text.indexOf('_') < 0;
    var numeral = NUMERAL.matcher(typesetBase ? TYPESETTING.matcher(text).replaceAll(" ") : text);
    if (!numeral.matches() || numeral.group(2).length() > 300) {
      return Optional.empty();
    }
    String subscript = numeral.group(4) != null ? numeral.group(4) : numeral.group(5);
    int base = Integer.parseInt(subscript != null ? subscript : numeral.group(6));
    String whole = numeral.group(2);
    String rest = numeral.group(3) == null ? "" : numeral.group(3);
    boolean startsWithLetter = Character.isLetter(whole.charAt(0));
    if (base < 2 || base > 36 || startsWithLetter && base < 11 || rest.length() > 300) {
      return Optional.empty();
    }
    try {
      BigInteger digits = new BigInteger(whole + rest, base);
      BigFraction value = new BigFraction(digits, BigInteger.valueOf(base).pow(rest.length()));
      boolean negative = !numeral.group(1).isEmpty();
      String written = numeral.group(1) + whole + (rest.isEmpty() ? "" : "." + rest);
      return Optional.of(new Numeral(written, base, negative ? value.negate() : value));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }
}
