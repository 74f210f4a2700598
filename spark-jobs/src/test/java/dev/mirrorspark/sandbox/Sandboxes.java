package dev.mirrorspark.sandbox;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.config.UserError;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** Sandboxes for tests. */
public final class Sandboxes {
  /** Two slots, and whatever this machine may lack. */
  public static final List<String> SETS =
      List.of(
          "sandbox.slots=2",
          "sandbox.allow_missing=[seccomp, rlimits, uid_switch, memory_cgroup, pids_cgroup]");

  private Sandboxes() {}

  public static RunConfig.Sandbox config(String... sets) {
    return RunFile.load(
            Optional.empty(), Stream.concat(SETS.stream(), Arrays.stream(sets)).toList())
        .sandbox();
  }

  /** A sandbox on this machine; where none can be started, the test is skipped and says why. */
  public static Sandbox start(String... sets) throws InterruptedException {
    try {
      return Sandbox.start(config(sets));
    } catch (UserError e) {
      System.out.println("skipped, no sandbox on this machine: " + e.getMessage());
      Assumptions.abort("no sandbox on this machine: " + e.getMessage());
      throw e;
    }
  }

  /** A Python program that is run once. */
  public static Run python(Limits limits, String source) {
    return new Run("python", source, new Run.Once(""), limits);
  }

  /** The limits of the tests: tight enough for hostile programs to end soon. */
  public static Limits limits() {
    return new Limits(2, 4, 128, 16, 256, 16);
  }
}
