package dev.mirrorspark.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.http.Reply;
import dev.mirrorspark.sandbox.RunJson.BadRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.BinaryOperator;
import java.util.regex.Pattern;

/**
 * The requests of SandboxFusion that are served here, in its form, so that who uses it through
 * {@code POST /run_code} (verl) or {@code POST /submit} can point here instead.
 *
 * <p>What it has and this service has not, arguments of the program, data sets of its own, other
 * kinds of problems, is refused by name. A time or memory above this service's limit is lowered to
 * it, and {@code message} says so, for clients there send their own as they are.
 */
final class FusionRequests {
  private static final Set<String> RUN_CODE =
      Set.of(
          "code",
          "language",
          "compile_timeout",
          "run_timeout",
          "memory_limit_MB",
          "stdin",
          "files",
          "fetch_files",
          "args");
  private static final Set<String> SUBMIT = Set.of("dataset", "id", "completion", "config");
  private static final Set<String> CONFIG =
      Set.of(
          "dataset_type",
          "language",
          "locale",
          "is_fewshot",
          "compile_timeout",
          "run_timeout",
          "custom_extract_logic",
          "provided_data",
          "extra");
  private static final String STDIO = "CommonOJDataset";
  private static final Pattern AUTO_EVAL = Pattern.compile("AutoEval(V[456])?Dataset");
  private static final String INSERT = "#<INSERT>";
  private static final double USUAL_SECONDS = 10;

  /** Its names of languages that have another here. */
  private static final Map<String, String> NAMES =
      Map.of("nodejs", "javascript", "js", "javascript", "bash", "shell");

  private final Runner runner;
  private final Limits most;
  private final BinaryOperator<String> program;

  FusionRequests(Runner runner, Limits most, BinaryOperator<String> program) {
    this.runner = runner;
    this.most = most;
    this.program = program;
  }

  /** A program to be run once. */
  Callable<Reply> runCode(byte[] body) throws BadRequest {
    JsonNode json = RunJson.object(body, RUN_CODE);
    if (json.path("args").size() > 0) {
      throw new BadRequest("args: is not served; leave it empty");
    }
    String language = language(json);
    String stdin = json.path("stdin").isNull() ? "" : json.path("stdin").asText("");
    List<String> notes = new ArrayList<>();
    var run =
        new Run(
            language,
            RunJson.text(json, "code"),
            new Run.Once(stdin, files(json)),
            limits(json, notes));
    return () -> {
      try {
        Outcome outcome = runner.judge(run);
        return Reply.of(200, FusionAnswers.result(outcome, runner.compiles(language), notes));
      } catch (UserError e) {
        return Reply.refusal(400, e.getMessage());
      }
    };
  }

  private static WorkFiles files(JsonNode json) throws BadRequest {
    Map<String, String> given = new LinkedHashMap<>();
    for (var file : json.path("files").properties()) {
      path("files", file.getKey());
      if (file.getValue().isNull()) {
        continue; // as there
      }
      String content = RunJson.text(json.path("files"), file.getKey());
      if (!WorkFiles.isBase64(content)) {
        throw new BadRequest("files: the content of %s is not base64".formatted(file.getKey()));
      }
      given.put(file.getKey(), content);
    }
    List<String> wanted = new ArrayList<>();
    for (JsonNode path : json.path("fetch_files")) {
      wanted.add(path("fetch_files", path.isTextual() ? path.asText() : ""));
    }
    if (Math.max(given.size(), wanted.size()) > WorkFiles.MOST) {
      throw new BadRequest("files, fetch_files: %d at most".formatted(WorkFiles.MOST));
    }
    return new WorkFiles(given, wanted);
  }

  private static String path(String key, String path) throws BadRequest {
    if (!WorkFiles.isPath(path)) {
      throw new BadRequest(
          key + ": '" + path + "' is no path below the working folder, as in data/in.txt");
    }
    return path;
  }

  /** A completion whose program is to be judged by the problem that comes with it. */
  Callable<Reply> submit(byte[] body) throws BadRequest {
    JsonNode json = RunJson.object(body, SUBMIT);
    JsonNode config = json.path("config");
    RunJson.onlyKeys(config, "config", CONFIG);
    if (config.hasNonNull("custom_extract_logic")) {
      throw new BadRequest("config.custom_extract_logic: is not served; leave it out");
    }
    JsonNode id = json.path("id");
    String completion = RunJson.text(json, "completion");
    String type = config.path("dataset_type").asText("");
    JsonNode problem = problem(id, config.path("provided_data"));
    List<String> notes = new ArrayList<>();
    Limits limits = limits(config, notes);
    if (type.equals(STDIO)) {
      String language = language(config);
      String source = program.apply(completion, language);
      List<Run> runs = new ArrayList<>();
      List<Run.Case> cases = cases(problem);
      if (config.path("extra").path("run_all_cases").asBoolean()) {
        cases.forEach(
            one -> runs.add(new Run(language, source, new Run.Cases(List.of(one)), limits)));
      } else {
        runs.add(new Run(language, source, new Run.Cases(cases), limits));
      }
      return () -> verdict(id, runs, notes);
    }
    if (AUTO_EVAL.matcher(type).matches()) {
      Run run = testCode(problem, completion, limits);
      return () -> verdict(id, List.of(run), notes);
    }
    throw new BadRequest(
        "config.dataset_type: CommonOJDataset and AutoEvalDataset are served, with their problem"
            + " under config.provided_data; not '"
            + type
            + "'");
  }

  private String language(JsonNode json) throws BadRequest {
    String name = RunJson.text(json, "language");
    String here = NAMES.getOrDefault(name, name);
    if (!runner.languages().contains(here)) {
      throw new BadRequest(
          "language %s is not served; there are %s".formatted(name, runner.languages()));
    }
    return here;
  }

  private Limits limits(JsonNode json, List<String> notes) throws BadRequest {
    number(json, "compile_timeout", USUAL_SECONDS); // compilers have a limit of their own
    double seconds = number(json, "run_timeout", USUAL_SECONDS);
    if (seconds > most.wallSeconds()) {
      notes.add("run_timeout is %s s here at most".formatted(most.wallSeconds()));
    }
    double memory = number(json, "memory_limit_MB", -1);
    if (memory > most.memoryMb()) {
      notes.add("memory_limit_MB is %d here at most".formatted(most.memoryMb()));
    }
    return most.within(Math.min(seconds, most.cpuSeconds()), Math.min(seconds, most.wallSeconds()))
        .withMemory(memory < 1 ? most.memoryMb() : (int) Math.min(memory, most.memoryMb()));
  }

  private static double number(JsonNode json, String key, double usual) throws BadRequest {
    JsonNode value = json.path(key);
    if (value.isMissingNode() || value.isNull()) {
      return usual;
    }
    if (!value.isNumber() || (value.asDouble() <= 0 && usual > 0)) {
      throw new BadRequest(key + ": a number above 0");
    }
    return value.asDouble();
  }

  /** The problem that a request brings along, alone or as that of its number among others. */
  private static JsonNode problem(JsonNode id, JsonNode data) throws BadRequest {
    if (data.isObject()) {
      return data;
    }
    for (JsonNode row : data) {
      if (row.path("id").equals(id)) {
        return row;
      }
    }
    throw new BadRequest("config.provided_data: an object, or a list with one of id " + id);
  }

  /** A field that is JSON, or JSON in a text. */
  private static JsonNode inner(JsonNode json, String key) throws BadRequest {
    JsonNode value = json.path(key);
    return value.isTextual() ? RunJson.parsed(value.asText()) : value;
  }

  private static List<Run.Case> cases(JsonNode problem) throws BadRequest {
    List<Run.Case> cases = new ArrayList<>();
    for (JsonNode test : inner(problem, "test")) {
      RunJson.onlyKeys(test.path("input"), "test.input", Set.of("stdin"));
      RunJson.onlyKeys(test.path("output"), "test.output", Set.of("stdout"));
      cases.add(
          new Run.Case(
              RunJson.text(test.get("input"), "stdin"),
              RunJson.text(test.get("output"), "stdout")));
    }
    if (cases.isEmpty()) {
      throw new BadRequest("config.provided_data.test: a list of {input, output}, one at least");
    }
    return cases;
  }

  /** Code that tests the program: of Python, where it is run apart from it, and of nothing else. */
  private Run testCode(JsonNode problem, String completion, Limits limits) throws BadRequest {
    JsonNode labels = inner(problem, "labels");
    JsonNode test = inner(problem, "test");
    String language = labels.path("programming_language").asText("");
    String runs = labels.path("execution_language").asText(language);
    if (!language.equals("python") || !runs.equals("python")) {
      throw new BadRequest(
          "config.dataset_type: AutoEvalDataset is served for python alone, for elsewhere a program"
              + " can end before its tests do; give tests with inputs and outputs");
    }
    if (inner(test, "asset").size() > 0) {
      throw new BadRequest("test.asset: is not served; leave it out");
    }
    String source = program.apply(completion, language);
    String[] parts = RunJson.text(test, "code").split(Pattern.quote(INSERT), 2);
    return parts.length == 1
        ? new Run(language, source, new Run.TestCode(parts[0]), limits)
        : new Run(language, parts[0] + source, new Run.TestCode(parts[1]), limits);
  }

  /** Judges, up to the first run that the sandbox fails at. */
  private Reply verdict(JsonNode id, List<Run> runs, List<String> notes)
      throws InterruptedException {
    List<Outcome> outcomes = new ArrayList<>();
    for (Run run : runs) {
      try {
        Outcome outcome = runner.judge(run);
        if (outcome.verdict() == ProgramVerdict.ERROR) {
          return Requests.reply(outcome);
        }
        if (outcome.verdict() == ProgramVerdict.BAD_TESTS) {
          return Reply.refusal(400, "test.code: " + outcome.detail());
        }
        outcomes.add(outcome);
      } catch (UserError e) {
        return Reply.refusal(400, e.getMessage());
      }
    }
    boolean compiled = runner.compiles(runs.get(0).language());
    return Reply.of(200, FusionAnswers.submission(id, runs, outcomes, compiled, notes));
  }
}
