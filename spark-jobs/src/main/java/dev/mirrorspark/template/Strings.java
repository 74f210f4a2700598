package dev.mirrorspark.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;
import java.util.regex.Pattern;

/** Python's text: what is space, how lines and words are cut, how cases change. */
final class Strings {
  private static final Pattern LINE_END =
      Pattern.compile("\r\n|[\n\r\u000b\f\u001c\u001d\u001e\u0085\u2028\u2029]");

  private Strings() {}

  static boolean isSpace(int c) {
    return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == 0x85;
  }

  /** Whether a text has nothing but space, and some. */
  static boolean blank(String text) {
    return !text.isEmpty() && text.codePoints().allMatch(Strings::isSpace);
  }

  static String strip(String text, boolean left, boolean right) {
    return strip(text, left, right, Strings::isSpace);
  }

  static String strip(String text, boolean left, boolean right, IntPredicate away) {
    int from = 0;
    int to = text.length();
    while (left && from < to && away.test(text.codePointAt(from))) {
      from += Character.charCount(text.codePointAt(from));
    }
    while (right && from < to && away.test(text.codePointBefore(to))) {
      to -= Character.charCount(text.codePointBefore(to));
    }
    return text.substring(from, to);
  }

  static List<Object> lines(String text, boolean keepEnds) {
    var lines = new ArrayList<Object>();
    var end = LINE_END.matcher(text);
    int from = 0;
    while (end.find()) {
      lines.add(text.substring(from, keepEnds ? end.end() : end.start()));
      from = end.end();
    }
    if (from < text.length()) {
      lines.add(text.substring(from));
    }
    return lines;
  }

  /** Splits at runs of space, at most so many times, from the left. */
  static List<Object> words(String text, long most) {
    var words = new ArrayList<Object>();
    String rest = strip(text, true, false);
    while (!rest.isEmpty()) {
      if (words.size() == most) {
        words.add(rest);
        break;
      }
      int end = 0;
      while (end < rest.length() && !isSpace(rest.codePointAt(end))) {
        end += Character.charCount(rest.codePointAt(end));
      }
      words.add(rest.substring(0, end));
      rest = strip(rest.substring(end), true, false);
    }
    return words;
  }

  /** Splits at runs of space, at most so many times, from the right. */
  static List<Object> wordsFromRight(String text, long most) {
    var words = new ArrayList<Object>();
    String rest = strip(text, false, true);
    while (!rest.isEmpty()) {
      if (words.size() == most) {
        words.add(0, rest);
        break;
      }
      int begin = rest.length();
      while (begin > 0 && !isSpace(rest.codePointBefore(begin))) {
        begin -= Character.charCount(rest.codePointBefore(begin));
      }
      words.add(0, rest.substring(begin));
      rest = strip(rest.substring(0, begin), false, true);
    }
    return words;
  }

  static List<Object> split(String text, String separator, long most) {
    var parts = new ArrayList<Object>();
    int from = 0;
    for (int at; parts.size() != most && (at = text.indexOf(separator, from)) >= 0; ) {
      parts.add(text.substring(from, at));
      from = at + separator.length();
    }
    parts.add(text.substring(from));
    return parts;
  }

  static List<Object> splitFromRight(String text, String separator, long most) {
    var parts = new ArrayList<Object>();
    int to = text.length();
    for (int at; parts.size() != most && (at = lastIndex(text, separator, to)) >= 0; ) {
      parts.add(0, text.substring(at + separator.length(), to));
      to = at;
    }
    parts.add(0, text.substring(0, to));
    return parts;
  }

  private static int lastIndex(String text, String part, int end) {
    return end < part.length() ? -1 : text.lastIndexOf(part, end - part.length());
  }

  /** Replaces the first so many occurrences; all where the number is negative. */
  static String replace(String text, String old, String by, long most) {
    if (most < 0) {
      return text.replace(old, by);
    }
    var out = new StringBuilder();
    int from = 0;
    for (long i = 0; i < most; i++) {
      int at = text.indexOf(old, old.isEmpty() && i > 0 ? from + 1 : from);
      if (at < 0) {
        break;
      }
      out.append(text, from, at).append(by);
      from = at + old.length();
    }
    return out.append(text.substring(Math.min(from, text.length()))).toString();
  }

  static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }

  static String upper(String text) {
    return text.toUpperCase(Locale.ROOT);
  }

  static String capitalized(String text) {
    int first = text.isEmpty() ? 0 : Character.charCount(text.codePointAt(0));
    return titled(text.substring(0, first)) + lower(text.substring(first));
  }

  /** As {@code str.title}: a letter that follows none is a capital, every other is small. */
  static String titled(String text) {
    var out = new StringBuilder();
    boolean inside = false;
    for (int c : text.codePoints().toArray()) {
      out.appendCodePoint(inside ? Character.toLowerCase(c) : Character.toTitleCase(c));
      inside = cased(c);
    }
    return out.toString();
  }

  static boolean cased(int c) {
    return Character.isUpperCase(c) || Character.isLowerCase(c) || Character.isTitleCase(c);
  }

  /** Text of so many characters, made long enough by another on the left and the right. */
  static String padded(String text, long width, String fill, boolean left, boolean right) {
    long missing = width - length(text);
    if (missing <= 0) {
      return text;
    }
    long before = !left ? 0 : right ? missing / 2 + (missing & width & 1) : missing;
    return fill.repeat((int) before) + text + fill.repeat((int) (missing - before));
  }

  /** Number of characters, as Python counts them. */
  static int length(String text) {
    return text.codePointCount(0, text.length());
  }
}
