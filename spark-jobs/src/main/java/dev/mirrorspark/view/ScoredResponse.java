package dev.mirrorspark.view;

import dev.mirrorspark.report.Figures;
import dev.mirrorspark.table.Rewards;
import dev.mirrorspark.table.TrainingSet;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Row;

/**
 * A response that was scored: its reward, and what the gate made of it.
 *
 * @param reward NaN where the verifier failed
 */
record ScoredResponse(
    Key key, int iteration, String verdict, double reward, Optional<Offer> offer) {

  /** What identifies a response of a run. */
  record Key(int born, String prompt, int sample) {
    static Key of(Row row) {
      return new Key(
          row.getAs(Rewards.BORN), row.getAs(Rewards.PROMPT_ID), row.getAs(Rewards.SAMPLE));
    }
  }

  /**
   * What the gate made of it.
   *
   * @param rejected why it does not train; empty where it does
   * @param advantage NaN where it does not train
   */
  record Offer(boolean kept, String rejected, double advantage, int tokens) {
    static Offer of(Row row) {
      String why = row.getAs(TrainingSet.REJECTED_BECAUSE);
      Double advantage = row.getAs(TrainingSet.ADVANTAGE);
      return new Offer(
          row.getAs(TrainingSet.KEPT),
          why == null ? "" : why,
          advantage == null ? Double.NaN : advantage,
          row.getAs(TrainingSet.TOKENS));
    }
  }

  boolean correct() {
    return verdict.equals(Rewards.CORRECT);
  }

  boolean kept() {
    return offer.map(Offer::kept).orElse(false);
  }

  double tokens() {
    return offer.map(found -> (double) found.tokens()).orElse(Double.NaN);
  }

  /** What the gate made of it, in words. */
  String gate() {
    return offer
        .map(found -> found.kept() ? "kept" : "rejected: " + found.rejected())
        .orElse("not offered yet");
  }

  String advantage() {
    return Figures.fixed(offer.map(Offer::advantage).orElse(Double.NaN), 3);
  }

  /** The responses that a filter holds, by prompt, birth and sample. */
  static List<ScoredResponse> of(Moment moment, RowFilter filter) {
    Map<Key, Offer> offers = new HashMap<>();
    moment
        .table(TrainingSet.TABLE)
        .rows(
            filter,
            TrainingSet.BORN,
            TrainingSet.PROMPT_ID,
            TrainingSet.SAMPLE,
            TrainingSet.KEPT,
            TrainingSet.REJECTED_BECAUSE,
            TrainingSet.ADVANTAGE,
            TrainingSet.TOKENS)
        .forEach(row -> offers.put(Key.of(row), Offer.of(row)));
    List<ScoredResponse> found = new ArrayList<>();
    moment
        .table(Rewards.TABLE)
        .rows(
            filter,
            Rewards.ITERATION,
            Rewards.BORN,
            Rewards.PROMPT_ID,
            Rewards.SAMPLE,
            Rewards.VERDICT,
            Rewards.TOTAL)
        .forEach(
            row -> {
              Key key = Key.of(row);
              Double total = row.getAs(Rewards.TOTAL);
              found.add(
                  new ScoredResponse(
                      key,
                      row.getAs(Rewards.ITERATION),
                      row.getAs(Rewards.VERDICT),
                      total == null ? Double.NaN : total,
                      Optional.ofNullable(offers.get(key))));
            });
    found.sort(
        Comparator.comparing((ScoredResponse one) -> one.key().prompt())
            .thenComparing(one -> one.key().born())
            .thenComparing(one -> one.key().sample()));
    return found;
  }
}
