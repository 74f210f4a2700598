package dev.mirrorspark.cli;

import java.util.Optional;
import java.util.OptionalInt;
import picocli.CommandLine.Option;

/** The option of the commands that work with one policy version of the run. */
final class PolicyOption {
  @Option(
      names = "--policy",
      paramLabel = "VERSION",
      description =
          "Version of the policy; without it the newest, or of a run that has none the model in model.path.")
  private Optional<Integer> version = Optional.empty();

  /** The version asked for; empty: the newest. */
  OptionalInt version() {
    return version.map(OptionalInt::of).orElse(OptionalInt.empty());
  }
}
