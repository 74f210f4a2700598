package dev.mirrorspark.eval;

import static org.apache.spark.sql.functions.col;

import dev.mirrorspark.table.EvalResults;
import dev.mirrorspark.table.TableSchema;
import dev.mirrorspark.table.Warehouse;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Row;

/**
 * How alike a policy answered problems that were asked as a picture and as text (Kimi k1.5, 2.3),
 * in one evaluation. A response to the picture is held against the one of the same number to the
 * text; pairs of which one could not be judged are left out.
 *
 * @param evaluation what was evaluated, and how
 * @param pairs pairs of responses
 * @param alike pairs with the same final answer, or with two right ones; no answer is like none
 * @param bothRight pairs of right answers
 * @param textRight pairs of which the answer to the text alone is right
 * @param pictureRight pairs of which the answer to the picture alone is right
 */
public record TwinAgreement(
    Evaluation evaluation, int pairs, int alike, int bothRight, int textRight, int pictureRight) {

  /**
   * One evaluation of a run.
   *
   * @param mode {@code greedy} or {@code sampling}
   * @param problems its number of problems, all of them
   * @param samples responses to a problem
   */
  public record Evaluation(
      int policyVersion, String mode, double temperature, int problems, int samples) {
    private static final Comparator<Evaluation> ORDER =
        Comparator.comparing(Evaluation::mode)
            .thenComparingDouble(Evaluation::temperature)
            .thenComparingInt(Evaluation::samples)
            .thenComparingInt(Evaluation::problems)
            .thenComparingInt(Evaluation::policyVersion);
  }

  /** A response of an evaluation. */
  record Key(String promptId, int sample) {}

  /** What was made of it; an empty answer where it states none. */
  record Given(String answer, boolean correct) {}

  /**
   * The evaluations of a run that hold both of some twins.
   *
   * @param twins the prompt id of the text, by that of the picture
   */
  public static List<TwinAgreement> of(
      Warehouse warehouse, String run, String dataset, String split, Map<String, String> twins) {
    var ids = new ArrayList<>(twins.keySet());
    ids.addAll(twins.values());
    Map<Evaluation, Map<Key, Given>> evaluations = new TreeMap<>(Evaluation.ORDER);
    warehouse
        .read(EvalResults.TABLE)
        .where(col(TableSchema.RUN).equalTo(run))
        .where(col(EvalResults.DATASET).equalTo(dataset))
        .where(col(EvalResults.SPLIT).equalTo(split))
        .where(col(EvalResults.PROMPT_ID).isin(ids.toArray()))
        .where(col(EvalResults.CORRECT).isNotNull())
        .collectAsList()
        .forEach(
            row ->
                evaluations
                    .computeIfAbsent(evaluation(row), any -> new HashMap<>())
                    .put(
                        new Key(row.getAs(EvalResults.PROMPT_ID), row.getAs(EvalResults.SAMPLE)),
                        given(row)));
    List<TwinAgreement> found = new ArrayList<>();
    evaluations.forEach(
        (evaluation, given) -> {
          var one = count(evaluation, given, twins);
          if (one.pairs() > 0) {
            found.add(one);
          }
        });
    return found;
  }

  private static Evaluation evaluation(Row row) {
    return new Evaluation(
        row.getAs(EvalResults.POLICY_VERSION),
        row.getAs(EvalResults.MODE),
        row.getAs(EvalResults.TEMPERATURE),
        row.getAs(EvalResults.PROBLEMS),
        row.getAs(EvalResults.SAMPLES));
  }

  private static Given given(Row row) {
    String answer = row.getAs(EvalResults.ANSWER);
    return new Given(answer == null ? "" : answer, row.getAs(EvalResults.CORRECT));
  }

  static TwinAgreement count(
      Evaluation evaluation, Map<Key, Given> given, Map<String, String> twins) {
    int pairs = 0;
    int alike = 0;
    int bothRight = 0;
    int textRight = 0;
    int pictureRight = 0;
    for (var twin : twins.entrySet()) {
      for (int sample = 0; sample < evaluation.samples(); sample++) {
        var picture = given.get(new Key(twin.getKey(), sample));
        var text = given.get(new Key(twin.getValue(), sample));
        if (picture == null || text == null) {
          continue;
        }
        boolean both = picture.correct() && text.correct();
        boolean same = !text.answer().isEmpty() && text.answer().equals(picture.answer());
        pairs++;
        alike += both || same ? 1 : 0;
        bothRight += both ? 1 : 0;
        textRight += text.correct() && !picture.correct() ? 1 : 0;
        pictureRight += picture.correct() && !text.correct() ? 1 : 0;
      }
    }
    return new TwinAgreement(evaluation, pairs, alike, bothRight, textRight, pictureRight);
  }
}
