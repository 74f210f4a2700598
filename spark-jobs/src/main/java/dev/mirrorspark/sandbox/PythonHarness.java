package dev.mirrorspark.sandbox;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
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

  /** An interpreter started this way leaves out the search for installed packages, 7 ms. */
  private static final List<String> OPTIONS = List.of("-S", "-s");

  private static final Pattern INTERPRETER = Pattern.compile("(.*/)?python[0-9.]*");

  private final Map<List<String>, byte[]> compiled = new ConcurrentHashMap<>();

  /** Runs a command in a box with these files. */
  interface Box {
    Ended run(List<String> command, Map<String, byte[]> files)
        throws IOException, InterruptedException;
  }

  /** The command of a language that starts the harness. */
  static List<String> command(Language language, int memoryMb) {
    return command(language, START, memoryMb);
  }

  private static List<String> command(Language language, String file, int memoryMb) {
    List<String> words = Language.filled(language.run(), PreparedRoot.BOX + "/" + file, memoryMb);
    boolean plain = words.size() == 2 && INTERPRETER.matcher(words.get(0)).matches();
    return plain ? List.of(words.get(0), OPTIONS.get(0), OPTIONS.get(1), words.get(1)) : words;
  }

  /**
   * The files of a box in which tests run.
   *
   * @param program its source; empty: the tests are tried on programs that solve nothing
   * @throws IOException if the interpreter does not compile the harness
   */
  Map<String, byte[]> files(Language language, Optional<byte[]> program, Box box)
      throws IOException, InterruptedException {
    List<String> command = command(language, COMPILE, 0);
    byte[] bytes = compiled.get(command);
    if (bytes == null) {
      bytes = compile(command, box);
      compiled.put(command, bytes);
    }
    Map<String, byte[]> files = new HashMap<>();
    files.put(START, resource(START));
    files.put(COMPILED, bytes);
    program.ifPresentOrElse(
        source -> files.put(PROGRAM, source),
        () -> files.put(MODE, "defines-nothing returns-None".getBytes()));
    return files;
  }

  private static byte[] compile(List<String> command, Box box)
      throws IOException, InterruptedException {
    Map<String, byte[]> sources = new HashMap<>();
    sources.put(COMPILE, resource(COMPILE));
    PARTS.forEach(part -> sources.put(part + ".py", resource(part + ".py")));
    Ended ended = box.run(command, sources);
    if (ended.exitCode() != 0 || ended.stdout().length == 0) {
      throw new IOException(
          "%s does not compile the harness of tests: %s"
              .formatted(command.get(0), ended.lastErrorLine()));
    }
    return ended.stdout();
  }

  private static byte[] resource(String name) {
    try (var stream = PythonHarness.class.getResourceAsStream("python/" + name)) {
      return stream.readAllBytes();
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }
}
