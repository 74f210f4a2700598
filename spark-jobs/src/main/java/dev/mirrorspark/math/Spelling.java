package dev.mirrorspark.math;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Spellings that no grammar of expressions holds, as the usual ones. */
final class Spelling {
  private static final Pattern SYSTEM =
      Pattern.compile(
          "\\\\begin\\{(cases|aligned|align\\*?|gathered)\\}(.*?)\\\\end\\{\\1\\}", Pattern.DOTALL);
  private static final Pattern CONDITION =
      Pattern.compile(
          "[,;]?\\s*(?:\\\\q?quad\\s*)?(?:\\\\(?:text|mbox|textrm)\\{)?\\s*[,(]?\\s*\\b(?:where|for|with|if)\\b[^{}]*?"
              + "(?:\\}\\s*\\$?[A-Za-z]\\$?\\s*\\\\(?:text|mbox|textrm)\\{[^{}]*?)?"
              + "\\b(?:integers?|whole numbers?|natural numbers?|real(?: numbers?)?|constants?|arbitrary)\\b[^{}]*"
              + "\\}?\\s*\\$?[A-Za-z]?\\$?\\s*\\)?$");
  private static final Pattern IN_BRACKETS =
      Pattern.compile(
          "[,\\s]*\\(\\s*([A-Za-z](?:\\s*,\\s*[A-Za-z])*\\s*(?:\\\\in|∈|\\\\ne|\\\\neq|≠)[^()]*)\\)$");
  private static final Pattern DERIVATIVE =
      Pattern.compile(
          "\\\\[dt]?frac\\s*\\{\\s*d\\s*([A-Za-z])\\s*\\}\\s*\\{\\s*d\\s*[A-Za-z]\\s*\\}");
  private static final String TEXT =
      "\\s*\\\\(?:text|mathrm|rm)\\s*\\{\\s*([^{}]*?)\\s*\\}(\\^\\{?\\d\\}?)?\\s*";
  private static final Pattern UNIT_FRACTION =
      Pattern.compile("\\\\[dt]?frac\\s*\\{" + TEXT + "\\}\\s*\\{" + TEXT + "\\}");
  private static final Pattern UNIT_QUOTIENT =
      Pattern.compile(
          "\\\\(text|mathrm)\\{([^{}]*)\\}(?:\\^\\{?(\\d)\\}?)?\\s*/\\s*\\\\(?:text|mathrm)\\{([^{}]*)\\}(?:\\^\\{?(\\d)\\}?)?");
  private static final Pattern UNIT_SPACE =
      Pattern.compile("(\\\\mathrm\\{[^{}]*)\\\\[, ;](?=[^{}]*)");
  private static final Pattern TO =
      Pattern.compile("(\\d+)\\s*(?:\\\\text\\{\\s*to\\s*\\}|\\bto\\b)\\s*(\\d+)");
  private static final Pattern OPTION =
      Pattern.compile(
          "(?:\\\\text(?:bf)?\\{)?\\s*(?:option|choice|answer)\\s*\\(?([A-J])\\)?\\s*\\}?",
          Pattern.CASE_INSENSITIVE);

  /** Longest text in which conditions in words are looked for. */
  private static final int LONGEST = 200;

  private Spelling() {}

  static String usual(String text) {
    String plain = text;
    if (plain.contains("\\begin{")) {
      plain = systems(plain);
    }
    if (plain.contains("frac")) {
      plain = DERIVATIVE.matcher(plain).replaceAll("$1'");
      plain =
          UNIT_FRACTION
              .matcher(plain)
              .replaceAll(
                  unit ->
                      Matcher.quoteReplacement(
                          "\\text{ "
                              + unit.group(1)
                              + part(unit.group(2))
                              + "/"
                              + unit.group(3)
                              + part(unit.group(4))
                              + "}"));
    }
    if (plain.contains("\\mathrm{") || plain.contains("\\text{")) {
      for (String before = ""; !before.equals(plain); ) {
        before = plain;
        plain = UNIT_SPACE.matcher(plain).replaceFirst("$1 ");
      }
    }
    if (plain.indexOf('/') > 0 && plain.contains("}")) {
      plain =
          UNIT_QUOTIENT
              .matcher(plain)
              .replaceAll(
                  unit ->
                      Matcher.quoteReplacement(
                          "\\text{"
                              + unit.group(2).stripTrailing()
                              + (unit.group(3) == null ? "" : "^" + unit.group(3))
                              + "/"
                              + unit.group(4).strip()
                              + (unit.group(5) == null ? "" : "^" + unit.group(5))
                              + "}"));
    }
    if (plain.endsWith(")")) {
      plain = IN_BRACKETS.matcher(plain).replaceFirst(", $1");
    }
    String lower = plain.length() > 10 ? plain.toLowerCase(Locale.ROOT) : "";
    if (plain.length() <= LONGEST
        && (lower.contains("integer")
            || lower.contains("number")
            || lower.contains("real")
            || lower.contains("constant")
            || lower.contains("arbitrary"))) {
      var condition = CONDITION.matcher(plain);
      if (condition.find() && condition.start() > 0) {
        plain = plain.substring(0, condition.start());
      }
    }
    if (plain.contains("to")) {
      var ratio = TO.matcher(plain);
      if (ratio.matches()) {
        return ratio.group(1) + ":" + ratio.group(2);
      }
    }
    char last = plain.charAt(plain.length() - 1);
    if (plain.length() > 6 && (last == '}' || last == ')' || Character.isLetter(last))) {
      var option = OPTION.matcher(plain);
      return option.matches() ? option.group(1) : plain;
    }
    return plain;
  }

  private static String part(String group) {
    return group == null ? "" : group;
  }

  /** Equations below each other, but not the cases of a function. */
  private static String systems(String text) {
    return SYSTEM
        .matcher(text)
        .replaceAll(
            system -> {
              String rows = system.group(2).replaceAll("&\\s*(?==)|(?<==)\\s*&|(?m)^\\s*&", "");
              return Matcher.quoteReplacement(
                  rows.indexOf('&') >= 0
                      ? system.group()
                      : rows.strip()
                          .replaceAll("\\\\\\\\\\s*$", "")
                          .replaceAll("[,;]?\\s*\\\\\\\\", ", "));
            });
  }
}
