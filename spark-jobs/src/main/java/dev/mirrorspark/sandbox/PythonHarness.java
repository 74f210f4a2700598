package dev.mirrorspark.sandbox;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The harness that runs tests of Python against a program in a process of its own. It is compiled
 * in a box once for each interpreter, by that interpreter: compiling it anew would take a quarter
 * of the time of a run.
 */
final class PythonHarness {
  /** Name of the program's file beside it. */
  static final String PROGRAM = "main.py";

  private static final String START = "start.py";
  private static final String COMPILE = "compile.py";
  private static final String COMPILED = "harness.bin";

  /** Names the programs that the tests are tried on in place of a program; absent: none. */
  private static final String MODE = "mode";

  private static final List<String> PARTS =
      List.of(
          "channel",
          "guests",
          "harness",
          "kinds",
          "names",
          "plain",
          "program",
          "standins",
          "tests");

  /**
   * An interpreter started this way leaves out the search for installed packages, 7 ms, and that
   * for modules in an archive by the name of the script.
   */
  private static final List<String> OPTIONS = List.of("-S", "-s", "-c");

  private static final Pattern INTERPRETER = Pattern.compile("(.*/)?python[0-9.]*");

  private final Map<List<String>, Compiled> compiled = new HashMap<>();

  /** Runs a command in a box with these files, its program closed or not. */
  interface Box {
    Ended run(List<String> command, Map<String, byte[]> files, Optional<PreparedRoot.Closed> closed)
        throws IOException, InterruptedException;
  }

  private record Compiled(byte[] parts, Optional<PreparedRoot.Closed> closed) {}

  /**
   * What a box needs in which tests run.
   *
   * @param command that starts the harness
   * @param closed its interpreter, where a closed copy of it works; elsewhere the harness closes
   *     its process itself
   */
  record Ready(List<String> command, byte[] parts, Optional<PreparedRoot.Closed> closed) {
    /**
     * The files of the box.
     *
     * @param program its source; empty: the tests are tried on programs that solve nothing
     */
    Map<String, byte[]> files(Optional<byte[]> program) {
      Map<String, byte[]> files = new HashMap<>();
      files.put(START, resource(START));
      files.put(COMPILED, parts);
      program.ifPresentOrElse(
          source -> files.put(PROGRAM, source),
          () -> files.put(MODE, "defines-nothing returns-None".getBytes()));
      return files;
    }
  }

  /**
   * The harness for a language, compiled by its interpreter.
   *
   * @throws IOException if the interpreter does not compile it
   */
  Ready ready(Language language, int memoryMb, PreparedRoot root, Box box)
      throws IOException, InterruptedException {
    Compiled made = compiled(command(language, COMPILE, 0), root, box);
    return new Ready(command(language, START, memoryMb), made.parts(), made.closed());
  }

  private static List<String> command(Language language, String file, int memoryMb) {
    String path = PreparedRoot.BOX + "/" + file;
    List<String> words = Language.filled(language.run(), path, memoryMb);
    if (words.size() != 2 || !INTERPRETER.matcher(words.get(0)).matches()) {
      return words;
    }
    var command = new ArrayList<>(List.of(words.get(0)));
    command.addAll(OPTIONS);
    command.add("exec(open('%s', 'rb').read())".formatted(path));
    return command;
  }

  private synchronized Compiled compiled(List<String> command, PreparedRoot root, Box box)
      throws IOException, InterruptedException {
    Compiled made = compiled.get(command);
    if (made == null) {
      Map<String, byte[]> sources = new HashMap<>();
      sources.put(COMPILE, resource(COMPILE));
      PARTS.forEach(part -> sources.put(part + ".py", resource(part + ".py")));
      Optional<PreparedRoot.Closed> closed = root.closed(command.get(0));
      Ended ended = box.run(command, sources, closed);
      if (failed(ended) && closed.isPresent()) {
        closed = Optional.empty(); // nothing may be run where temporary files lie
        ended = box.run(command, sources, closed);
      }
      if (failed(ended)) {
        throw new IOException(
            "%s does not compile the harness of tests: %s"
                .formatted(command.get(0), ended.lastErrorLine()));
      }
      made = new Compiled(ended.stdout(), closed);
      compiled.put(command, made);
    }
    return made;
  }

  private static boolean failed(Ended ended) {
    return ended.exitCode() != 0 || ended.stdout().length == 0;
  }

  private static byte[] resource(String name) {
    try (var stream = PythonHarness.class.getResourceAsStream("python/" + name)) {
      return stream.readAllBytes();
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }
}
