package dev.mirrorspark.reward;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * A user's own references and answers with the right verdicts, and how often the verifier errs.
 *
 * <p>A file is a table with tabs between its cells and the names of its columns in the first line:
 * {@code reference}, {@code answer} and {@code right} ({@code correct} or {@code wrong}), and if
 * wanted {@code kind} and {@code answer_type}. An answer is what stands in the box, or a response
 * that shows one itself.
 */
record LabelledPairs(List<Pair> pairs) {
  private static final double SECONDS = 5;

  record Pair(String kind, String answerType, String reference, String answer, boolean correct) {}

  /** Counts of one kind. */
  private static final class Counts {
    int correct;
    int wrong;
    int refused;
    int accepted;

    void add(boolean label, boolean verdict) {
      correct += label ? 1 : 0;
      wrong += label ? 0 : 1;
      refused += label && !verdict ? 1 : 0;
      accepted += !label && verdict ? 1 : 0;
    }

    String row(String kind) {
      return String.format(
          Locale.ROOT,
          "| %s | %d | %s | %d | %s |%n",
          kind,
          wrong,
          share(accepted, wrong),
          correct,
          share(refused, correct));
    }

    private static String share(int part, int of) {
      return of == 0 ? "–" : String.format(Locale.ROOT, "%d (%.1f%%)", part, 100.0 * part / of);
    }
  }

  /**
   * What came out.
   *
   * @param table in Markdown, a row for each kind and one for all
   * @param wrong the pairs whose verdict is not their label
   */
  record Findings(String table, List<String> wrong) {}

  /** {@code FILE}: prints the rates by kind and every disagreement. */
  public static void main(String[] arguments) throws IOException {
    Path file = Path.of(arguments[0]);
    var findings = read(Files.readString(file, StandardCharsets.UTF_8), file.toString()).judged();
    System.out.print(findings.table());
    findings.wrong().forEach(System.out::println);
  }

  /**
   * The pairs of a table.
   *
   * @throws IOException if a column is missing or a line has another number of cells
   */
  static LabelledPairs read(String text, String name) throws IOException {
    String[] lines = text.split("\\R");
    List<String> columns = List.of(lines[0].split("\t", -1));
    for (String needed : List.of("reference", "answer", "right")) {
      if (!columns.contains(needed)) {
        throw new IOException(name + ": the first line names no column '" + needed + "'");
      }
    }
    List<Pair> pairs = new ArrayList<>();
    for (int i = 1; i < lines.length; i++) {
      if (lines[i].isBlank()) {
        continue;
      }
      String[] cells = lines[i].split("\t", -1);
      if (cells.length != columns.size()) {
        throw new IOException(
            "%s, line %d: %d cells instead of %d"
                .formatted(name, i + 1, cells.length, columns.size()));
      }
      String right = cells[columns.indexOf("right")];
      if (!right.equals("correct") && !right.equals("wrong")) {
        throw new IOException(
            "%s, line %d: right is '%s'; accepted: correct, wrong".formatted(name, i + 1, right));
      }
      pairs.add(
          new Pair(
              cell(cells, columns, "kind", "all"),
              cell(cells, columns, "answer_type", "math"),
              cells[columns.indexOf("reference")],
              cells[columns.indexOf("answer")],
              right.equals("correct")));
    }
    return new LabelledPairs(pairs);
  }

  private static String cell(String[] cells, List<String> columns, String name, String otherwise) {
    int at = columns.indexOf(name);
    return at < 0 || cells[at].isBlank() ? otherwise : cells[at];
  }

  Findings judged() {
    var math = new MathVerifier(AnswerConvention.USUAL, SECONDS);
    var rule = new RuleVerifier();
    Map<String, Counts> counts = new TreeMap<>();
    List<String> wrong = new ArrayList<>();
    var all = new Counts();
    for (Pair pair : pairs) {
      boolean shows = pair.answer().contains("\\boxed") || pair.answer().contains("####");
      String response = shows ? pair.answer() : "\\boxed{" + pair.answer() + "}";
      Verifier verifier = math.handles(pair.answerType()) ? math : rule;
      Verdict verdict;
      try {
        verdict = verifier.verify(pair.reference(), pair.answerType(), response);
      } catch (Exception e) {
        throw new IllegalStateException(pair.toString(), e);
      }
      boolean correct = verdict.outcome() == Verdict.Outcome.CORRECT;
      counts.computeIfAbsent(pair.kind(), kind -> new Counts()).add(pair.correct(), correct);
      all.add(pair.correct(), correct);
      if (correct != pair.correct() || verdict.outcome() == Verdict.Outcome.ERROR) {
        wrong.add(
            "%s: %s ~ %s: %s, not %s (%s)"
                .formatted(
                    pair.kind(),
                    pair.reference(),
                    pair.answer(),
                    verdict.outcome().label(),
                    pair.correct() ? "correct" : "wrong",
                    verdict.detail()));
      }
    }
    var table = new StringBuilder();
    table.append("| kind | wrong ones | accepted | right ones | refused |%n".formatted());
    table.append("|---|---|---|---|---|%n".formatted());
    counts.forEach((kind, counted) -> table.append(counted.row(kind)));
    table.append(all.row("all"));
    return new Findings(table.toString(), wrong);
  }
}
