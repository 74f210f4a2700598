package dev.mirrorspark.prompts;

import dev.mirrorspark.config.RunConfig;

/** Run configurations of which only what this package reads is set. */
final class Configs {
  private Configs() {}

  static RunConfig of(long seed, RunConfig.Prompts prompts) {
    return new RunConfig(
        "test", seed, "", null, null, prompts, null, null, null, null, null, null, null, null, null,
        null, null, null, null, null, null);
  }
}
