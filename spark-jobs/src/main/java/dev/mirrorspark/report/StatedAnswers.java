package dev.mirrorspark.report;

import dev.mirrorspark.math.Braces;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * All places at which a response states a final answer: boxes, and what follows a mark of {@code
 * #}, such as {@code ####}, on its line. A Markdown heading of up to three is no such mark, and
 * what stands in a fenced block none either.
 *
 * @param answers in the order of the response
 * @param firstAt where the first begins; the length of the response where there is none
 */
record StatedAnswers(List<String> answers, int firstAt) {
  private static final Pattern FENCED = Pattern.compile("```[\\s\\S]*?(?:```|\\z)");
  private static final Pattern BOX = Pattern.compile("\\\\(?:boxed|fbox)\\s*\\{");
  private static final Pattern HASHES = Pattern.compile("#+");
  private static final Pattern MARK = Pattern.compile(BOX + "|" + HASHES);
  private static final int LONGEST_HEADING = 3;

  StatedAnswers {
    answers = List.copyOf(answers);
  }

  static StatedAnswers in(String text) {
    // Comments of a program are no answers; the places stay.
    String response = FENCED.matcher(text).replaceAll(code -> " ".repeat(code.group().length()));
    List<String> answers = new ArrayList<>();
    int first = response.length();
    var mark = MARK.matcher(response);
    while (mark.find()) {
      int end = mark.end();
      String answer =
          response.charAt(mark.start()) == '\\'
              ? Braces.argument(response, end - 1).orElse("")
              : line(response, end);
      if (!answer.isBlank() && !isHeading(response, mark.start(), end)) {
        first = Math.min(first, mark.start());
        answers.add(answer.strip());
      }
    }
    return new StatedAnswers(answers, first);
  }

  private static boolean isHeading(String response, int start, int end) {
    return response.charAt(start) == '#'
        && end - start <= LONGEST_HEADING
        && (start == 0 || response.charAt(start - 1) == '\n')
        && end < response.length()
        && response.charAt(end) == ' ';
  }

  private static String line(String response, int from) {
    int end = from;
    while (end < response.length() && "#\n".indexOf(response.charAt(end)) < 0) {
      end++;
    }
    return response.substring(from, end);
  }
}
