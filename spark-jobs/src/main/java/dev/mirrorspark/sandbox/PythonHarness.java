package dev.mirrorspark.sandbox;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
  private static final String PAGES = "pages.c";
  private static final String LIBRARY = "pages.so";

  /** Huge pages take a few MiB more than what is written to them; a tighter box goes without. */
  private static final int LEAST_MB = 64;

  private static final List<String> COMPILERS = List.of("gcc", "cc", "clang");
  private static final Path HUGE_PAGES = Path.of("/sys/kernel/mm/transparent_hugepage/enabled");

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

  private record Compiled(byte[] parts, Interpreter interpreter) {}

  /**
   * The interpreter of the command.
   *
   * @param closed a closed copy of it, where that works
   * @param pages a library that has its memory come from huge pages, where one can be had
   */
  private record Interpreter(Optional<PreparedRoot.Closed> closed, Optional<byte[]> pages) {
    Interpreter plain() {
      return new Interpreter(closed.map(PreparedRoot.Closed::plain), Optional.empty());
    }
  }

  /**
   * What a box needs in which tests run.
   *
   * @param command that starts the harness
   * @param closed its interpreter, where a closed copy of it works; elsewhere the harness closes
   *     its process itself
   * @param pages the library that is loaded into it, if one is
   */
  record Ready(
      List<String> command,
      byte[] parts,
      Optional<PreparedRoot.Closed> closed,
      Optional<byte[]> pages) {
    /**
     * The files of the box.
     *
     * @param program its source; empty: the tests are tried on programs that solve nothing
     */
    Map<String, byte[]> files(Optional<byte[]> program) {
      Map<String, byte[]> files = new HashMap<>();
      files.put(START, resource(START));
      files.put(COMPILED, parts);
      pages.ifPresent(library -> files.put(LIBRARY, library));
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
    var interpreter = memoryMb < LEAST_MB ? made.interpreter().plain() : made.interpreter();
    return new Ready(
        command(language, START, memoryMb),
        made.parts(),
        interpreter.closed(),
        interpreter.pages());
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
      made = new Compiled(ended.stdout(), onHugePages(command, sources, closed, root, box));
      compiled.put(command, made);
    }
    return made;
  }

  /**
   * Compiles the library for huge pages and tries it, on compiling the harness once more. Without
   * it all is as well, but slower where a page is dear, as on many a virtual machine.
   */
  private static Interpreter onHugePages(
      List<String> command,
      Map<String, byte[]> sources,
      Optional<PreparedRoot.Closed> closed,
      PreparedRoot root,
      Box box)
      throws IOException, InterruptedException {
    var without = new Interpreter(closed, Optional.empty());
    Optional<String> compiler = COMPILERS.stream().filter(root::holds).findFirst();
    if (closed.isEmpty() || compiler.isEmpty() || !givesHugePages()) {
      return without;
    }
    String script = "\"$1\" -O2 -s -shared -fPIC -o %2$s %1$s/%3$s && exec cat %2$s";
    List<String> compile =
        List.of(
            "/bin/sh",
            "-c",
            script.formatted(PreparedRoot.BOX, LIBRARY, PAGES),
            "sh",
            compiler.get());
    Ended made = box.run(compile, Map.of(PAGES, resource(PAGES)), Optional.empty());
    if (failed(made)) {
      return without;
    }
    Map<String, byte[]> files = new HashMap<>(sources);
    files.put(LIBRARY, made.stdout());
    var with = closed.map(found -> found.with(PreparedRoot.BOX + "/" + LIBRARY));
    Ended tried = box.run(command, files, with);
    return failed(tried) || tried.stderr().length > 0
        ? without
        : new Interpreter(with, Optional.of(made.stdout()));
  }

  /** Whether the kernel gives huge pages to who asks for them. */
  private static boolean givesHugePages() {
    try {
      String enabled = Files.readString(HUGE_PAGES);
      return enabled.contains("[madvise]") || enabled.contains("[always]");
    } catch (IOException none) {
      return false;
    }
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
