package dev.mirrorspark.math;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** Other spellings of an answer, and changed answers, made by rewriting its text. */
final class Respelling {
  private static final Pattern INTEGER = Pattern.compile("-?\\d+");
  private static final Pattern DECIMAL = Pattern.compile("-?\\d*\\.\\d+");
  private static final Pattern FRACTION =
      Pattern.compile("(-?)\\\\[dt]?frac\\{(\\d+)\\}\\{(\\d+)\\}");

  private Respelling() {}

  /** At least three other spellings of an answer, the ones that change most first. */
  static List<String> of(String original) {
    String answer =
        original.endsWith(".") ? original.substring(0, original.length() - 1) : original;
    Set<String> spellings = new LinkedHashSet<>();
    reordered(answer, spellings);
    numbers(answer, spellings);
    words(answer, spellings);
    spellings.add(answer.replaceAll("\\\\frac(?![A-Za-z])", "\\\\dfrac"));
    spellings.add(answer.replaceAll("\\\\[dt]frac(?![A-Za-z])", "\\\\frac"));
    if (!answer.contains("\\left") && !answer.contains("\\text{(")) {
      spellings.add(
          answer.replaceAll("(?<!\\\\)\\(", "\\\\left(").replaceAll("(?<!\\\\)\\)", "\\\\right)"));
    }
    spellings.add(answer.replaceAll("\\\\(left|right)(?![A-Za-z])", ""));
    if (!answer.contains("\\text") && !answer.contains("\\mbox")) {
      spellings.add(answer.replaceAll("([+=<>])", " $1\\\\, "));
      spellings.add(answer.replaceAll("(?<!\\\\)\\s+(?![A-Za-z])", ""));
      spellings.add(answer.replaceAll("\\\\sqrt\\{(\\w+)\\}", "\\\\sqrt{\\\\,$1}"));
    }
    if (!answer.contains("$")) {
      spellings.add("$" + answer + "$");
    }
    spellings.add("\\displaystyle " + answer + ".");
    spellings.add("\\(" + answer + "\\)");
    spellings.remove(original);
    return new ArrayList<>(spellings);
  }

  /** Sums and products commuted, lists turned round. */
  private static void reordered(String answer, Set<String> spellings) {
    if (answer.matches(
        ".*(\\\\text|\\\\mbox|\\\\begin|\\$|\\\\%|_|\\\\circ|[=<>:]|\\\\in|\\\\pm).*")) {
      return;
    }
    List<String> items = split(answer, ",");
    if (items.size() > 1 && !answer.contains("\\!") && !answer.contains("{,}")) {
      Collections.reverse(items);
      spellings.add(String.join(", ", items));
      return;
    }
    List<String> terms = terms(answer);
    if (terms.size() > 1 && !answer.contains("\\cup")) {
      Collections.reverse(terms);
      String sum = String.join("", terms);
      spellings.add(sum.startsWith("+") ? sum.substring(1) : sum);
    }
    var product = Pattern.compile("(\\d+) ?(\\\\sqrt\\{?\\d+\\}?|\\\\pi|[a-z])").matcher(answer);
    if (product.matches()) {
      spellings.add(product.group(2) + " \\cdot " + product.group(1));
    }
  }

  private static void numbers(String answer, Set<String> spellings) {
    if (INTEGER.matcher(answer).matches()) {
      spellings.add(answer + ".0");
      spellings.add("\\frac{" + 2 * Long.parseLong(answer) + "}{2}");
      spellings.add(answer + "\\text{ units}");
      spellings.add(answer + " \\times 10^{0}");
    } else if (DECIMAL.matcher(answer).matches()) {
      var value = new BigDecimal(answer);
      spellings.add(value.unscaledValue() + "/" + BigDecimal.TEN.pow(value.scale()));
      spellings.add(answer + "0");
    } else if (FRACTION.matcher(answer).matches()) {
      var matcher = FRACTION.matcher(answer);
      matcher.matches();
      long top = Long.parseLong(matcher.group(2));
      long bottom = Long.parseLong(matcher.group(3));
      spellings.add(matcher.group(1) + top + "/" + bottom);
      spellings.add(matcher.group(1) + "\\tfrac{" + 3 * top + "}{" + 3 * bottom + "}");
      if (finite(bottom)) {
        spellings.add(
            matcher.group(1) + new BigDecimal(top).divide(new BigDecimal(bottom)).toPlainString());
      }
    }
    spellings.add(answer.replaceAll(",\\s?\\\\!\\s?", ","));
    spellings.add(answer.replaceAll("^\\\\\\$ ?([\\d.]+)$", "$1 dollars"));
    spellings.add(answer.replace("\\$", ""));
    spellings.add(answer.replace("^\\circ", "\\text{ degrees}"));
    spellings.add(answer.replaceAll("_\\{?(\\d+)\\}?$", "_{$1}"));
    spellings.add(answer.replaceAll("_\\{?(\\d+)\\}?$", "_$1"));
  }

  private static boolean finite(long denominator) {
    long rest = denominator;
    for (int prime : new int[] {2, 5}) {
      while (rest % prime == 0) {
        rest /= prime;
      }
    }
    return rest == 1;
  }

  private static void words(String answer, Set<String> spellings) {
    if (answer.matches("\\\\(text|mbox)\\{[^{}]*\\}")) {
      spellings.add(answer.replaceAll("\\\\(text|mbox)\\{(.*)\\}", "$2"));
      spellings.add(answer.replaceAll("\\\\(text|mbox)\\{(.*)\\}", "\\\\textbf{$2}"));
      spellings.add(answer.replaceAll("\\\\(text|mbox)\\{(.*)\\}", "\\\\text{ $2 }"));
    }
    spellings.add(answer.replace("\\text{", "\\mbox{"));
    spellings.add(
        answer
            .replace("\\begin{pmatrix}", "\\begin{bmatrix}")
            .replace("\\end{pmatrix}", "\\end{bmatrix}"));
  }

  /** The terms of a sum, each with its sign; one if it is none, or if brackets hold it. */
  private static List<String> terms(String sum) {
    List<String> terms = new ArrayList<>();
    int depth = 0;
    int start = 0;
    for (int i = 0; i < sum.length(); i++) {
      char c = sum.charAt(i);
      depth += "({[".indexOf(c) >= 0 ? 1 : ")}]".indexOf(c) >= 0 ? -1 : 0;
      if ((c == '+' || c == '-') && depth == 0 && i > start && sum.charAt(i - 1) != '^') {
        terms.add(sum.substring(start, i));
        start = i;
      }
    }
    terms.add(sum.substring(start));
    String first = terms.get(0).strip();
    terms.set(0, first.startsWith("-") ? first : "+" + first);
    return terms;
  }

  private static List<String> split(String list, String separator) {
    List<String> items = new ArrayList<>();
    int depth = 0;
    int start = 0;
    for (int i = 0; i < list.length(); i++) {
      char c = list.charAt(i);
      depth += "({[".indexOf(c) >= 0 ? 1 : ")}]".indexOf(c) >= 0 ? -1 : 0;
      if (list.startsWith(separator, i) && depth == 0) {
        items.add(list.substring(start, i).strip());
        start = i + 1;
      }
    }
    items.add(list.substring(start).strip());
    return items;
  }

  /** A different answer of the same form: another digit, or another letter. */
  static String changed(String answer) {
    for (int i = 0; i < answer.length(); i++) {
      char c = answer.charAt(i);
      if (c >= '0' && c <= '9') {
        return answer.substring(0, i) + (c == '9' ? '8' : (char) (c + 1)) + answer.substring(i + 1);
      }
    }
    if (answer.matches("\\(?\\\\(text|mbox)\\{.*")) {
      return answer.replaceFirst("\\{(\\(?)[A-Za-z]?", "{$1Q");
    }
    if (answer.matches("\\\\overline.*|[A-Z](, [A-Z])*")) {
      return answer.replaceFirst("[A-Z]", "Q");
    }
    return "2" + (answer.matches("[a-z] - .*|p\\+.*") ? "(" + answer + ")" : " " + answer);
  }
}
