package dev.mirrorspark.cli;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.RunFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.Option;

/** The options that every command takes. */
final class RunOptions {
  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      description = "The run file (YAML). Without it every key has its default.")
  private Optional<Path> file = Optional.empty();

  @Option(
      names = {"-s", "--set"},
      paramLabel = "KEY=VALUE",
      description = "Overrides a key of the run file, such as train.tau=0.1. May be repeated.")
  private List<String> sets = new ArrayList<>();

  @Option(
      names = "--dry-run",
      description = "Prints what would run (configuration, memory, Spark plan) and runs nothing.")
  private boolean dryRun;

  /** The resolved configuration. */
  RunConfig config() {
    return RunFile.load(file, sets);
  }

  /** The resolved configuration, with further keys set. */
  RunConfig config(List<String> more) {
    return RunFile.load(file, Stream.concat(sets.stream(), more.stream()).toList());
  }

  /** The resolved configuration, from another file where the user names none. */
  RunConfig config(Path otherwise) {
    return RunFile.load(Optional.of(file.orElse(otherwise)), sets);
  }

  boolean dryRun() {
    return dryRun;
  }
}
