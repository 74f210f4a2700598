package dev.mirrorspark.sandbox;

import dev.mirrorspark.sandbox.Ended.Stop;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Judges one program in one slot: compiles it where its language needs that, runs it as often as
 * its check wants, each time in a box of its own, and stops at the first failure.
 */
final class Judge {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final String PRODUCT = "product.tar";
  private static final String HARNESS = "harness.py";
  private static final int SHOWN = 200;

  /** Exit codes of a program that a signal ended. */
  private static final int BY_SIGNAL = 128;

  private static final int SIGKILL = 9;
  private static final int SIGXCPU = 24;

  private final BoxRunner runner;
  private final BoxCommand box;
  private final Slot slot;
  private final Language language;
  private final Run run;
  private final Limits limits;
  private final long start = System.nanoTime();
  private double memoryMb;

  /** A verdict on one box, with its reason. */
  private record Finding(ProgramVerdict verdict, String detail) {
    boolean passed() {
      return verdict == ProgramVerdict.PASSED;
    }
  }

  Judge(BoxRunner runner, BoxCommand box, Slot slot, Language language, Run run) {
    this.runner = runner;
    this.box = box;
    this.slot = slot;
    this.language = language;
    this.run = run;
    this.limits = run.limits().withMemory(run.limits().memoryMb() + language.extraMemoryMb());
  }

  /**
   * The judgement.
   *
   * @throws IOException if the sandbox fails; the slot is then not fit for use
   */
  Outcome judge() throws IOException, InterruptedException {
    Map<String, byte[]> files = new HashMap<>();
    files.put(language.file(), source().getBytes(StandardCharsets.UTF_8));
    if (!language.compile().isEmpty()) {
      Ended compiled = compile(files);
      Finding finding = ofCompiler(compiled);
      if (!finding.passed()) {
        return outcome(finding, compiled);
      }
      files = Map.of(PRODUCT, compiled.stdout());
    }
    if (run.check() instanceof Run.Cases cases) {
      return judge(files, cases.cases());
    }
    if (run.check() instanceof Run.TestCode tests && language.harness()) {
      return judge(files, tests);
    }
    String input = run.check() instanceof Run.Once once ? once.input() : "";
    Ended ended = execute(files, PreparedRoot.BOX + "/" + language.file(), input);
    return outcome(ofProgram(ended), ended);
  }

  private String source() {
    boolean appended = run.check() instanceof Run.TestCode && !language.harness();
    return appended ? run.source() + "\n" + ((Run.TestCode) run.check()).code() : run.source();
  }

  private Outcome judge(Map<String, byte[]> files, List<Run.Case> cases)
      throws IOException, InterruptedException {
    Finding finding = new Finding(ProgramVerdict.PASSED, "no tests");
    Ended ended = null;
    for (int i = 0; i < cases.size(); i++) {
      ended = execute(files, PreparedRoot.BOX + "/" + language.file(), cases.get(i).input());
      finding = ofProgram(ended);
      Optional<String> difference =
          finding.passed()
              ? Tokens.difference(cases.get(i).output(), ended.outText())
              : Optional.empty();
      if (difference.isPresent()) {
        finding = new Finding(ProgramVerdict.WRONG_ANSWER, difference.get());
      }
      if (!finding.passed()) {
        String which = "test %d of %d: ".formatted(i + 1, cases.size());
        return outcome(new Finding(finding.verdict(), which + finding.detail()), ended);
      }
      finding = new Finding(ProgramVerdict.PASSED, "%d tests".formatted(cases.size()));
    }
    return ended == null
        ? Outcome.error("a check without tests says nothing", seconds())
        : outcome(finding, ended);
  }

  private Outcome judge(Map<String, byte[]> program, Run.TestCode tests)
      throws IOException, InterruptedException {
    byte[] random = new byte[16];
    RANDOM.nextBytes(random);
    String word = HexFormat.of().formatHex(random);
    Map<String, byte[]> files = new HashMap<>(program);
    files.put(HARNESS, harness());
    Ended ended = execute(files, PreparedRoot.BOX + "/" + HARNESS, word + "\n" + tests.code());
    return outcome(ofTests(ended, word), ended);
  }

  private static byte[] harness() {
    try (var stream = Judge.class.getResourceAsStream(HARNESS)) {
      return stream.readAllBytes();
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  private Ended compile(Map<String, byte[]> files) throws IOException, InterruptedException {
    Limits forCompiling = limits.forCompiling();
    int heap = forCompiling.memoryMb() - language.extraMemoryMb();
    return run(
        shell(
            "\"$@\" >&2 && exec tar -cf - .",
            Language.filled(language.compile(), PreparedRoot.BOX + "/" + language.file(), heap)),
        files,
        "",
        forCompiling);
  }

  private Ended execute(Map<String, byte[]> files, String file, String input)
      throws IOException, InterruptedException {
    List<String> command = Language.filled(language.run(), file, run.limits().memoryMb());
    if (files.containsKey(PRODUCT)) {
      command = shell("tar -xf " + PreparedRoot.BOX + "/" + PRODUCT + " && exec \"$@\"", command);
    }
    return run(command, files, input, limits);
  }

  private static List<String> shell(String script, List<String> command) {
    var words = new ArrayList<>(List.of("/bin/sh", "-c", script, "sh"));
    words.addAll(command);
    return words;
  }

  private Ended run(List<String> command, Map<String, byte[]> files, String input, Limits within)
      throws IOException, InterruptedException {
    byte[] bytes = input.getBytes(StandardCharsets.UTF_8);
    Ended ended =
        runner.run(
            box,
            slot,
            new BoxRunner.Job(
                command,
                language.environment(),
                files,
                bytes,
                within,
                language.limitAddressSpace(),
                run.check() instanceof Run.Once || run.check() instanceof Run.Cases));
    memoryMb = Math.max(memoryMb, ended.memoryBytes() / 1048576.0);
    if (!ended.started() && !ended.outOfMemory() && ended.stop() == Stop.NONE) {
      throw new IOException(
          "the box did not start, exit code %d: %s"
              .formatted(ended.exitCode(), ended.lastErrorLine()));
    }
    return ended;
  }

  private Finding ofCompiler(Ended ended) {
    if (ended.outOfMemory()) {
      return new Finding(ProgramVerdict.COMPILE_ERROR, "the compiler ran out of memory");
    }
    return switch (ended.stop()) {
      case TIME -> new Finding(ProgramVerdict.COMPILE_ERROR, "the compiler took too long");
      case OUTPUT ->
          new Finding(ProgramVerdict.COMPILE_ERROR, "the compiler's product is too large");
      case NONE ->
          ended.exitCode() == 0
              ? new Finding(ProgramVerdict.PASSED, "compiled")
              : new Finding(ProgramVerdict.COMPILE_ERROR, firstErrorLine(ended));
    };
  }

  private Finding ofProgram(Ended ended) {
    if (ended.outOfMemory()) {
      return new Finding(
          ProgramVerdict.MEMORY_LIMIT, "more than %d MiB".formatted(limits.memoryMb()));
    }
    if (ended.stop() == Stop.OUTPUT) {
      return new Finding(
          ProgramVerdict.RUNTIME_ERROR, "more than %d KiB of output".formatted(limits.outputKb()));
    }
    if (ended.stop() == Stop.TIME || cpuTimeIsUp(ended)) {
      return new Finding(
          ProgramVerdict.TIME_LIMIT,
          "more than %s s, or %s s of processor time"
              .formatted(limits.wallSeconds(), limits.cpuSeconds()));
    }
    if (ended.exitCode() == 0) {
      return new Finding(ProgramVerdict.PASSED, "exit code 0");
    }
    String last = shown(ended.lastErrorLine());
    String detail = "exit code %d: %s".formatted(ended.exitCode(), last);
    if (starts(language.compileError(), last)) {
      return new Finding(ProgramVerdict.COMPILE_ERROR, detail);
    }
    if (ended.errorText().lines().anyMatch(line -> starts(language.memoryError(), line))) {
      return new Finding(ProgramVerdict.MEMORY_LIMIT, detail);
    }
    return new Finding(ProgramVerdict.RUNTIME_ERROR, detail);
  }

  private Finding ofTests(Ended ended, String word) {
    Finding finding = ofProgram(ended);
    List<String> lines = ended.outText().lines().toList();
    String last = lines.isEmpty() ? "" : lines.get(lines.size() - 1);
    String error = shown(ended.lastErrorLine());
    boolean told = last.startsWith(word + " ");
    boolean limit =
        ended.stop() != Stop.NONE
            || finding.verdict() == ProgramVerdict.MEMORY_LIMIT
            || finding.verdict() == ProgramVerdict.TIME_LIMIT;
    if (limit) {
      return finding;
    }
    if (!told) {
      return new Finding(
          ProgramVerdict.RUNTIME_ERROR,
          "ended with exit code %d before its tests did: %s".formatted(ended.exitCode(), error));
    }
    return switch (last.substring(word.length() + 1)) {
      case "passed" -> new Finding(ProgramVerdict.PASSED, "its tests hold");
      case "wrong" -> new Finding(ProgramVerdict.WRONG_ANSWER, error);
      case "memory" -> new Finding(ProgramVerdict.MEMORY_LIMIT, "MemoryError");
      case "compile" -> new Finding(ProgramVerdict.COMPILE_ERROR, error);
      default -> new Finding(ProgramVerdict.RUNTIME_ERROR, error);
    };
  }

  private boolean cpuTimeIsUp(Ended ended) {
    boolean up = Math.max(ended.cpuSeconds(), ended.seconds()) >= limits.cpuSeconds();
    return ended.exitCode() == BY_SIGNAL + SIGXCPU
        || (ended.exitCode() == BY_SIGNAL + SIGKILL && up);
  }

  private static boolean starts(Optional<Pattern> pattern, String line) {
    return pattern.isPresent() && pattern.get().matcher(line).lookingAt();
  }

  private static String firstErrorLine(Ended ended) {
    return shown(ended.errorText().lines().filter(line -> !line.isBlank()).findFirst().orElse(""));
  }

  private static String shown(String line) {
    return line.length() <= SHOWN ? line : line.substring(0, SHOWN) + "…";
  }

  private Outcome outcome(Finding finding, Ended ended) {
    return new Outcome(
        finding.verdict(),
        finding.detail(),
        ended.exitCode(),
        ended.outText(),
        ended.errorText(),
        seconds(),
        memoryMb);
  }

  private double seconds() {
    return (System.nanoTime() - start) / 1e9;
  }
}
