package dev.mirrorspark.math;

import dev.mirrorspark.math.Answer.Numeral;
import java.math.BigInteger;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.hipparchus.fraction.BigFraction;

/** What is done with an answer's text before it is parsed. */
final class AnswerText {
  private static final Pattern NUMERAL =
      Pattern.compile(
          "(-?)([0-9A-Z]+)(?:\\.([0-9A-Z]+))?\\s*(?:_\\s*\\{?(\\d{1,2})\\}?|_\\{\\\\text\\{(?:base"
              + " )?(\\d{1,2})\\}\\}|\\(?\\s*base\\s+(\\d{1,2})\\)?)");
  private static final Pattern CHOICE =
      Pattern.compile(
          "(?:\\\\(?:text|textbf|mathrm|mathbf|mbox)\\s*\\{\\s*\\(?([A-J])[).]\\s*\\}"
              + "|\\(([A-J])\\)(?=\\s|\\\\ )|([A-J])[).](?=\\s))"
              + "(?:\\s|\\\\[ ,;:])*([^\\s+*/=,<>\\\\-].*|\\\\[a-z$].*)");
  private static final Pattern LOWER_CASE = Pattern.compile("[0-9a-f]{2,}(?=_\\{?16\\}?$)");
  private static final Pattern TYPESETTING = Pattern.compile("\\\\(?:text|mbox)\\{|\\}");
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

  /** The text as the lexer reads it: without dress, lead-in and the spellings of one thing. */
  static String bare(String answer) {
    String text = Dress.off(answer);
    if (text.isEmpty()) {
      return text;
    }
    text = Dress.off(Wording.withoutLeadIn(text));
    if (text.isEmpty()) {
      return text;
    }
    text = Spelling.usual(text);
    return text.indexOf('.') >= 0 || text.indexOf('C') >= 0
        ? withoutTypography(Recurring.spelled(text))
        : withoutTypography(text);
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

  /** {@code (C) 12}, {@code \textbf{(C)} 12}, {@code C. 12}: a letter with what it stands for. */
  private static Optional<Answer> choice(String text) {
    char first = text.charAt(0);
    boolean plausible =
        switch (first) {
          case '\\' ->
              text.startsWith("\\text") || text.startsWith("\\math") || text.startsWith("\\mbox");
          case '(' -> text.length() > 3 && text.charAt(2) == ')';
          default ->
              Character.isUpperCase(first)
                  && text.length() > 3
                  && (text.charAt(1) == ')' || text.charAt(1) == '.');
        };
    if (!plausible) {
      return Optional.empty();
    }
    var choice = CHOICE.matcher(text);
    if (!choice.matches()) {
      return Optional.empty();
    }
    String letter =
        choice.group(1) != null
            ? choice.group(1)
            : choice.group(2) != null ? choice.group(2) : choice.group(3);
    return Optional.of(
        new Answer.Choice(letter, AnswerParser.parse(choice.group(4), Reading.USUAL)));
  }

  /** Numerals to a base, dates and times of the day, which no grammar of expressions holds. */
  static Optional<Answer> special(String text) {
    Optional<Answer> moment = Moments.of(text);
    if (moment.isPresent()) {
      return moment;
    }
    Optional<Answer> choice = choice(text);
    if (choice.isPresent()) {
      return choice;
    }
    char last = text.charAt(text.length() - 1);
    boolean plausible =
        last == '}' || last == ')' || Character.isLetterOrDigit(last) || last == '.';
    if (!plausible || (text.indexOf('_') < 0 && !text.contains("base"))) {
      return Optional.empty();
    }
    boolean typesetBase = text.contains("base") && text.endsWith("}") && text.indexOf('_') < 0;
    var hexadecimal = LOWER_CASE.matcher(text);
    if (hexadecimal.lookingAt() && !hexadecimal.group().chars().allMatch(Character::isDigit)) {
      return special(
          hexadecimal.group().toUpperCase(Locale.ROOT) + text.substring(hexadecimal.end()));
    }
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
