package dev.mirrorspark.sandbox;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.UserError;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How programs of a language are run.
 *
 * <p>In the commands {@code {file}} is the source file's path and {@code {memory_mb}} the memory
 * limit; in the run command {@code {class}} is the Java class that holds {@code main}, and the
 * source file has the name of its public class. A compile command leaves its product in the working
 * folder, which the run command finds again in its own.
 *
 * @param file name of the source file
 * @param compile empty: the source is run as it is
 * @param compileError what the last line of standard error starts with where a program that is not
 *     compiled is none; empty: such lines are not known
 * @param memoryError likewise where its run-time system has found memory wanting
 * @param extraMemoryMb memory that its run-time system needs beside the program's, in MiB
 * @param limitAddressSpace whether, where no control group counts memory, the address space of each
 *     process is limited; a JVM does not start that way
 * @param harness whether {@link Run.TestCode} goes through the Python harness; otherwise test code
 *     is refused, for an exit code says nothing of tests that the program may end before
 * @param environment further variables of its environment
 */
record Language(
    String name,
    String file,
    List<String> compile,
    List<String> run,
    Optional<Pattern> compileError,
    Optional<Pattern> memoryError,
    int extraMemoryMb,
    boolean limitAddressSpace,
    boolean harness,
    Map<String, String> environment) {

  /** Stands in a run command for the name of the class that holds {@code main}. */
  static final String CLASS = "{class}";

  /** The language whose test code is run by a harness. */
  private static final String PYTHON = "python";

  /** Options by which a JVM starts faster and asks for less. */
  private static final List<String> SMALL_JVM =
      List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Xshare:auto");

  private static final List<String> PRODUCT = List.of("./main");

  private static final List<Language> BUILT_IN =
      List.of(
          new Language(
              PYTHON,
              "main.py",
              List.of(),
              List.of("python3", "{file}"),
              Optional.of(Pattern.compile("(SyntaxError|IndentationError|TabError):")),
              Optional.of(Pattern.compile("MemoryError\\b")),
              0,
              true,
              true,
              Map.of("PYTHONHASHSEED", "0", "PYTHONDONTWRITEBYTECODE", "1")),
          new Language(
              "java",
              "Main.java",
              words(
                  List.of(
                      List.of("javac"),
                      SMALL_JVM.stream().map("-J"::concat).toList(),
                      List.of("-J-Xmx{memory_mb}m", "-proc:none", "-nowarn", "-encoding", "UTF-8"),
                      List.of("-d", ".", "{file}"))),
              words(
                  List.of(
                      List.of("java"),
                      SMALL_JVM,
                      List.of("-Xmx{memory_mb}m", "-Xss64m", "-cp", ".", CLASS))),
              Optional.empty(),
              Optional.of(Pattern.compile(".*java\\.lang\\.OutOfMemoryError")),
              192,
              false,
              false,
              Map.of()),
          compiled(
              "c", "main.c", List.of("gcc", "-O2", "-std=gnu17", "-o", "main", "{file}", "-lm")),
          compiled(
              "cpp", "main.cpp", List.of("g++", "-O2", "-std=gnu++17", "-o", "main", "{file}")),
          new Language(
              "javascript",
              "main.js",
              List.of(),
              List.of("node", "--max-old-space-size={memory_mb}", "{file}"),
              Optional.empty(),
              Optional.of(Pattern.compile("FATAL ERROR: .*(heap|memory)")),
              64,
              false,
              false,
              Map.of()),
          new Language(
              "go",
              "main.go",
              List.of("go", "build", "-o", "main", "{file}"),
              PRODUCT,
              Optional.empty(),
              Optional.of(Pattern.compile("fatal error: .*out of memory")),
              0,
              false,
              false,
              Map.of("GOCACHE", "/tmp/go-build", "GOPATH", "/tmp/go", "GO111MODULE", "off")),
          compiled(
              "rust",
              "main.rs",
              List.of("rustc", "--edition", "2021", "-O", "-o", "main", "{file}")),
          new Language(
              "shell",
              "main.sh",
              List.of(),
              List.of("bash", "{file}"),
              Optional.empty(),
              Optional.empty(),
              0,
              true,
              false,
              Map.of()));

  Language {
    compile = List.copyOf(compile);
    run = List.copyOf(run);
    environment = Map.copyOf(environment);
  }

  /** The languages by name: the built-in ones and those of a run file, which may replace them. */
  static Map<String, Language> all(List<RunConfig.SandboxLanguage> configured) {
    Map<String, Language> all = new LinkedHashMap<>();
    BUILT_IN.forEach(language -> all.put(language.name, language));
    configured.forEach(entry -> all.put(entry.name(), of(entry)));
    return all;
  }

  /** A language whose compiler makes a program that needs no run-time system. */
  private static Language compiled(String name, String file, List<String> compile) {
    Optional<Pattern> none = Optional.empty();
    return new Language(name, file, compile, PRODUCT, none, none, 0, true, false, Map.of());
  }

  /** An entry; one in place of the built-in Python keeps its harness. */
  private static Language of(RunConfig.SandboxLanguage entry) {
    boolean harness = entry.name().equals(PYTHON);
    if (harness && !(entry.run().contains("{file}") && entry.compile().isEmpty())) {
      throw new UserError(
          "sandbox.languages: entry python takes {file} under run and no compile, for the harness of"
              + " test code is run in its place; write it so, or give the language another name");
    }
    return new Language(
        entry.name(),
        entry.file(),
        entry.compile(),
        entry.run(),
        pattern(entry.compileError()),
        pattern(entry.memoryError()),
        entry.extraMemoryMb(),
        entry.limitAddressSpace(),
        harness,
        entry.environment());
  }

  private static Optional<Pattern> pattern(String text) {
    return text.isEmpty() ? Optional.empty() : Optional.of(Pattern.compile(text));
  }

  /**
   * The language of that name.
   *
   * @throws UserError if there is none
   */
  static Language named(Map<String, Language> languages, String name) {
    return Optional.ofNullable(languages.get(name))
        .orElseThrow(
            () ->
                new UserError(
                    "sandbox.languages: holds no language '%s'; it holds %s"
                        .formatted(
                            name, languages.keySet().stream().collect(Collectors.joining(", ")))));
  }

  /** The programs of the machine that it needs: its commands', but for what the compiler makes. */
  Stream<String> programs() {
    return Stream.of(compile, run)
        .filter(command -> !command.isEmpty())
        .map(command -> command.get(0))
        .filter(program -> program.startsWith("/") || !program.contains("/") || compile.isEmpty());
  }

  /** A command with its placeholders filled. */
  static List<String> filled(List<String> command, String file, int memoryMb) {
    return command.stream()
        .map(
            word -> word.replace("{file}", file).replace("{memory_mb}", Integer.toString(memoryMb)))
        .toList();
  }

  private static List<String> words(List<List<String>> parts) {
    return parts.stream().flatMap(List::stream).toList();
  }
}
