package dev.mirrorspark.config;

import dev.mirrorspark.config.Limits.Violation;
import java.util.ArrayList;
import java.util.List;

/** What the values of section {@code testcases} may be. */
final class TestCasesLimits {
  private final List<Violation> violations = new ArrayList<>();

  private TestCasesLimits() {}

  /** The values that are not accepted, in the order of the keys. */
  static List<Violation> violations(TestCasesConfig config) {
    var limits = new TestCasesLimits();
    for (int i = 0; i < config.files().size(); i++) {
      limits.require(
          "files." + i, !config.files().get(i).isBlank(), "the path of a JSONL file of problems");
    }
    limits.require("split", List.of("train", "heldout").contains(config.split()), "train, heldout");
    limits.require(
        "cases", config.cases() >= 1 && config.cases() <= 10_000, "a whole number from 1 to 10000");
    limits.require(
        "submissions",
        config.submissions() >= 2 && config.submissions() <= 1000,
        "a whole number from 2 to 1000");
    limits.require(
        "min_submissions",
        config.minSubmissions() >= 2 && config.minSubmissions() <= config.submissions(),
        "a whole number from 2 to testcases.submissions = %d".formatted(config.submissions()));
    limits.require(
        "valid_share",
        config.validShare() > 0.5 && config.validShare() <= 1,
        "a number above 0.5, up to 1");
    limits.require(
        "min_valid",
        config.minValid() >= 1 && config.minValid() <= config.cases(),
        "a whole number from 1 to testcases.cases = %d".formatted(config.cases()));
    limits.require(
        "pass_share",
        config.passShare() > 0 && config.passShare() <= 1,
        "a number above 0, up to 1");
    limits.require(
        "generator", List.of("program", "policy").contains(config.generator()), "program, policy");
    limits.require(
        "policy.template",
        config.policy().template().contains("{question}"),
        "text with {question} where the problem stands");
    limits.require(
        "policy.tries",
        config.policy().tries() >= 1 && config.policy().tries() <= 1000,
        "a whole number from 1 to 1000");
    double temperature = config.policy().temperature();
    limits.require(
        "policy.temperature",
        temperature >= 0 && Double.isFinite(temperature),
        "a number from 0 up");
    limits.require("language", !config.language().isBlank(), "text that is not blank");
    limits.above("cpu_seconds", config.cpuSeconds());
    limits.above("wall_seconds", config.wallSeconds());
    limits.size("input_kb", config.inputKb());
    limits.size("output_kb", config.outputKb());
    limits.size("source_kb", config.sourceKb());
    limits.require("batch", config.batch() >= 1, "a whole number from 1 up");
    return limits.violations;
  }

  private void above(String key, double value) {
    require(key, value > 0 && Double.isFinite(value), "a number above 0");
  }

  private void size(String key, int value) {
    require(key, value >= 1 && value <= 1024, "a whole number from 1 to 1024");
  }

  private void require(String key, boolean holds, String accepted) {
    if (!holds) {
      violations.add(new Violation("testcases." + key, accepted));
    }
  }
}
