package dev.mirrorspark.testgen;

import dev.mirrorspark.sandbox.Tokens;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How far submissions agree on the output for one input (Kimi k1.5, 2.3.5).
 *
 * <p>An output has the votes of all submissions whose output {@link Tokens} takes for right where
 * it is the right one; of two with as many votes the earlier submission's is taken.
 *
 * @param output the output with the most votes; empty if no submission gave any
 * @param agreeing the submissions that voted for it, ascending, from 0
 */
record CaseAgreement(String output, List<Integer> agreeing) {

  CaseAgreement {
    agreeing = List.copyOf(agreeing);
  }

  /** Counts the votes; whatever is not {@link ProgramAnswer.Printed} has none. */
  static CaseAgreement of(List<ProgramAnswer> answers) {
    Map<String, List<Integer>> byText = new LinkedHashMap<>();
    for (int i = 0; i < answers.size(); i++) {
      if (answers.get(i) instanceof ProgramAnswer.Printed printed) {
        byText.computeIfAbsent(printed.text(), text -> new ArrayList<>()).add(i);
      }
    }
    var best = new CaseAgreement("", List.of());
    for (String candidate : byText.keySet()) {
      List<Integer> votes =
          byText.entrySet().stream()
              .filter(other -> Tokens.difference(candidate, other.getKey()).isEmpty())
              .flatMap(other -> other.getValue().stream())
              .sorted()
              .toList();
      if (votes.size() > best.agreeing.size()) {
        best = new CaseAgreement(candidate, votes);
      }
    }
    return best;
  }
}
