package dev.mirrorspark.sandbox;

import dev.mirrorspark.sandbox.Ended.Stop;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Judges one program in one slot: compiles it where its language needs that, runs it as often as
 * its check wants, each time in a box of its own, and stops at the first failure.
 */
final class Judge {
  private static final String PRODUCT = "product.tar";

  /** Exit codes of a program that a signal ended. */
  private static final int BY_SIGNAL = 128;

  private static final int SIGKILL = 9;
  private static final int SIGXCPU = 24;

  private final BoxRunner runner;
  private final BoxCommand box;
  private final Slot slot;
  private final Language language;
  private final String file;
  private final String mainClass;
  private final PythonHarness harness;
  private final Run run;
  private final Limits limits;
  private final Optional<Checking> checking;
  private final long start = System.nanoTime();
  private double memoryMb;

  /**
   * What the box of a program finds, compiled where its language needs that.
   *
   * @param compiled how the compiler ended; empty: there is nothing to compile
   */
  record Ready(Map<String, byte[]> files, Finding finding, Optional<Ended> compiled) {}

  /**
   * @param checker language of the run's {@link Run.Checker}, where it has one
   */
  Judge(
      BoxRunner runner,
      BoxCommand box,
      Slot slot,
      Language language,
      PythonHarness harness,
      Run run,
      Optional<Language> checker) {
    this.runner = runner;
    this.box = box;
    this.slot = slot;
    this.language = language;
    var java = language.run().contains(Language.CLASS) ? JavaSource.of(run.source()) : null;
    this.file = java == null ? language.file() : java.file();
    this.mainClass = java == null ? "" : java.mainClass();
    this.harness = harness;
    this.run = run;
    this.limits = run.limits().withMemory(run.limits().memoryMb() + language.extraMemoryMb());
    this.checking =
        run.checker()
            .map(
                program ->
                    new Checking(
                        new Judge(
                            runner,
                            box,
                            slot,
                            checker.orElseThrow(),
                            harness,
                            program.alone(run.limits().forChecking()),
                            Optional.empty())));
  }

  /**
   * The judgement.
   *
   * @throws IOException if the sandbox fails; the slot is then not fit for use
   */
  Outcome judge() throws IOException, InterruptedException {
    if (run.check() instanceof Run.TestCode tests) {
      return judge(tests, Optional.of(run.source().getBytes(StandardCharsets.UTF_8)));
    }
    if (run.check() instanceof Run.TestsAlone alone) {
      return judge(alone.tests(), Optional.empty());
    }
    Ready ready = ready();
    Map<String, byte[]> files = ready.files();
    if (!ready.finding().passed()) {
      return outcome(ready.finding(), ready.compiled().orElseThrow());
    }
    if (run.check() instanceof Run.Cases cases) {
      return judge(files, cases);
    }
    var once = run.check() instanceof Run.Once asked ? asked : new Run.Once("");
    return judge(files, once);
  }

  private Outcome judge(Map<String, byte[]> files, Run.Once once)
      throws IOException, InterruptedException {
    String mark = WorkFiles.mark();
    Map<String, byte[]> all = new HashMap<>(files);
    all.putAll(once.files().boxed());
    List<String> command =
        once.files().around(command(files, PreparedRoot.BOX + "/" + file, List.of()), mark);
    Ended ended = run(command, all, once.input(), limits);
    Finding finding = ofProgram(ended);
    var left = once.files().left(ended.stdout(), mark);
    return new Outcome(
        finding.verdict(),
        finding.detail(),
        ended.exitCode(),
        new String(left.printed(), StandardCharsets.UTF_8),
        ended.errorText(),
        seconds(),
        memoryMb,
        left.files());
  }

  /** Compiles the program where its language needs that. */
  Ready ready() throws IOException, InterruptedException {
    Map<String, byte[]> files = Map.of(file, run.source().getBytes(StandardCharsets.UTF_8));
    if (language.compile().isEmpty()) {
      return new Ready(files, new Finding(ProgramVerdict.PASSED, ""), Optional.empty());
    }
    Ended compiled = compile(files);
    return new Ready(
        Map.of(PRODUCT, compiled.stdout()), ofCompiler(compiled), Optional.of(compiled));
  }

  /**
   * Runs the program once.
   *
   * @param further files that its box finds beside it
   * @param arguments of the program
   */
  Ended execute(Ready ready, Map<String, byte[]> further, List<String> arguments)
      throws IOException, InterruptedException {
    Map<String, byte[]> files = new HashMap<>(ready.files());
    files.putAll(further);
    return execute(files, PreparedRoot.BOX + "/" + file, arguments, "", limits);
  }

  private Outcome judge(Map<String, byte[]> files, Run.Cases check)
      throws IOException, InterruptedException {
    List<Run.Case> cases = check.cases();
    double total = check.totalSeconds(limits.wallSeconds());
    double used = 0;
    Finding finding = new Finding(ProgramVerdict.PASSED, "no tests");
    Ended ended = null;
    for (int i = 0; i < cases.size(); i++) {
      Run.Case test = cases.get(i);
      var within = limits.within(limits.cpuSeconds(), Math.min(limits.wallSeconds(), total - used));
      ended = execute(files, PreparedRoot.BOX + "/" + file, List.of(), test.input(), within);
      used += ended.seconds();
      finding = used >= total ? overTotal(total) : ofProgram(ended);
      if (finding.passed()) {
        finding = ofOutput(check.rule(), test, ended.outText());
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

  private static Finding overTotal(double total) {
    return new Finding(
        ProgramVerdict.TIME_LIMIT,
        "more than %.0f s for all tests so far together".formatted(total));
  }

  private Finding ofOutput(Run.OutputRule rule, Run.Case test, String output)
      throws IOException, InterruptedException {
    if (rule instanceof Run.Checker) {
      return checking.orElseThrow().finding(test, output);
    }
    return ((OutputComparison) rule)
        .difference(test.output(), output)
        .map(difference -> new Finding(ProgramVerdict.WRONG_ANSWER, difference))
        .orElse(new Finding(ProgramVerdict.PASSED, "the output is right"));
  }

  private Outcome judge(Run.TestCode tests, Optional<byte[]> program)
      throws IOException, InterruptedException {
    PythonHarness.Ready ready =
        harness.ready(
            language,
            run.limits().memoryMb(),
            box.root(),
            (command, parts, closed) -> run(command, parts, "", limits.forCompiling(), closed));
    var told = PythonTests.of(tests);
    Ended ended =
        run(
            ready.command(),
            ready.files(program),
            told.input(),
            limits.besideHarness(),
            ready.closed());
    return outcome(told.of(ended, ofProgram(ended)), ended);
  }

  private Ended compile(Map<String, byte[]> files) throws IOException, InterruptedException {
    Limits forCompiling = limits.forCompiling();
    int heap = forCompiling.memoryMb() - language.extraMemoryMb();
    return run(
        shell(
            "\"$@\" >&2 && exec tar -cf - .",
            Language.filled(language.compile(), PreparedRoot.BOX + "/" + file, heap)),
        files,
        "",
        forCompiling);
  }

  private Ended execute(
      Map<String, byte[]> files, String file, List<String> arguments, String input, Limits within)
      throws IOException, InterruptedException {
    return run(command(files, file, arguments), files, input, within);
  }

  private List<String> command(Map<String, byte[]> files, String file, List<String> arguments) {
    List<String> command =
        new ArrayList<>(
            Language.filled(language.run(), file, run.limits().memoryMb()).stream()
                .map(word -> word.replace(Language.CLASS, mainClass))
                .toList());
    command.addAll(arguments);
    return files.containsKey(PRODUCT)
        ? shell("tar -xf " + PreparedRoot.BOX + "/" + PRODUCT + " && exec \"$@\"", command)
        : command;
  }

  private static List<String> shell(String script, List<String> command) {
    var words = new ArrayList<>(List.of("/bin/sh", "-c", script, "sh"));
    words.addAll(command);
    return words;
  }

  private Ended run(List<String> command, Map<String, byte[]> files, String input, Limits within)
      throws IOException, InterruptedException {
    return run(command, files, input, within, Optional.empty());
  }

  private Ended run(
      List<String> command,
      Map<String, byte[]> files,
      String input,
      Limits within,
      Optional<PreparedRoot.Closed> closed)
      throws IOException, InterruptedException {
    byte[] bytes = input.getBytes(StandardCharsets.UTF_8);
    var job =
        new BoxRunner.Job(
            command,
            language.environment(),
            files,
            bytes,
            within,
            language.limitAddressSpace(),
            run.check() instanceof Run.Once || run.check() instanceof Run.Cases,
            closed);
    Ended ended = runner.run(box, slot, job);
    if (killedBySomebody(ended)) {
      ended = runner.run(box, slot, job);
    }
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
    String last = Finding.shown(ended.lastErrorLine());
    String detail = "exit code %d: %s".formatted(ended.exitCode(), last);
    if (starts(language.compileError(), last)) {
      return new Finding(ProgramVerdict.COMPILE_ERROR, detail);
    }
    if (ended.errorText().lines().anyMatch(line -> starts(language.memoryError(), line))) {
      return new Finding(ProgramVerdict.MEMORY_LIMIT, detail);
    }
    return new Finding(ProgramVerdict.RUNTIME_ERROR, detail);
  }

  private boolean cpuTimeIsUp(Ended ended) {
    boolean up = Math.max(ended.cpuSeconds(), ended.seconds()) >= limits.cpuSeconds();
    return ended.exitCode() == BY_SIGNAL + SIGXCPU
        || (ended.exitCode() == BY_SIGNAL + SIGKILL && up);
  }

  /**
   * Whether a SIGKILL ended it that the sandbox has not sent: from outside, such as by a machine
   * that ran out of memory, which says nothing of the program; or its own, which it then repeats.
   */
  private boolean killedBySomebody(Ended ended) {
    return ended.started()
        && ended.exitCode() == BY_SIGNAL + SIGKILL
        && ended.stop() == Stop.NONE
        && !ended.outOfMemory()
        && !cpuTimeIsUp(ended);
  }

  private static boolean starts(Optional<Pattern> pattern, String line) {
    return pattern.isPresent() && pattern.get().matcher(line).lookingAt();
  }

  private static String firstErrorLine(Ended ended) {
    return Finding.shown(
        ended.errorText().lines().filter(line -> !line.isBlank()).findFirst().orElse(""));
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
