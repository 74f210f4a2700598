package dev.mirrorspark.sandbox;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.UserError;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

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
 * @param harness whether {@link Run.TestCode} goes through the Python harness, which notes when the
 *     program ends before its tests do; otherwise the test code is appended to the source
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

  private static final Language PYTHON =
      new Language(
          "python",
          "main.py",
          List.of(),
          List.of("python3", "{file}"),
          Optional.of(Pattern.compile("(SyntaxError|IndentationError|TabError):")),
          Optional.of(Pattern.compile("MemoryError\\b")),
          0,
          true,
          true,
          Map.of("PYTHONHASHSEED", "0", "PYTHONDONTWRITEBYTECODE", "1"));

  /** Options by which a JVM starts faster and asks for less. */
  private static final List<String> SMALL_JVM =
      List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Xshare:auto");

  private static final Language JAVA =
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
          Map.of());

  Language {
    compile = List.copyOf(compile);
    run = List.copyOf(run);
    environment = Map.copyOf(environment);
  }

  /** The languages by name: the built-in ones and those of a run file, which may replace them. */
  static Map<String, Language> all(List<RunConfig.SandboxLanguage> configured) {
    Map<String, Language> all = new LinkedHashMap<>();
    all.put(PYTHON.name, PYTHON);
    all.put(JAVA.name, JAVA);
    configured.forEach(entry -> all.put(entry.name(), of(entry)));
    return all;
  }

  private static Language of(RunConfig.SandboxLanguage entry) {
    return new Language(
        entry.name(),
        entry.file(),
        entry.compile(),
        entry.run(),
        pattern(entry.compileError()),
        pattern(entry.memoryError()),
        entry.extraMemoryMb(),
        entry.limitAddressSpace(),
        false,
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
