package dev.mirrorspark.config;

import dev.mirrorspark.config.RunRanges.Violation;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What the values of a long2short file may be. */
final class Long2ShortRanges {
  private static final List<String> METHODS = List.of("merge", "shortest", "dpo", "distill", "rl");

  private final List<Violation> violations = new ArrayList<>();

  private Long2ShortRanges() {}

  /** The first value that is not accepted, in the order of the keys. */
  static Optional<Violation> firstViolation(Long2ShortConfig config) {
    var ranges = new Long2ShortRanges();
    ranges.name("name", config.name());
    ranges.require("base", !config.base().isBlank(), "the path of a run file");
    ranges.require("warehouse", !config.warehouse().isBlank(), "text that is not blank");
    ranges.require(
        "seeds",
        !config.seeds().isEmpty() && new HashSet<>(config.seeds()).size() == config.seeds().size(),
        "a list of one whole number at least, no number twice");
    ranges.require("long_model.from", config.longModel().from().isEmpty(), "\"\"");
    ranges.require(
        "short_model.from",
        List.of("", Long2ShortConfig.LONG).contains(config.shortModel().from()),
        "long, or \"\"");
    ranges.require(
        "tolerance",
        config.tolerance() >= 0 && config.tolerance() <= 100,
        "a number from 0 to 100");
    ranges.methods(config.methods());
    return ranges.violations.stream().findFirst();
  }

  private void methods(List<Long2ShortConfig.Step> methods) {
    require("methods", !methods.isEmpty(), "a list of one method at least");
    Set<String> known = new LinkedHashSet<>(List.of(Long2ShortConfig.LONG, Long2ShortConfig.SHORT));
    for (int i = 0; i < methods.size(); i++) {
      var step = methods.get(i);
      String key = "methods." + i;
      name(key + ".name", step.name());
      require(
          key + ".name",
          !known.contains(step.name()) && !step.name().equals(Long2ShortConfig.BEST),
          "a name that is not taken");
      require(key + ".method", METHODS.contains(step.method()), String.join(", ", METHODS));
      boolean merge = step.method().equals("merge");
      require(
          key + ".from",
          merge ? step.from().size() >= 2 : step.from().size() == 1,
          merge ? "a list of two names at least" : "a list of one name");
      for (int s = 0; s < step.from().size(); s++) {
        String from = step.from().get(s);
        require(
            key + ".from." + s,
            known.contains(from) || !merge && from.equals(Long2ShortConfig.BEST),
            String.join(", ", known) + (merge ? "" : ", best"));
      }
      require(
          key + ".weights",
          step.weights().isEmpty() || merge && step.weights().size() == step.from().size(),
          merge ? "a weight for each name in from" : "[] where nothing is merged");
      boolean distill = step.method().equals("distill");
      require(
          key + ".teacher",
          distill ? known.contains(step.teacher()) : step.teacher().isEmpty(),
          distill ? String.join(", ", known) : "\"\" where nothing is distilled");
      known.add(step.name());
    }
  }

  private void name(String key, String name) {
    require(
        key,
        name.matches("(?!\\.+$)[A-Za-z0-9._-]+"),
        "letters, digits, dot, underscore and hyphen");
  }

  private void require(String key, boolean holds, String accepted) {
    if (!holds) {
      violations.add(new Violation(key, accepted));
    }
  }
}
