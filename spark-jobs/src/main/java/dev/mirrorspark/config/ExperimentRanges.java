package dev.mirrorspark.config;

import dev.mirrorspark.config.RunRanges.Violation;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What the values of an experiment file may be. */
final class ExperimentRanges {
  private static final List<String> X =
      List.of("iteration", "rollout_tokens", "update_tokens", "seconds", "mean_tokens");
  private static final String OF_X =
      String.join(", ", X) + ", or the dotted key of a number of the run file";
  private static final List<String> Y =
      List.of(
          "accuracy", "mean_tokens", "kept_fraction", "entropy", "eval greedy", "eval sampling");
  private static final List<String> OF_LENGTH = List.of("accuracy", "eval greedy", "eval sampling");

  private final List<Violation> violations = new ArrayList<>();

  private ExperimentRanges() {}

  /** The first value that is not accepted, in the order of the keys. */
  static Optional<Violation> firstViolation(ExperimentConfig config) {
    var ranges = new ExperimentRanges();
    ranges.name("name", config.name());
    ranges.require("base", !config.base().isBlank(), "the path of a run file");
    ranges.require("warehouse", !config.warehouse().isBlank(), "text that is not blank");
    ranges.distinct("seeds", config.seeds());
    if (!config.warmup().isEmpty()) {
      ranges.name("warmup", config.warmup());
    }
    ranges.arms(config.arms());
    ranges.questions(config.questions(), config.arms());
    return ranges.violations.stream().findFirst();
  }

  private void arms(List<ExperimentConfig.Arm> arms) {
    require("arms", !arms.isEmpty(), "a list of one arm at least");
    Set<String> names = new HashSet<>();
    for (int i = 0; i < arms.size(); i++) {
      String key = "arms." + i + ".name";
      name(key, arms.get(i).name());
      require(key, names.add(arms.get(i).name()), "a name that no other arm has");
    }
  }

  private void questions(
      List<ExperimentConfig.Question> questions, List<ExperimentConfig.Arm> arms) {
    List<String> names = arms.stream().map(ExperimentConfig.Arm::name).toList();
    Set<String> taken = new HashSet<>();
    for (int i = 0; i < questions.size(); i++) {
      var question = questions.get(i);
      String key = "questions." + i;
      name(key + ".name", question.name());
      require(key + ".name", taken.add(question.name()), "a name that no other question has");
      require(
          key + ".x", question.ofKey() ? isNumber(question.x()) : X.contains(question.x()), OF_X);
      require(key + ".y", Y.contains(question.y()), String.join(", ", Y));
      require(
          key + ".y",
          !question.ofLength() || OF_LENGTH.contains(question.y()),
          String.join(", ", OF_LENGTH) + " with x: " + question.x());
      require(
          key + ".x",
          !question.ofKey()
              || arms.stream()
                  .filter(arm -> question.shows(arm.name()))
                  .allMatch(arm -> arm.number(question.x()).isPresent()),
          "a key that each of its arms sets");
      require(
          key + ".arms",
          names.containsAll(question.arms()),
          "names of arms: " + String.join(", ", names));
    }
  }

  private static boolean isNumber(String key) {
    return Keys.OF_RUN
        .type(Keys.split(key))
        .map(Keys::accepted)
        .filter(accepted -> accepted.contains("number"))
        .isPresent();
  }

  private void name(String key, String name) {
    require(
        key,
        name.matches("(?!\\.+$)[A-Za-z0-9._-]+"),
        "letters, digits, dot, underscore and hyphen");
  }

  private void distinct(String key, List<Long> values) {
    require(
        key,
        !values.isEmpty() && new HashSet<>(values).size() == values.size(),
        "a list of one whole number at least, no number twice");
  }

  private void require(String key, boolean holds, String accepted) {
    if (!holds) {
      violations.add(new Violation(key, accepted));
    }
  }
}
