package dev.mirrorspark.cli;

import dev.mirrorspark.cli.SparkCommand.Access;
import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.rapids.RapidsCheck;
import dev.mirrorspark.report.ReportFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.hadoop.fs.FileUtil;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code rapids-check}: what of the SQL stages would run on a GPU. */
@Command(
    name = "rapids-check",
    mixinStandardHelpOptions = true,
    description = {
      "Asks Spark RAPIDS which operators of each SQL stage would run on a GPU, and why others would"
          + " not; needs none. To be started by ./submit/rapids-check, which fetches RAPIDS.",
      "Ends with 3 where more than Delta's own scan and write stays off the GPU."
    },
    footer = {"  " + Mirrorspark.NAME + " rapids-check"})
final class RapidsCheckCommand implements Callable<Integer> {
  private static final int NOT_MET = 3;

  private final Terminal terminal;

  @Option(
      names = "--parts",
      paramLabel = "FILE",
      description = "Also writes what the plans are made of, as the tests keep it.")
  private Optional<Path> parts = Optional.empty();

  RapidsCheckCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Path folder;
    try {
      folder = Files.createTempDirectory("mirrorspark-rapids");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    try {
      var config = RunFile.load(Optional.of(RapidsCheck.write(folder)), RapidsCheck.sets(folder));
      return new SparkCommand("rapids-check", Access.WRITE)
          .run(
              terminal,
              new RunOptions(),
              config,
              session -> {
                var check = RapidsCheck.of(session);
                check.lines().forEach(session.progress()::line);
                parts.ifPresent(
                    file -> ReportFile.write(file, check.partsAsText(), "name another"));
                return check.met() ? 0 : NOT_MET;
              });
    } finally {
      FileUtil.fullyDelete(folder.toFile());
    }
  }
}
