package dev.mirrorspark.math;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Spellings of repeating decimals, as the one with a line over the period. */
final class Recurring {
  private static final Pattern DOTS =
      Pattern.compile("(\\d*\\.\\d*?)\\\\dot\\s*\\{?(\\d)\\}?(?:(\\d*)\\\\dot\\s*\\{?(\\d)\\}?)?");
  private static final Pattern BAR = Pattern.compile("(\\d*\\.\\d*)\\\\bar\\s*\\{?(\\d+)\\}?");
  private static final Pattern OVER = Pattern.compile("(\\d*\\.\\d*?)((?:\\d[\\u0304\\u0305])+)");
  private static final Pattern BRACKETS = Pattern.compile("(-?\\d*\\.\\d*)\\((\\d+)\\)");
  private static final Pattern ONGOING =
      Pattern.compile("(\\d*\\.)(\\d+)\\s*(?:\\.\\.\\.+|…|\\\\[lc]?dots(?![A-Za-z]))");
  private static final Pattern CHOICE =
      Pattern.compile("(?:\\{\\}|\\^)?_?\\{?(\\d+)\\}?\\s*\\\\?C_\\{?(\\d+)\\}?");

  private Recurring() {}

  static String spelled(String text) {
    String plain = text;
    if (plain.indexOf('C') >= 0) {
      Matcher choice = CHOICE.matcher(plain);
      plain =
          choice.matches() ? "\\binom{" + choice.group(1) + "}{" + choice.group(2) + "}" : plain;
    }
    if (plain.contains("\\dot")) {
      plain =
          DOTS.matcher(plain)
              .replaceAll(
                  found ->
                      Matcher.quoteReplacement(
                          found.group(1)
                              + "\\overline{"
                              + found.group(2)
                              + part(found.group(3))
                              + part(found.group(4))
                              + "}"));
    }
    if (plain.contains("\\bar")) {
      plain = BAR.matcher(plain).replaceAll("$1\\\\overline{$2}");
    }
    if (plain.indexOf('\u0305') >= 0 || plain.indexOf('\u0304') >= 0) {
      plain =
          OVER.matcher(plain)
              .replaceAll(
                  found ->
                      Matcher.quoteReplacement(
                          found.group(1)
                              + "\\overline{"
                              + found.group(2).replaceAll("[\\u0304\\u0305]", "")
                              + "}"));
    }
    Matcher brackets = BRACKETS.matcher(plain);
    if (brackets.matches()) {
      return brackets.group(1) + "\\overline{" + brackets.group(2) + "}";
    }
    boolean ongoing = plain.contains("...") || plain.indexOf('…') >= 0 || plain.contains("dots");
    return ongoing ? ongoing(plain) : plain;
  }

  private static String part(String group) {
    return group == null ? "" : group;
  }

  /** 0.333... where the digits show a period: thrice, or twice if it has several digits. */
  private static String ongoing(String text) {
    return ONGOING
        .matcher(text)
        .replaceAll(
            found ->
                Matcher.quoteReplacement(
                    period(found.group(2))
                        .map(spelled -> found.group(1) + spelled)
                        .orElse(found.group())));
  }

  private static Optional<String> period(String digits) {
    for (int length = 1; length <= digits.length() / 2; length++) {
      String period = digits.substring(digits.length() - length);
      int from = digits.length() - length;
      int times = 1;
      while (from >= length && digits.startsWith(period, from - length)) {
        from -= length;
        times++;
      }
      if (times >= (length == 1 ? 3 : 2)) {
        return Optional.of(digits.substring(0, from) + "\\overline{" + period + "}");
      }
    }
    return Optional.empty();
  }
}
