package dev.mirrorspark.testgen;

import static org.apache.spark.sql.functions.col;

import dev.mirrorspark.config.TestCasesConfig;
import dev.mirrorspark.table.Cells;
import dev.mirrorspark.table.TestCases;
import dev.mirrorspark.testgen.CodingProblem.Draft;
import dev.mirrorspark.testgen.ProblemDecision.Judged;
import dev.mirrorspark.testgen.ProblemDecision.Outcome;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Decides what becomes of problems: at once where no program need run, else from their cases. */
public final class ProblemOutcomes {
  private static final String HAS_INPUT = "has_input";

  private final Thresholds rule;
  private final int minSubmissions;

  /** As these settings have it. */
  public ProblemOutcomes(TestCasesConfig config) {
    this.rule = Thresholds.of(config);
    this.minSubmissions = config.minSubmissions();
  }

  /**
   * What became of a problem, as table {@code test_problems} has it.
   *
   * @param cases cases that the generator was asked for
   * @param generator its source; empty if there is none
   */
  public record Decided(
      CodingProblem problem,
      String outcome,
      String reason,
      int cases,
      int inputs,
      int valid,
      int submissions,
      int passing,
      Optional<String> generator,
      double seconds) {

    /** Whether the problem is kept. */
    public boolean kept() {
      return outcome.equals(label(Outcome.KEPT));
    }
  }

  /**
   * What becomes of a problem for which no program need run.
   *
   * @return empty if it has a generator to run
   */
  public Optional<Decided> atOnce(CodingProblem problem) {
    int submissions = problem.submissions().size();
    if (problem.specialJudge()) {
      return Optional.of(dropped(problem, Outcome.SPECIAL_JUDGE, "several outputs are right"));
    }
    if (submissions < minSubmissions) {
      return Optional.of(
          dropped(
              problem,
              Outcome.FEW_SUBMISSIONS,
              "%d submissions; %d are needed".formatted(submissions, minSubmissions)));
    }
    return problem.generators().isEmpty()
        ? Optional.of(dropped(problem, Outcome.GENERATOR, "no generator"))
        : Optional.empty();
  }

  private static Decided dropped(CodingProblem problem, Outcome outcome, String reason) {
    return decided(problem, ProblemDecision.without(outcome, reason), 0, Optional.empty(), 0, 0);
  }

  /**
   * What becomes of problems with their cases. A problem without any is left out.
   *
   * @param cases rows of {@code test_cases}, of one run
   */
  public List<Decided> of(List<CodingProblem> problems, Dataset<Row> cases) {
    Map<String, List<Judged>> judged = new HashMap<>();
    Map<String, Integer> generators = new HashMap<>();
    Map<String, Double> seconds = new HashMap<>();
    for (Row row :
        cases
            .where(col(TestCases.PROBLEM).isin(problems.stream().map(CodingProblem::id).toArray()))
            .orderBy(TestCases.PROBLEM, TestCases.NUMBER)
            .select(
                col(TestCases.PROBLEM),
                col(TestCases.GENERATOR),
                col(TestCases.INPUT).isNotNull().as(HAS_INPUT),
                col(TestCases.AGREEING),
                col(TestCases.REASON),
                col(TestCases.DETAIL),
                col(TestCases.SECONDS))
            .collectAsList()) {
      String id = row.getAs(TestCases.PROBLEM);
      String reason = row.getAs(TestCases.REASON);
      CaseOutcome outcome = reason == null ? CaseOutcome.VALID : CaseOutcome.of(reason);
      judged
          .computeIfAbsent(id, any -> new ArrayList<>())
          .add(
              new Judged(
                  outcome,
                  row.getAs(HAS_INPUT),
                  Cells.list(row, TestCases.AGREEING),
                  row.getAs(TestCases.DETAIL)));
      generators.put(id, row.getAs(TestCases.GENERATOR));
      seconds.merge(id, row.getAs(TestCases.SECONDS), Double::sum);
    }
    List<Decided> decided = new ArrayList<>();
    for (CodingProblem problem : problems) {
      List<Judged> ofProblem = judged.getOrDefault(problem.id(), List.of());
      int submissions = problem.submissions().size();
      if (!ofProblem.isEmpty()) {
        Optional<String> source =
            problem.generators().stream()
                .filter(draft -> draft.number() == generators.get(problem.id()))
                .map(Draft::source)
                .map(Source::text)
                .findFirst();
        ProblemDecision.of(rule, submissions, ofProblem)
            .map(
                found ->
                    decided(
                        problem,
                        found,
                        ofProblem.size(),
                        source,
                        submissions,
                        seconds.get(problem.id())))
            .ifPresent(decided::add);
      }
    }
    return decided;
  }

  private static Decided decided(
      CodingProblem problem,
      ProblemDecision found,
      int cases,
      Optional<String> generator,
      int submissions,
      double seconds) {
    return new Decided(
        problem,
        label(found.outcome()),
        found.reason(),
        cases,
        found.inputs(),
        found.valid(),
        submissions,
        found.passing(),
        generator,
        seconds);
  }

  private static String label(Outcome outcome) {
    return outcome.name().toLowerCase(Locale.ROOT);
  }
}
