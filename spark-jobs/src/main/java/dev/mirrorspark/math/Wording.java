package dev.mirrorspark.math;

import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Words around values: those that say nothing of the value, and those that change it. */
final class Wording {
  /** Words that make another value or another statement of the one beside them. */
  private static final Set<String> CHANGING =
      Set.of(
          ("not no non never neither nor none cannot less more fewer greater larger smaller higher"
                  + " lower least most than or between over under above below beyond almost nearly"
                  + " half halves third thirds quarter quarters fourth fourths fifth fifths sixth"
                  + " sixths seventh sevenths eighth eighths ninth ninths tenth tenths hundredth"
                  + " hundredths thousandth thousandths twice double triple thrice quadruple square"
                  + " squared cube cubed root reciprocal inverse negative minus plus opposite"
                  + " factorial wrong incorrect false if unless except but without up to from until"
                  + " remainder modulo mod zero one two three four five six seven eight nine ten"
                  + " eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
                  + " twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million"
                  + " billion trillion dozen score out tens ones th st nd rd divided multiplied either any and")
              .split(" "));

  private static final Set<String> NEUTRAL =
      Set.of("exactly", "only", "just", "approximately", "about", "roughly", "around", "simply");

  private static final Pattern PROSE = Pattern.compile("[A-Za-z][A-Za-z ,']*+(?:\\*\\*)?");

  /** "The answer is" and "answer:" in other languages. */
  private static final Pattern FOREIGN =
      Pattern.compile(
          "(?iu)(?:(?:最终)?答案?(?:是|为|等于|:)|(?:所以|因此|故)?(?:答案|结果)(?:是|为|:)"
              + "|(?:答え|答)(?:は|:)|정답(?:은|:)"
              + "|(?:la )?(?:respuesta|réponse|risposta|resposta)(?: final)?(?: es| est| è| é|:)"
              + "|(?:die )?antwort(?: ist|:)|ответ(?: —|:))\\s*");

  private static final Pattern VERB =
      Pattern.compile(
          "\\b(?:is|are|equals|is equal to|are equal to|equal to|be|was|gives|get|have|obtain)\\b");
  private static final Pattern ANSWER =
      Pattern.compile("\\b(?:answers?|results?|solutions?|value|choice|option)\\b");

  /** "square units", but not "square root". */
  private static final Pattern SQUARE = Pattern.compile("^\\W*(?:square|cubic|cube) (?!roots?\\b)");

  private static final Pattern WORD = Pattern.compile("[A-Za-z']+");

  private Wording() {}

  /** Whether a phrase beside a value makes another value of it. */
  static boolean changes(String phrase) {
    String lower = phrase.toLowerCase(Locale.ROOT);
    var words = WORD.matcher(SQUARE.matcher(lower).replaceFirst(""));
    while (words.find()) {
      String word = words.group();
      if (CHANGING.contains(word) || word.endsWith("n't")) {
        return true;
      }
    }
    for (String sign : new String[] {"以上", "以下", "不", "负", "半", "多", "少", "余"}) {
      if (phrase.contains(sign)) {
        return true;
      }
    }
    return false;
  }

  /**
   * The text behind words such as {@code The answer is}, {@code So we get} or {@code Area:}; the
   * text itself where there are none, or where they change the value.
   */
  static String withoutLeadIn(String text) {
    String prose;
    String rest;
    boolean typeset = text.startsWith("\\text") || text.startsWith("\\mbox{");
    if (typeset) {
      int brace = text.indexOf('{');
      var argument = brace < 0 ? Optional.<String>empty() : Braces.argument(text, brace);
      if (argument.isEmpty()) {
        return text;
      }
      prose = argument.get();
      rest = text.substring(brace + prose.length() + 2);
    } else {
      if (!Character.isLetter(text.charAt(0))) {
        return text;
      }
      var foreign = FOREIGN.matcher(text);
      if (foreign.lookingAt() && foreign.end() < text.length()) {
        return changes(foreign.group()) ? text : text.substring(foreign.end()).strip();
      }
      var words = PROSE.matcher(text);
      if (!words.lookingAt()) {
        return text;
      }
      prose = words.group();
      rest = text.substring(words.end());
    }
    String said = prose.strip().toLowerCase(Locale.ROOT);
    if (rest.startsWith(":") && ANSWER.matcher(said).find() && !changes(said)) {
      return rest.substring(1).replaceFirst("^\\s*\\*\\*", "").strip();
    }
    if ((said.endsWith(":") || said.endsWith("="))
        && said.length() > 4
        && !changes(said)
        && !rest.isBlank()) {
      return rest.strip();
    }
    if (NEUTRAL.contains(said) && startsAsValue(rest.strip())) {
      return rest.strip();
    }
    var verb = VERB.matcher(prose);
    if (!verb.find()) {
      return text;
    }
    String before = prose.substring(0, verb.start()).strip();
    String behind = (prose.substring(verb.end()) + rest).strip().replaceFirst("^[:,]\\s*", "");
    boolean answer = ANSWER.matcher(before.toLowerCase(Locale.ROOT)).find();
    boolean plain = startsAsValue(behind) || answer && !behind.isEmpty() && !changes(behind);
    if (before.isEmpty() || !plain || changes(before)) {
      return text;
    }
    return before.length() == 1 ? before + " = " + behind : behind;
  }

  private static boolean startsAsValue(String text) {
    if (text.isEmpty()) {
      return false;
    }
    boolean letter = Character.isLetter(text.charAt(0));
    return letter
        ? text.length() == 1 || !Character.isLetter(text.charAt(1))
        : !text.startsWith("\\text") && ",:;'".indexOf(text.charAt(0)) < 0;
  }
}
