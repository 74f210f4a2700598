package dev.mirrorspark.reward;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.decode.Attempt;
import dev.mirrorspark.decode.FencedBlock;
import dev.mirrorspark.sandbox.Limits;
import dev.mirrorspark.sandbox.Outcome;
import dev.mirrorspark.sandbox.ProgramVerdict;
import dev.mirrorspark.sandbox.Run;
import dev.mirrorspark.sandbox.Runner;
import dev.mirrorspark.sandbox.Sandbox;
import dev.mirrorspark.sandbox.SandboxHost;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Judges programs by running them against tests in the sandbox (Kimi k1.5, 2.3.1 and 2.6.4).
 *
 * <p>The program is a fenced block of the response, chosen by {@link ProgramBlock}; a response
 * without one is wrong. Where the answer has a {@code "frame"}, the final answer of the response,
 * what follows its last {@code #}, takes the place of <code>{code}</code> in that text, and the
 * whole is the program. The answer is a JSON object:
 *
 * <ul>
 *   <li>{@code stdin_stdout}: {@code {"inputs": […], "outputs": […]}}, texts of equal number; the
 *       program has to print the outputs, see {@link StdinTests}. Its language is that of the block
 *       if it names one, else that of key {@code language}, else Python
 *   <li>{@code python_tests}: {@code {"test": "…"}}, Python code that raises an exception unless
 *       the program is right, in a process that the program cannot reach; with {@code
 *       "entry_point": "f"} the code defines {@code check}, which is called with {@code f}
 *       (HumanEval); with {@code "prompt": "…"} that text goes before a program that does not
 *       define the entry point itself, and what it defines besides is the tests' own
 * </ul>
 *
 * <p>Both take {@code setup}, text that goes before a program in the language of the problem (for
 * {@code python_tests} Python), such as LeetCode's imports and classes; and {@code cpu_seconds},
 * {@code wall_seconds} and {@code memory_mb} in place of the run file's limits. A failure of the
 * sandbox, or an answer that is not such an object, is an error.
 */
public final class CodeVerifier implements Verifier {
  static final String STDIN_STDOUT = "stdin_stdout";
  static final String PYTHON_TESTS = "python_tests";

  /** Rises when tests are run another way, so that data sets are checked anew. */
  public static final int TESTS_VERSION = 1;

  static final Set<String> TYPES = Set.of(STDIN_STDOUT, PYTHON_TESTS);
  static final String PYTHON = "python";

  private static final String CODE = "{code}";

  /** What compiling and checkers may take, in seconds. */
  private static final double BESIDES_TESTS = 120;

  private static final double A_DAY = 86_400;

  /** The sandbox tries again where it failed itself. */
  private static final double SLACK = 4;

  private static final ObjectMapper JSON = new ObjectMapper();

  private final SandboxSource sandbox;

  /** Where the sandbox comes from; asked when the first program is to be judged. */
  interface SandboxSource {
    Runner get() throws InterruptedException;
  }

  /** An answer that is not as its type wants it. */
  static final class BadAnswer extends Exception {
    private static final long serialVersionUID = 1L;

    BadAnswer(String message) {
      super(message);
    }
  }

  private final Limits limits;
  private final Map<Setup, Boolean> setups = new HashMap<>();

  CodeVerifier(SandboxSource sandbox, Limits limits) {
    this.sandbox = sandbox;
    this.limits = limits;
  }

  @Override
  public String name() {
    return "code";
  }

  @Override
  public boolean handles(String answerType) {
    return TYPES.contains(answerType);
  }

  @Override
  public Verdict verify(String answer, String answerType, String response)
      throws InterruptedException {
    Run run;
    Optional<Setup> setup;
    try {
      JsonNode json = JSON.readTree(answer);
      ProgramBlock found = block(json, answerType, response, () -> sandbox.get().languages());
      if (found instanceof ProgramBlock.None none) {
        return Verdict.of(false, none.why());
      }
      setup = Setup.of(json, usual(json, answerType));
      run = withSetup(json, answerType, (ProgramBlock.Program) found, setup);
    } catch (JsonProcessingException e) {
      return Verdict.error("the problem's answer is not JSON: " + e.getOriginalMessage());
    } catch (BadAnswer e) {
      return Verdict.error("the problem's answer " + e.getMessage());
    }
    Runner runner = sandbox.get();
    run = asKnown(run, runner.languages());
    Optional<String> lacking = lackingForChecker(runner, run);
    if (lacking.isPresent()) {
      return Verdict.error(
          "the problem's answer has a checker in language %s, which is not set up"
              .formatted(lacking.get()));
    }
    Outcome outcome = runner.judge(run);
    boolean failed = outcome.verdict() != ProgramVerdict.PASSED;
    if (failed && setup.isPresent() && !works(runner, setup.get())) {
      return Verdict.error("the problem's setup fails by itself");
    }
    String detail = oneLine(outcome.verdict().label() + ": " + outcome.detail());
    return switch (outcome.verdict()) {
      case PASSED -> Verdict.of(true, detail);
      case ERROR, BAD_TESTS -> Verdict.error(detail);
      default -> Verdict.of(false, detail);
    };
  }

  /**
   * Why no response to a problem can be judged: a program that solves nothing passes its tests, or
   * they cannot run. Empty: nothing speaks against it.
   *
   * @throws dev.mirrorspark.config.UserError if the machine has no sandbox
   */
  public static Optional<String> fault(RunConfig.Sandbox sandbox, String answer, String answerType)
      throws InterruptedException {
    var verifier = new CodeVerifier(() -> SandboxHost.get(sandbox), Limits.of(sandbox));
    try {
      return verifier.fault(JSON.readTree(answer), answerType);
    } catch (JsonProcessingException e) {
      return Optional.of("the answer is not JSON: " + e.getOriginalMessage());
    } catch (BadAnswer e) {
      return Optional.of("the answer " + e.getMessage());
    }
  }

  private Optional<String> fault(JsonNode json, String answerType)
      throws BadAnswer, InterruptedException {
    boolean ofInputs = answerType.equals(STDIN_STDOUT);
    String usual = ofInputs ? StdinTests.usualLanguage(json) : PYTHON;
    var nothing = new ProgramBlock.Program(usual, "");
    if (json.has("frame")) {
      framed(json, "#", usual);
    }
    if (ofInputs) {
      stdinStdout(json, nothing);
      boolean silent = texts(json, "outputs").stream().allMatch(String::isBlank);
      return silent
          ? Optional.of("its tests pass a program that prints nothing: all outputs are blank")
          : Optional.empty();
    }
    Run bare = pythonTests(json, nothing);
    Run run = Setup.of(json, usual).map(text -> text.before(bare)).orElse(bare);
    var alone = new Run.TestsAlone((Run.TestCode) run.check());
    Outcome outcome = sandbox.get().judge(new Run(run.language(), "", alone, run.limits()));
    return switch (outcome.verdict()) {
      case BAD_TESTS -> Optional.of(oneLine(outcome.detail()));
      case ERROR -> throw new IllegalStateException(oneLine(outcome.detail()));
      default -> Optional.empty();
    };
  }

  /** Where the names of the languages that are set up come from. */
  interface Languages {
    Set<String> get() throws InterruptedException;
  }

  /**
   * The program of a response with all that its problem puts before it, and its limits: what the
   * judge would run. Empty where there is none, or the answer is not as its type wants it.
   */
  static Optional<Run> program(
      RunConfig.Sandbox sandbox, String answer, String answerType, String response)
      throws InterruptedException {
    var verifier = new CodeVerifier(() -> SandboxHost.get(sandbox), Limits.of(sandbox));
    Set<String> known = known(sandbox);
    try {
      JsonNode json = JSON.readTree(answer);
      if (block(json, answerType, response, () -> known) instanceof ProgramBlock.Program block) {
        var setup = Setup.of(json, usual(json, answerType));
        return Optional.of(asKnown(verifier.withSetup(json, answerType, block, setup), known));
      }
    } catch (JsonProcessingException | BadAnswer e) {
      return Optional.empty(); // its verdict says so
    }
    return Optional.empty();
  }

  /** The languages that the judge takes a block of; where this process has no sandbox, all. */
  private static Set<String> known(RunConfig.Sandbox sandbox) throws InterruptedException {
    try {
      return SandboxHost.get(sandbox).languages();
    } catch (UserError e) {
      return Sandbox.languages(sandbox);
    }
  }

  private Run withSetup(
      JsonNode json, String answerType, ProgramBlock.Program block, Optional<Setup> setup)
      throws BadAnswer {
    boolean ofInputs = answerType.equals(STDIN_STDOUT);
    Run bare = ofInputs ? stdinStdout(json, block) : pythonTests(json, block);
    return setup.map(text -> text.before(bare)).orElse(bare);
  }

  private static String usual(JsonNode json, String answerType) throws BadAnswer {
    return answerType.equals(STDIN_STDOUT) ? StdinTests.usualLanguage(json) : PYTHON;
  }

  private static ProgramBlock block(
      JsonNode json, String answerType, String response, Languages known)
      throws BadAnswer, InterruptedException {
    String usual = usual(json, answerType);
    if (json.has("frame")) {
      return framed(json, response, usual);
    }
    boolean others = answerType.equals(STDIN_STDOUT) && FencedBlock.named(response);
    return ProgramBlock.of(
        response, usual, others ? StdinTests.languages(json, known.get()) : Set.of());
  }

  /** A program states no answer that others could equal: see {@link VotingProgram}. */
  @Override
  public Optional<String> finalAnswer(String answerType, String response) {
    return Optional.empty();
  }

  /** The frame around the final answer of a response. */
  private static ProgramBlock framed(JsonNode json, String response, String usual)
      throws BadAnswer {
    String frame = text(json, "frame");
    if (!frame.contains(CODE)) {
      throw new BadAnswer("has no " + CODE + " under frame");
    }
    return FinalAnswer.afterHash(response)
        .<ProgramBlock>map(code -> new ProgramBlock.Program(usual, frame.replace(CODE, code)))
        .orElse(new ProgramBlock.None("no final answer"));
  }

  private Run stdinStdout(JsonNode json, ProgramBlock.Program block) throws BadAnswer {
    return new Run(block.language(), block.source(), StdinTests.of(json), limits(json));
  }

  /** The same with its languages by the names under which they are set up. */
  private static Run asKnown(Run run, Set<String> known) {
    Run.Check check = run.check();
    if (check instanceof Run.Cases cases && cases.rule() instanceof Run.Checker checker) {
      String language = StdinTests.nameIn(known, checker.language());
      var rule = new Run.Checker(language, checker.source());
      check = new Run.Cases(cases.cases(), rule, cases.totalSeconds());
    }
    return new Run(StdinTests.nameIn(known, run.language()), run.source(), check, run.limits());
  }

  private static Optional<String> lackingForChecker(Runner runner, Run run) {
    return run.checker()
        .map(Run.Checker::language)
        .filter(language -> !runner.languages().contains(language));
  }

  private boolean works(Runner runner, Setup setup) throws InterruptedException {
    Optional<Run> alone = setup.alone(limits);
    if (alone.isEmpty()) {
      return true;
    }
    Boolean known = setups.get(setup);
    if (known == null) {
      var verdict = runner.judge(alone.get()).verdict();
      known = verdict == ProgramVerdict.PASSED || verdict == ProgramVerdict.ERROR;
      setups.put(setup, known);
    }
    return known;
  }

  /**
   * A program that sleeps, or is right and slow, ends at the sandbox's limits with a verdict of its
   * own: this is longer than these can take, and over only where the sandbox itself hangs.
   */
  @Override
  public Optional<Duration> limit(Attempt attempt) {
    double total = limits.wallSeconds();
    try {
      JsonNode json = JSON.readTree(attempt.reference().answer());
      double wall = number(json, "wall_seconds", limits.wallSeconds());
      total = json.has("inputs") ? StdinTests.of(json).totalSeconds(wall) : wall;
    } catch (JsonProcessingException | BadAnswer e) {
      // the verdict will say so
    }
    return Optional.of(
        Duration.ofSeconds((long) (SLACK * (Math.min(total, A_DAY) + BESIDES_TESTS))));
  }

  private Run pythonTests(JsonNode json, ProgramBlock.Program block) throws BadAnswer {
    String test = text(json, "test");
    String source = block.source();
    String entry = "";
    String given = "";
    if (json.has("entry_point")) {
      entry = text(json, "entry_point");
      test += "\n\ncheck(" + entry + ")\n";
      boolean defined =
          Pattern.compile(
                  "(?m)^(async\\s+)?(def|class)\\s+"
                      + Pattern.quote(entry)
                      + "\\b|^"
                      + Pattern.quote(entry)
                      + "\\s*=")
              .matcher(source)
              .find();
      given = json.has("prompt") ? text(json, "prompt") : "";
      source = defined ? source : given + source;
    }
    return new Run("python", source, new Run.TestCode(test, entry, given), limits(json));
  }

  private Limits limits(JsonNode json) throws BadAnswer {
    return limits
        .within(
            number(json, "cpu_seconds", limits.cpuSeconds()),
            number(json, "wall_seconds", limits.wallSeconds()))
        .withMemory((int) number(json, "memory_mb", limits.memoryMb()));
  }

  static double number(JsonNode json, String key, double otherwise) throws BadAnswer {
    JsonNode value = json.path(key);
    if (!value.isMissingNode() && !(value.isNumber() && value.asDouble() > 0)) {
      throw new BadAnswer("has no positive number under " + key);
    }
    return value.asDouble(otherwise);
  }

  static String text(JsonNode json, String key) throws BadAnswer {
    if (!json.path(key).isTextual()) {
      throw new BadAnswer("has no text under " + key);
    }
    return json.get(key).asText();
  }

  static List<String> texts(JsonNode json, String key) throws BadAnswer {
    List<String> texts = new ArrayList<>();
    for (JsonNode text : json.path(key)) {
      if (!text.isTextual()) {
        throw new BadAnswer("has something else than texts under " + key);
      }
      texts.add(text.asText());
    }
    return texts;
  }

  private static String oneLine(String text) {
    return text.replaceAll("\\p{Cntrl}+", " ").strip();
  }
}
