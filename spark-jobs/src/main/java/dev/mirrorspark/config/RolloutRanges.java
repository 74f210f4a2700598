package dev.mirrorspark.config;

import dev.mirrorspark.config.RunRanges.Violation;
import java.util.ArrayList;
import java.util.List;

/** What the values of section {@code rollout} may be. */
final class RolloutRanges {
  private final List<Violation> violations = new ArrayList<>();

  private RolloutRanges() {}

  /** The values that are not accepted, in the order of the keys. */
  static List<Violation> violations(RunConfig.Rollout rollout) {
    var ranges = new RolloutRanges();
    ranges.atLeast("partitions", rollout.partitions(), 1);
    ranges.atLeast("slots", rollout.slots(), 1);
    double temperature = rollout.temperature();
    ranges.require(
        "temperature", temperature > 0 && Double.isFinite(temperature), "a number above 0");
    ranges.atLeast("max_tokens", rollout.maxTokens(), 1);
    ranges.atLeast("budget", rollout.budget(), 0);
    ranges.share("full_slots", rollout.fullSlots());
    ranges.atLeast("max_age", rollout.maxAge(), 1);
    ranges.atLeast("repeat_tokens", rollout.repeatTokens(), 0);
    ranges.atLeast("top_k", rollout.topK(), 0);
    ranges.require("top_p", rollout.topP() > 0 && rollout.topP() <= 1, "a number above 0, up to 1");
    ranges.share("min_p", rollout.minP());
    ranges.atLeast("min_tokens", rollout.minTokens(), 0);
    ranges.require(
        "min_tokens",
        rollout.minTokens() <= rollout.maxTokens(),
        "at most rollout.max_tokens = %d".formatted(rollout.maxTokens()));
    ranges.require(
        "stop", rollout.stop().stream().noneMatch(String::isEmpty), "texts that are not empty");
    ranges.require("stop_ids", rollout.stopIds().stream().allMatch(id -> id >= 0), "token ids");
    ranges.atLeast("cache_tokens", rollout.cacheTokens(), 0);
    ranges.require(
        "cache_type", List.of("model", "int8").contains(rollout.cacheType()), "model or int8");
    return ranges.violations;
  }

  private void require(String key, boolean holds, String accepted) {
    if (!holds) {
      violations.add(new Violation("rollout." + key, accepted));
    }
  }

  private void atLeast(String key, int value, int least) {
    require(key, value >= least, "a whole number from %d up".formatted(least));
  }

  private void share(String key, double value) {
    require(key, value >= 0 && value < 1, "a number from 0 to below 1");
  }
}
