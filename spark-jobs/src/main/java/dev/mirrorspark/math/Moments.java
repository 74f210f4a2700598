package dev.mirrorspark.math;

import dev.mirrorspark.math.Answer.Clock;
import dev.mirrorspark.math.Answer.Day;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads times of the day and dates. */
final class Moments {
  private static final Pattern CLOCK =
      Pattern.compile(
          "(\\d{1,2}):([0-5]\\d)(?::([0-5]\\d))?(?:\\s*([ap])\\.?\\s*m\\.?|\\s*(?:o'clock|h|hours)?)");
  private static final Pattern HOUR = Pattern.compile("(\\d{1,2})\\s*([ap])\\.?\\s*m\\.?");
  private static final Pattern ISO = Pattern.compile("(\\d{4})[-/.](\\d{2})[-/.](\\d{2})");
  private static final Pattern NUMBERS = Pattern.compile("(\\d{1,2})([-/.])(\\d{1,2})\\2(\\d{4})");
  private static final List<String> MONTHS =
      List.of(
          "january",
          "february",
          "march",
          "april",
          "may",
          "june",
          "july",
          "august",
          "september",
          "october",
          "november",
          "december");
  private static final String MONTH =
      "(jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec|"
          + String.join("|", MONTHS)
          + ")\\.?";
  private static final Pattern MONTH_FIRST =
      Pattern.compile(MONTH + "\\s*(\\d{1,2})(?:st|nd|rd|th)?(?:\\s*,?\\s*(\\d{4}))?");
  private static final Pattern DAY_FIRST =
      Pattern.compile(
          "(?:the\\s+)?(\\d{1,2})(?:st|nd|rd|th)?\\s*(?:of\\s+)?"
              + MONTH
              + "(?:\\s*,?\\s*(\\d{4}))?");
  private static final Pattern TYPESETTING =
      Pattern.compile("\\\\(?:text|mbox|textbf|mathrm)\\s*\\{|[{}]|\\\\[,;: ]");
  private static final int LONGEST = 60;

  private Moments() {}

  static Optional<Answer> of(String text) {
    if (text.length() > LONGEST || !isCandidate(text)) {
      return Optional.empty();
    }
    String plain =
        TYPESETTING
            .matcher(text)
            .replaceAll(" ")
            .strip()
            .replaceAll("\\s+", " ")
            .toLowerCase(Locale.ROOT);
    return clock(plain).or(() -> day(plain));
  }

  private static boolean isCandidate(String text) {
    char first = text.charAt(0);
    boolean digit = first >= '0' && first <= '9';
    if (digit) {
      // a plain number is no moment, which most answers are
      for (int i = 1; i < text.length(); i++) {
        char c = text.charAt(i);
        if (c == ':' || Character.isLetter(c) || c == '-' || c == '/') {
          return true;
        }
      }
      return text.indexOf('.') != text.lastIndexOf('.');
    }
    boolean typeset =
        text.startsWith("\\text") || text.startsWith("\\mbox") || text.startsWith("\\mathrm");
    return (typeset || Character.isLetter(first))
        && text.chars().anyMatch(c -> c >= '0' && c <= '9');
  }

  private static Optional<Answer> clock(String plain) {
    var clock = CLOCK.matcher(plain);
    if (clock.matches() && Integer.parseInt(clock.group(1)) <= 24) {
      return Optional.of(
          new Clock(
              Integer.parseInt(clock.group(1)),
              Integer.parseInt(clock.group(2)),
              clock.group(3) == null ? 0 : Integer.parseInt(clock.group(3)),
              clock.group(4) == null ? "" : clock.group(4) + "m"));
    }
    var hour = HOUR.matcher(plain);
    if (hour.matches() && Integer.parseInt(hour.group(1)) <= 12) {
      return Optional.of(new Clock(Integer.parseInt(hour.group(1)), 0, 0, hour.group(2) + "m"));
    }
    return Optional.empty();
  }

  private static Optional<Answer> day(String plain) {
    var iso = ISO.matcher(plain);
    if (iso.matches()) {
      return Optional.of(new Day(iso.group(1), iso.group(2).replaceFirst("^0", ""), iso.group(3)));
    }
    var numbers = NUMBERS.matcher(plain);
    if (numbers.matches()) {
      // which is the month nobody knows: the text itself, without zeros in front
      return Optional.of(
          new Day(
              numbers.group(4),
              "",
              shortened(numbers.group(1)) + "/" + shortened(numbers.group(3))));
    }
    var first = MONTH_FIRST.matcher(plain);
    if (first.matches()) {
      return Optional.of(new Day(year(first.group(3)), month(first.group(1)), first.group(2)));
    }
    var second = DAY_FIRST.matcher(plain);
    if (second.matches()) {
      return Optional.of(new Day(year(second.group(3)), month(second.group(2)), second.group(1)));
    }
    return Optional.empty();
  }

  private static String shortened(String digits) {
    return digits.replaceFirst("^0(?=\\d)", "");
  }

  private static String year(String group) {
    return group == null ? "" : group;
  }

  private static String month(String name) {
    for (int i = 0; i < MONTHS.size(); i++) {
      if (MONTHS.get(i).startsWith(name.substring(0, 3))) {
        return String.valueOf(i + 1);
      }
    }
    return name;
  }
}
