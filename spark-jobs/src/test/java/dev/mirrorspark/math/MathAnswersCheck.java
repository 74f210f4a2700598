package dev.mirrorspark.math;

import dev.mirrorspark.math.Comparison.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a run over answers found. */
final class MathAnswersCheck {
  private final MathComparer comparer;
  private final Map<String, Integer> forms = new TreeMap<>();
  private final Map<String, Integer> decidedBy = new TreeMap<>();
  private final List<String> unread = new ArrayList<>();
  private final List<String> wrong = new ArrayList<>();

  /** Spellings that are equal as texts alone, since one of them cannot be read. */
  private final List<String> byText = new ArrayList<>();

  /** Changed answers that are no answers any more, such as 20000 to base 2. */
  private final List<String> unreadChanged = new ArrayList<>();

  private int answers;
  private int compared;

  MathAnswersCheck(MathComparer comparer) {
    this.comparer = comparer;
  }

  int answers() {
    return answers;
  }

  int compared() {
    return compared;
  }

  List<String> unread() {
    return unread;
  }

  List<String> unreadChanged() {
    return unreadChanged;
  }

  List<String> byText() {
    return byText;
  }

  List<String> wrong() {
    return wrong;
  }

  void add(String answer) {
    answers++;
    MathComparer.form(answer)
        .ifPresentOrElse(form -> forms.merge(form, 1, Integer::sum), () -> unread.add(answer));
    List<String> spellings = Respelling.of(answer);
    if (spellings.size() < 3) {
      wrong.add(answer + " has less than three spellings: " + spellings);
    }
    for (String spelling : spellings.subList(0, Math.min(3, spellings.size()))) {
      expect(answer, spelling, true);
    }
    expect(answer, Respelling.changed(answer), false);
  }

  private void expect(String answer, String other, boolean equal) {
    Comparison comparison = comparer.compare(answer, other);
    compared++;
    decidedBy.merge(comparison.by(), 1, Integer::sum);
    if (equal && comparison.by().equals("text")) {
      byText.add(answer + " ~ " + other);
    }
    if (!equal && comparison.by().equals("text")) {
      unreadChanged.add(other);
    }
    boolean right =
        equal
            ? comparison.outcome() == Outcome.EQUAL
            : comparison.outcome() == Outcome.DIFFERENT
                || comparison.outcome() == Outcome.NOT_COMPARABLE;
    if (!right) {
      wrong.add(answer + " ~ " + other + ": " + comparison);
    }
  }

  @Override
  public String toString() {
    return "MATH: %,d answers by form %s, %d not read; %,d comparisons, decided by %s"
        .formatted(answers, forms, unread.size(), compared, decidedBy);
  }
}
