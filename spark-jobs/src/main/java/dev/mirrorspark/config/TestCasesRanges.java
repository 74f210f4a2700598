package dev.mirrorspark.config;

import dev.mirrorspark.config.RunRanges.Violation;
import java.util.ArrayList;
import java.util.List;

/** What the values of section {@code testcases} may be. */
final class TestCasesRanges {
  private final List<Violation> violations = new ArrayList<>();

  private TestCasesRanges() {}

  /** The values that are not accepted, in the order of the keys. */
  static List<Violation> violations(TestCasesConfig config) {
    var ranges = new TestCasesRanges();
    for (int i = 0; i < config.files().size(); i++) {
      ranges.require(
          "files." + i, !config.files().get(i).isBlank(), "the path of a JSONL file of problems");
    }
    ranges.require("split", List.of("train", "heldout").contains(config.split()), "train, heldout");
    ranges.require(
        "cases", config.cases() >= 1 && config.cases() <= 10_000, "a whole number from 1 to 10000");
    ranges.require(
        "submissions",
        config.submissions() >= 2 && config.submissions() <= 1000,
        "a whole number from 2 to 1000");
    ranges.require(
        "min_submissions",
        config.minSubmissions() >= 2 && config.minSubmissions() <= config.submissions(),
        "a whole number from 2 to testcases.submissions = %d".formatted(config.submissions()));
    ranges.require(
        "valid_share",
        config.validShare() > 0.5 && config.validShare() <= 1,
        "a number above 0.5, up to 1");
    ranges.require(
        "min_valid",
        config.minValid() >= 1 && config.minValid() <= config.cases(),
        "a whole number from 1 to testcases.cases = %d".formatted(config.cases()));
    ranges.require(
        "pass_share",
        config.passShare() > 0 && config.passShare() <= 1,
        "a number above 0, up to 1");
    ranges.require(
        "generator", List.of("program", "policy").contains(config.generator()), "program, policy");
    ranges.require(
        "policy.template",
        config.policy().template().contains("{question}"),
        "text with {question} where the problem stands");
    ranges.require(
        "policy.tries",
        config.policy().tries() >= 1 && config.policy().tries() <= 1000,
        "a whole number from 1 to 1000");
    double temperature = config.policy().temperature();
    ranges.require(
        "policy.temperature",
        temperature >= 0 && Double.isFinite(temperature),
        "a number from 0 up");
    ranges.require("language", !config.language().isBlank(), "text that is not blank");
    ranges.above("cpu_seconds", config.cpuSeconds());
    ranges.above("wall_seconds", config.wallSeconds());
    ranges.size("input_kb", config.inputKb());
    ranges.size("output_kb", config.outputKb());
    ranges.size("source_kb", config.sourceKb());
    ranges.require("batch", config.batch() >= 1, "a whole number from 1 up");
    return ranges.violations;
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
