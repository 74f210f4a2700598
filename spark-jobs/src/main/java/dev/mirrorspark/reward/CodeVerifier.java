package dev.mirrorspark.reward;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.decode.FencedBlock;
import dev.mirrorspark.sandbox.Limits;
import dev.mirrorspark.sandbox.Outcome;
import dev.mirrorspark.sandbox.Run;
import dev.mirrorspark.sandbox.Runner;
import dev.mirrorspark.sandbox.SandboxHost;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Judges programs by running them against tests in the sandbox (Kimi k1.5, 2.3.1 and 2.6.4).
 *
 * <p>The program is the last fenced block of the response, {@code ```python … ```}; a last block
 * that is not closed goes to the response's end. A response without such a block is wrong. Where
 * the answer has a {@code "frame"}, the final answer of the response, what follows its last {@code
 * #}, takes the place of <code>{code}</code> in that text, and the whole is the program. The answer
 * is a JSON object:
 *
 * <ul>
 *   <li>{@code stdin_stdout}: {@code {"inputs": […], "outputs": […]}}, texts of equal number; the
 *       program has to print the outputs, as the sandbox compares tokens. Its language is that of
 *       the block if it names one (one that the sandbox does not run is wrong), else that of key
 *       {@code language}, else Python
 *   <li>{@code python_tests}: {@code {"test": "…"}}, Python code that raises an exception unless
 *       the program is right, in a process that the program cannot reach; with {@code
 *       "entry_point": "f"} the code defines {@code check}, which is called with {@code f}
 *       (HumanEval); with {@code "prompt": "…"} that text goes before a program that does not
 *       define the entry point itself, and what it defines besides is the tests' own
 * </ul>
 *
 * <p>Both take {@code cpu_seconds}, {@code wall_seconds} and {@code memory_mb} in place of the run
 * file's limits. A failure of the sandbox, or an answer that is not such an object, is an error.
 */
public final class CodeVerifier implements Verifier {
  static final String STDIN_STDOUT = "stdin_stdout";
  static final String PYTHON_TESTS = "python_tests";

  /** Rises when tests are run another way, so that data sets are checked anew. */
  public static final int TESTS_VERSION = 1;

  private static final Set<String> TYPES = Set.of(STDIN_STDOUT, PYTHON_TESTS);
  private static final String CODE = "{code}";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final SandboxSource sandbox;

  /** Where the sandbox comes from; asked when the first program is to be judged. */
  interface SandboxSource {
    Runner get() throws InterruptedException;
  }

  /** An answer that is not as its type wants it. */
  private static final class BadAnswer extends Exception {
    private static final long serialVersionUID = 1L;

    BadAnswer(String message) {
      super(message);
    }
  }

  private final Limits limits;

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
    String usual;
    try {
      JsonNode json = JSON.readTree(answer);
      usual = json.path("language").asText("python");
      Optional<FencedBlock> block =
          json.has("frame") ? framed(json, response) : FencedBlock.last(response);
      if (block.isEmpty()) {
        String what = json.has("frame") ? "no final answer" : "no fenced block with a program";
        return Verdict.of(false, what);
      }
      run =
          answerType.equals(STDIN_STDOUT)
              ? stdinStdout(json, block.get())
              : pythonTests(json, block.get());
    } catch (JsonProcessingException e) {
      return Verdict.error("the problem's answer is not JSON: " + e.getOriginalMessage());
    } catch (BadAnswer e) {
      return Verdict.error("the problem's answer " + e.getMessage());
    }
    Runner runner = sandbox.get();
    if (!run.language().equals(usual) && !runner.languages().contains(run.language())) {
      return Verdict.of(false, "language " + run.language() + " is not set up");
    }
    Outcome outcome = runner.judge(run);
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
    var nothing = new FencedBlock("", "");
    if (json.has("frame")) {
      framed(json, "#");
    }
    if (answerType.equals(STDIN_STDOUT)) {
      stdinStdout(json, nothing);
      boolean silent = texts(json, "outputs").stream().allMatch(String::isBlank);
      return silent
          ? Optional.of("its tests pass a program that prints nothing: all outputs are blank")
          : Optional.empty();
    }
    Run run = pythonTests(json, nothing);
    var alone = new Run.TestsAlone((Run.TestCode) run.check());
    Outcome outcome = sandbox.get().judge(new Run(run.language(), "", alone, run.limits()));
    return switch (outcome.verdict()) {
      case BAD_TESTS -> Optional.of(oneLine(outcome.detail()));
      case ERROR -> throw new IllegalStateException(oneLine(outcome.detail()));
      default -> Optional.empty();
    };
  }

  /** A program states no answer that others could equal. */
  @Override
  public Optional<String> finalAnswer(String answerType, String response) {
    return Optional.empty();
  }

  /** The frame around the final answer of a response; empty where it states none. */
  private static Optional<FencedBlock> framed(JsonNode json, String response) throws BadAnswer {
    String frame = text(json, "frame");
    if (!frame.contains(CODE)) {
      throw new BadAnswer("has no " + CODE + " under frame");
    }
    return FinalAnswer.afterHash(response)
        .map(code -> new FencedBlock("", frame.replace(CODE, code)));
  }

  private Run stdinStdout(JsonNode json, FencedBlock block) throws BadAnswer {
    List<String> inputs = texts(json, "inputs");
    List<String> outputs = texts(json, "outputs");
    if (inputs.isEmpty() || inputs.size() != outputs.size()) {
      throw new BadAnswer(
          "needs as many inputs as outputs, and one at least; it has %d and %d"
              .formatted(inputs.size(), outputs.size()));
    }
    List<Run.Case> cases = new ArrayList<>();
    for (int i = 0; i < inputs.size(); i++) {
      cases.add(new Run.Case(inputs.get(i), outputs.get(i)));
    }
    String language = block.languageOr(json.path("language").asText("python"));
    return new Run(language, block.source(), new Run.Cases(cases), limits(json));
  }

  private Run pythonTests(JsonNode json, FencedBlock block) throws BadAnswer {
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

  private static double number(JsonNode json, String key, double otherwise) throws BadAnswer {
    JsonNode value = json.path(key);
    if (!value.isMissingNode() && !(value.isNumber() && value.asDouble() > 0)) {
      throw new BadAnswer("has no positive number under " + key);
    }
    return value.asDouble(otherwise);
  }

  private static String text(JsonNode json, String key) throws BadAnswer {
    if (!json.path(key).isTextual()) {
      throw new BadAnswer("has no text under " + key);
    }
    return json.get(key).asText();
  }

  private static List<String> texts(JsonNode json, String key) throws BadAnswer {
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
