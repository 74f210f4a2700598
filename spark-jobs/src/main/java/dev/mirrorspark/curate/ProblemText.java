package dev.mirrorspark.curate;

import java.math.BigDecimal;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.commons.codec.digest.DigestUtils;

/** The text of a problem as a copy of it would still have it. */
final class ProblemText {
  private static final Pattern SPACE = Pattern.compile("\\s+");

  /** Numbers, words with the command of a formula among them, and the signs of arithmetic. */
  private static final Pattern TOKEN =
      Pattern.compile(
          "\\d{1,3}(?:,\\d{3})+(?:\\.\\d+)?(?!\\d)|\\d+(?:\\.\\d+)?|\\.\\d+"
              + "|\\p{L}[\\p{L}\\p{M}]*(?:'\\p{L}+)?|[-+*/^=<>≤≥≠×÷±√°%!]");

  /** What a formula looks like, and not what it says. */
  private static final Set<String> LAYOUT =
      Set.of(
          "left",
          "right",
          "text",
          "textbf",
          "mathrm",
          "displaystyle",
          "dfrac",
          "tfrac",
          "frac",
          "begin",
          "end",
          "quad",
          "qquad",
          "cdot");

  /** Without one, which is a pronoun as often as a number. */
  private static final Map<String, String> NUMBER_WORDS =
      Map.ofEntries(
          Map.entry("two", "2"),
          Map.entry("three", "3"),
          Map.entry("four", "4"),
          Map.entry("five", "5"),
          Map.entry("six", "6"),
          Map.entry("seven", "7"),
          Map.entry("eight", "8"),
          Map.entry("nine", "9"),
          Map.entry("ten", "10"),
          Map.entry("eleven", "11"),
          Map.entry("twelve", "12"),
          Map.entry("fifteen", "15"),
          Map.entry("twenty", "20"),
          Map.entry("thirty", "30"),
          Map.entry("forty", "40"),
          Map.entry("fifty", "50"),
          Map.entry("sixty", "60"));

  private ProblemText() {}

  /** Equal for texts that differ in letter case, white space, quotes and the final mark only. */
  static String normalised(String text) {
    var plain = plain(text);
    return SPACE.matcher(plain).replaceAll(" ").strip().replaceFirst("[ .?!:]+$", "");
  }

  /**
   * The tokens in order: numbers as numbers (1,000 and 1000.0 are one), words in lower case, signs.
   */
  static List<String> tokens(String text) {
    var plain = plain(text);
    List<String> tokens = new ArrayList<>();
    var matcher = TOKEN.matcher(plain);
    while (matcher.find()) {
      String token = matcher.group();
      char first = token.charAt(0);
      if (Character.isDigit(first) || first == '.') {
        tokens.add(number(token));
      } else if (first == '-') {
        if (!hyphen(plain, matcher.start())) {
          tokens.add(token);
        }
      } else if (!LAYOUT.contains(token)) {
        tokens.add(NUMBER_WORDS.getOrDefault(token, token));
      }
    }
    return tokens;
  }

  /** The numbers in order, each once as often as it is written. */
  static List<String> numbers(List<String> tokens) {
    return tokens.stream().filter(ProblemText::isNumber).toList();
  }

  static boolean isNumber(String token) {
    return Character.isDigit(token.charAt(0));
  }

  private static String number(String token) {
    return new BigDecimal(token.replace(",", "")).stripTrailingZeros().toPlainString();
  }

  /** A hyphen or dash between words is no minus sign. */
  private static boolean hyphen(String text, int at) {
    boolean wordBefore = at >= 2 && isWord(text, at - 1) && isWord(text, at - 2);
    boolean wordBehind = at + 2 < text.length() && isWord(text, at + 1) && isWord(text, at + 2);
    return wordBefore || wordBehind;
  }

  private static boolean isWord(String text, int at) {
    return Character.isLetter(text.charAt(at));
  }

  private static String plain(String text) {
    return Normalizer.normalize(text, Normalizer.Form.NFC)
        .replace('\u2019', '\'')
        .replace('\u2018', '\'')
        .replace('\u201c', '"')
        .replace('\u201d', '"')
        .replace('\u2212', '-')
        .replace('\u2013', '-')
        .replace('\u2014', '-')
        .toLowerCase(Locale.ROOT);
  }

  /** The SHA-256, in hex, of the normalised text: equal for texts that differ in layout alone. */
  static String key(String text) {
    return DigestUtils.sha256Hex(normalised(text));
  }
}
