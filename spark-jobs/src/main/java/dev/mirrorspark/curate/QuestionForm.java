package dev.mirrorspark.curate;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds the questions whose answer can be guessed or cannot be checked: multiple choice, true or
 * false, and proofs (Kimi k1.5, 2.1).
 *
 * <p>The rules look at what is asked and at the answer, not at single words: a story may prove
 * something, and a figure may have a point (A).
 *
 * <ul>
 *   <li>Multiple choice: options (A), (B) … stand in order behind the question, three or more, or
 *       two where the answer is a letter of them; or the question itself is which one of the
 *       following it is.
 *   <li>True or false: the answer is true, false, yes or no; or the text asks whether something is
 *       true or false and the answer holds no number.
 *   <li>Proof: a sentence demands a proof, and nothing else is asked for; or the answer is one.
 * </ul>
 */
final class QuestionForm {
  /** (A), [A], A), A., A: and \\textbf{(A)}; in f(A) it is no label. */
  private static final Pattern LABEL =
      Pattern.compile(
          "(?<![\\p{L}\\p{N}\\\\(])(?:\\(([A-Ha-h])\\)|\\[([A-H])\\])"
              + "|(?:^|(?<=[\\s~;,?:$&]))([A-H])(?:\\.\\)|[.):])(?=[\\s~}$])");

  private static final Pattern LETTERS =
      Pattern.compile(
          "\\(?\\\\?(?:textbf|text|mathrm|mathbf|bf)?\\s*[{(]*\\s*([A-Ha-h](?:\\s*,\\s*[A-Ha-h])*)"
              + "\\s*[)}.]*(?:[:.)]?\\s.*)?",
          Pattern.DOTALL);

  private static final Pattern ASKS =
      Pattern.compile(
          "\\?|\\b(?:find|compute|calculate|determine|evaluate|how many|how much|how long|how far"
              + "|how old|what|simplify|express|solve|give|write|enter|in terms of|let|state)\\b",
          Pattern.CASE_INSENSITIVE);

  private static final Pattern ASKS_FOR_VALUE =
      Pattern.compile(
          "\\b(?:find|compute|calculate|determine|evaluate|how many|how much|how long|how far"
              + "|how old|what|which|simplify|express|solve)\\b",
          Pattern.CASE_INSENSITIVE);

  private static final Pattern LETTER_OF_OPTION =
      Pattern.compile(
          "\\b(?:enter|write|give|choose|answer with|answer is)\\s+the\\s+letters?\\s+"
              + "(?:of|in front of|corresponding to|for|before)\\b",
          Pattern.CASE_INSENSITIVE);

  private static final Pattern HOW_MANY_OF =
      Pattern.compile("\\bhow many of (?:the following|these)\\b", Pattern.CASE_INSENSITIVE);

  private static final Pattern WHICH_OF_THE_FOLLOWING =
      Pattern.compile(
          "(?:^|[.:;?!,$]\\s+|\\n\\s*)(?:in |for |to |by |of |then |so |now |and |at |from )?"
              + "which\\s+(?:one\\s+|ones\\s+|two\\s+)?of\\s+(?:the\\s+following|these)\\b[^?]*\\?",
          Pattern.CASE_INSENSITIVE);

  private static final Pattern YES_OR_NO =
      Pattern.compile(
          "\\W*(?:\\\\(?:text|textbf|mathrm)\\s*\\{)?\\s*(?:true|false|yes|no|correct|incorrect)\\b"
              + "\\s*[}.!]*(?:[,;:.].*)?",
          Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

  private static final Pattern TRUE_OR_FALSE =
      Pattern.compile(
          "\\b(?:true\\s*(?:or|/|\\|)\\s*false|t\\s*/\\s*f|yes\\s*(?:or|/)\\s*no)\\b",
          Pattern.CASE_INSENSITIVE);

  private static final Pattern DEMANDS_PROOF =
      Pattern.compile(
          "(?:^|[.:;?!,$)]\\s*|\\n"
              + "\\s*)(?:then|hence|please|now|also|thus|and)?,?\\s*"
              + "(?:(?:prove|show|demonstrate|establish|verify|justify)\\s+(?:that|the|if|each|every"
              + "|for|by|algebraically|rigorously|why|your|\\$|or\\s+disprove)"
              + "|prove\\s*:|prove\\s+\\S*[=<>\\\\]"
              + "|(?:give|write|provide|find)\\s+an?\\s+(?:\\w+\\s+)?proof\\b|explain\\s+why\\b)",
          Pattern.CASE_INSENSITIVE);

  private static final Pattern IS_PROOF =
      Pattern.compile(
          "^\\s*\\W*proof\\b|\\bq\\.?\\s?e\\.?\\s?d\\b|\\\\(?:blacksquare|qed)\\b|∎",
          Pattern.CASE_INSENSITIVE);

  private static final Pattern NUMBER = Pattern.compile("\\d");

  private QuestionForm() {}

  /** Why a question of this form is left out; empty for one to keep. */
  static Optional<Exclusion> exclusion(String text, String answer) {
    if (trueOrFalse(text, answer)) {
      return Optional.of(Exclusion.TRUE_FALSE);
    }
    if (multipleChoice(text, answer)) {
      return Optional.of(Exclusion.MULTIPLE_CHOICE);
    }
    return proof(text, answer) ? Optional.of(Exclusion.PROOF) : Optional.empty();
  }

  private static boolean trueOrFalse(String text, String answer) {
    return YES_OR_NO.matcher(answer.strip()).matches()
        || TRUE_OR_FALSE.matcher(text).find() && !NUMBER.matcher(answer).find();
  }

  private static boolean multipleChoice(String text, String answer) {
    return options(text, answer) || WHICH_OF_THE_FOLLOWING.matcher(text).find();
  }

  /** Whether labels from (A) on stand in a row behind the question. */
  private static boolean options(String text, String answer) {
    Matcher letters = LETTERS.matcher(answer.strip());
    int answered = letters.matches() ? Character.toUpperCase(letters.group(1).charAt(0)) - 'A' : -1;
    if (answered >= 0 && LETTER_OF_OPTION.matcher(text).find()) {
      return true;
    }
    Matcher label = LABEL.matcher(text);
    int first = -1;
    int count = 0;
    boolean capitals = true;
    while (label.find()) {
      char letter = text.charAt(letterAt(label));
      int index = Character.toUpperCase(letter) - 'A';
      if (index == 0) {
        first = label.start();
        count = 0;
        capitals = true;
      }
      if (index == count) {
        count++;
        capitals &= Character.isUpperCase(letter);
      }
    }
    if (count >= 2 && answered >= 0 && answered < count) {
      return true;
    }
    return count >= 3
        && capitals
        && ASKS.matcher(text.substring(0, first)).find()
        && !ASKS.matcher(text.substring(first)).find()
        && !HOW_MANY_OF.matcher(text).find();
  }

  private static int letterAt(Matcher label) {
    for (int group = 1; group <= label.groupCount(); group++) {
      if (label.start(group) >= 0) {
        return label.start(group);
      }
    }
    throw new IllegalStateException("a label without a letter");
  }

  private static boolean proof(String text, String answer) {
    if (IS_PROOF.matcher(answer).find()) {
      return true;
    }
    Matcher demand = DEMANDS_PROOF.matcher(text);
    return demand.find() && !ASKS_FOR_VALUE.matcher(text).find() && !text.strip().endsWith("?");
  }
}
