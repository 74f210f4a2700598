package dev.mirrorspark.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.loop.TinyRun;
import dev.mirrorspark.table.TableSchema;
import dev.mirrorspark.table.Warehouse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Commands on a tiny run, as a user types them, in this process.
 *
 * @param folder holds the run file, the problems and the warehouse
 */
record TinyCommands(Path folder) {

  /** What a command said, and its exit code. */
  record Outcome(int exitCode, String out, String err) {}

  /** Commands on a run that has a warm-up and one iteration behind it. */
  static TinyCommands trained(Path folder) {
    TinyRun.write(folder);
    var commands = new TinyCommands(folder);
    commands.succeeds("prompts import", List.of());
    commands.succeeds("sft", List.of());
    commands.succeeds("train", List.of("train.iterations=1"));
    return commands;
  }

  /** Runs a command, with the run file and these of its keys set. */
  Outcome run(String command, List<String> sets) {
    List<String> arguments = new ArrayList<>(List.of(command.split(" ")));
    arguments.addAll(List.of("--config", folder.resolve("tiny.yaml").toString()));
    sets.forEach(set -> arguments.addAll(List.of("--set", set)));
    return run(arguments);
  }

  static Outcome run(List<String> arguments) {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    var terminal =
        new Terminal(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            Map.of());
    int exitCode = Mirrorspark.run(terminal, arguments.toArray(String[]::new));
    return new Outcome(
        exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  Outcome succeeds(String command, List<String> sets) {
    var outcome = run(command, sets);
    assertEquals(0, outcome.exitCode(), outcome.err());
    assertEquals("", outcome.err());
    return outcome;
  }

  /** The command ends in one line that contains all this, and leaves the tables as they were. */
  void refused(String command, List<String> sets, String... expected) {
    var before = tables();
    assertOneLine(run(command, sets), expected);
    assertEquals(before, tables(), "the tables changed");
  }

  static void assertOneLine(Outcome outcome, String... expected) {
    assertNotEquals(0, outcome.exitCode(), outcome.out());
    assertEquals(1, outcome.err().lines().count(), outcome.err());
    assertTrue(outcome.err().startsWith("mirrorspark: "), outcome.err());
    for (String part : expected) {
      assertTrue(outcome.err().contains(part), "'" + part + "' is missing in: " + outcome.err());
    }
  }

  /** The commits of every table of the warehouse, with their sizes. */
  private Map<String, Long> tables() {
    var commits = new TreeMap<String, Long>();
    for (TableSchema table : Warehouse.TABLES) {
      for (Path file : files(folder.resolve("warehouse").resolve(table.name()), ".json")) {
        commits.put(file.toString(), file.toFile().length());
      }
    }
    assertTrue(commits.size() > Warehouse.TABLES.size(), commits.toString());
    return commits;
  }

  /** The files under a folder, in it and below, whose names end so; none if there is no folder. */
  static List<Path> files(Path under, String ending) {
    if (!Files.exists(under)) {
      return List.of();
    }
    try (var found = Files.walk(under)) {
      return found
          .filter(Files::isRegularFile)
          .filter(file -> file.toString().endsWith(ending))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
