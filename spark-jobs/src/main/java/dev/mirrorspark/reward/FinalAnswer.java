package dev.mirrorspark.reward;

import dev.mirrorspark.math.Braces;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Where a response states its final answer. */
final class FinalAnswer {
  /** A box with its argument in braces, or with one number or name behind it. */
  private static final Pattern BOX =
      Pattern.compile(
          "\\\\(?:boxed|fbox)\\s*(?:(\\{)|(-?\\d[\\d,]*(?:\\.\\d+)?|[A-Za-z](?=\\s*(?:\\$|\\\\[)\\]]|$))"
              + "|-?\\\\[dt]?frac\\s*(?:\\{[^{}]*\\}\\{[^{}]*\\}|\\d\\d)|\\\\pi(?![A-Za-z])))");

  /** What may stand between neighbouring boxes, which are one answer. */
  private static final Pattern BETWEEN =
      Pattern.compile(
          "(?:[\\s,;$]|\\\\[()\\[\\]]|\\\\[,;: ]|\\\\q?quad|\\*\\*|\\b(?:and|or)\\b"
              + "|\\\\(?:text|mbox)\\{\\s*,?\\s*(?:and|or)\\s*\\})*+");

  /** A heading that announces the answer on the next line. */
  private static final Pattern HEADING =
      Pattern.compile("(?i)[*_]*(?:the )?(?:final )?(?:answer|result)[*_:]*");

  private static final Pattern ANSWER_LINE =
      Pattern.compile(
          "(?im)^[ \\t>*_#-]*(?:final answer|the (?:final |correct )?answer is|answer)[ \\t*_]*[:：]?[ \\t*_]*(?=\\S)(.*)$");

  /** Most characters between neighbouring boxes. */
  private static final int GAP = 60;

  private FinalAnswer() {}

  /** A box in a response. */
  private record Box(String content, int start, int end) {}

  /** What follows the last mark of {@code #} on its line; else the last boxes. */
  static Optional<String> afterHash(String response) {
    return hash(response).or(() -> boxed(response));
  }

  /** What the last box holds, or its neighbours with it; else what follows the last {@code #}. */
  static Optional<String> inBox(String response) {
    return boxed(response).or(() -> hash(response));
  }

  /** What stands on the last line that starts with {@code Answer:}; else as {@link #inBox}. */
  static Optional<String> onAnswerLine(String response) {
    Optional<String> last = Optional.empty();
    var line = ANSWER_LINE.matcher(response);
    while (line.find()) {
      last = stated(line.group(1));
    }
    Optional<String> onLine = last;
    return onLine.flatMap(FinalAnswer::boxed).or(() -> onLine).or(() -> inBox(response));
  }

  private static Optional<String> stated(String answer) {
    return Optional.of(answer.strip()).filter(text -> !text.isEmpty());
  }

  /**
   * The rest of the line behind the last {@code ####}, or without one behind the last {@code #} ;
   * where that line ends there, the next one with text.
   */
  private static Optional<String> hash(String response) {
    int marked = response.lastIndexOf("####");
    if (marked >= 0) {
      return behind(response, marked + "####".length());
    }
    for (int hash = response.lastIndexOf('#');
        hash >= 0;
        hash = hash == 0 ? -1 : response.lastIndexOf('#', hash - 1)) {
      boolean escaped = hash > 0 && response.charAt(hash - 1) == '\\';
      if (!escaped) {
        return behind(response, hash + 1);
      }
    }
    return Optional.empty();
  }

  private static Optional<String> behind(String response, int from) {
    int start = from;
    while (start < response.length()
        && (Character.isWhitespace(response.charAt(start)) || response.charAt(start) == '#')) {
      start++;
    }
    int end = response.indexOf('\n', start);
    String line = response.substring(start, end < 0 ? response.length() : end);
    return end >= 0 && HEADING.matcher(line.strip()).matches()
        ? behind(response, end)
        : stated(line);
  }

  /** The arguments of the last boxes that hold something and have nothing else between them. */
  private static Optional<String> boxed(String response) {
    List<Box> boxes = boxes(response);
    if (boxes.isEmpty()) {
      return Optional.empty();
    }
    int first = boxes.size() - 1;
    while (first > 0 && areNeighbours(response, boxes.get(first - 1), boxes.get(first))) {
      first--;
    }
    List<String> contents =
        boxes.subList(first, boxes.size()).stream().map(Box::content).distinct().toList();
    return Optional.of(String.join(", ", contents));
  }

  private static boolean areNeighbours(String response, Box left, Box right) {
    return right.start() - left.end() <= GAP
        && BETWEEN.matcher(response).region(left.end(), right.start()).matches();
  }

  private static List<Box> boxes(String response) {
    List<Box> boxes = new ArrayList<>();
    if (!response.contains("\\boxed") && !response.contains("\\fbox")) {
      return boxes;
    }
    int[] partners = Braces.partners(response);
    var box = BOX.matcher(response);
    int from = 0;
    while (from < response.length() && box.find(from)) {
      from = box.end();
      if (box.group(1) == null) {
        boxes.add(new Box(box.group(2), box.start(), box.end()));
        continue;
      }
      int close = partners[box.end() - 1];
      if (close >= 0) {
        String content = response.substring(box.end(), close).strip();
        from = close + 1;
        if (!content.isEmpty()) {
          boxes.add(new Box(content, box.start(), from));
        }
      }
    }
    return boxes;
  }
}
