package dev.mirrorspark.sandbox;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/** Runs and outcomes as the JSON of the HTTP service. */
final class RunJson {
  static final ObjectMapper JSON = new ObjectMapper();
  private static final Set<String> KEYS =
      Set.of(
          "language", "source", "stdin", "tests", "compare", "ignore_case", "test_code", "limits");

  private RunJson() {}

  /** A request that is not as the contract wants it. */
  static final class BadRequest extends Exception {
    private static final long serialVersionUID = 1L;

    BadRequest(String message) {
      super(message);
    }
  }

  /**
   * The run that a request asks for.
   *
   * @param most the limits where the request sets none; it may lower each, not raise it
   */
  static Run run(byte[] body, Limits most) throws BadRequest {
    JsonNode json = object(body, KEYS);
    String language = text(json, "language");
    String source = text(json, "source");
    return new Run(language, source, check(json), limits(json.path("limits"), most));
  }

  /** A body that is an object with these keys at most. */
  static JsonNode object(byte[] body, Set<String> keys) throws BadRequest {
    try {
      JsonNode json = JSON.readTree(body);
      onlyKeys(json, "the body", keys);
      return json;
    } catch (JsonProcessingException e) {
      throw new BadRequest("the body is not JSON: " + e.getOriginalMessage());
    } catch (IOException e) {
      throw new BadRequest("the body cannot be read: " + e.getMessage());
    }
  }

  /** JSON that a field holds as a text. */
  static JsonNode parsed(String text) throws BadRequest {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new BadRequest("a text that is to be JSON is not: " + e.getOriginalMessage());
    }
  }

  private static Run.Check check(JsonNode json) throws BadRequest {
    int checks = 0;
    for (String key : List.of("stdin", "tests", "test_code")) {
      checks += json.has(key) ? 1 : 0;
    }
    if (checks > 1) {
      throw new BadRequest("give one of stdin, tests and test_code");
    }
    if (json.has("test_code")) {
      return new Run.TestCode(text(json, "test_code"));
    }
    if (!json.has("tests")) {
      return new Run.Once(json.has("stdin") ? text(json, "stdin") : "");
    }
    List<Run.Case> cases = new ArrayList<>();
    for (JsonNode test : json.get("tests")) {
      onlyKeys(test, "tests", Set.of("input", "output"));
      cases.add(new Run.Case(text(test, "input"), text(test, "output")));
    }
    if (cases.isEmpty()) {
      throw new BadRequest("tests: a list of {input, output}, one at least");
    }
    return new Run.Cases(cases, comparison(json), OptionalDouble.empty());
  }

  private static OutputComparison comparison(JsonNode json) throws BadRequest {
    var usual = OutputComparison.USUAL;
    if (json.has("ignore_case") && !json.get("ignore_case").isBoolean()) {
      throw new BadRequest("ignore_case: true or false");
    }
    var asked =
        json.has("compare") ? OutputComparison.named(text(json, "compare")) : Optional.of(usual);
    return asked
        .orElseThrow(
            () -> new BadRequest("compare: exact, lines, tokens, numbers or numbers(1e-9)"))
        .ignoringCase(json.path("ignore_case").asBoolean());
  }

  private static Limits limits(JsonNode json, Limits most) throws BadRequest {
    if (json.isMissingNode()) {
      return most;
    }
    onlyKeys(
        json,
        "limits",
        Set.of("cpu_seconds", "wall_seconds", "memory_mb", "processes", "output_kb", "disk_mb"));
    return new Limits(
        limit(json, "cpu_seconds", most.cpuSeconds()),
        limit(json, "wall_seconds", most.wallSeconds()),
        (int) limit(json, "memory_mb", most.memoryMb()),
        (int) limit(json, "processes", most.processes()),
        (int) limit(json, "output_kb", most.outputKb()),
        (int) limit(json, "disk_mb", most.diskMb()));
  }

  private static double limit(JsonNode json, String key, double most) throws BadRequest {
    JsonNode value = json.path(key);
    if (value.isMissingNode()) {
      return most;
    }
    boolean whole = !key.endsWith("_seconds");
    boolean fits = value.isNumber() && value.asDouble() > 0 && value.asDouble() <= most;
    if (!fits || (whole && !value.isInt())) {
      throw new BadRequest(
          "limits.%s: %s above 0, up to %s"
              .formatted(key, whole ? "a whole number" : "a number", most));
    }
    return value.asDouble();
  }

  static String text(JsonNode json, String key) throws BadRequest {
    if (!json.path(key).isTextual()) {
      throw new BadRequest(key + ": a text is missing");
    }
    return json.get(key).asText();
  }

  static void onlyKeys(JsonNode json, String where, Set<String> known) throws BadRequest {
    if (!json.isObject()) {
      throw new BadRequest(where + ": not a JSON object");
    }
    for (Iterator<String> keys = json.fieldNames(); keys.hasNext(); ) {
      String key = keys.next();
      if (!known.contains(key)) {
        throw new BadRequest(
            "%s: no key '%s'; known: %s".formatted(where, key, known.stream().sorted().toList()));
      }
    }
  }

  static ObjectNode json(Outcome outcome) {
    return JSON.createObjectNode()
        .put("verdict", outcome.verdict().label())
        .put("detail", outcome.detail())
        .put("exit_code", outcome.exitCode())
        .put("stdout", outcome.stdout())
        .put("stderr", outcome.stderr())
        .put("seconds", outcome.seconds())
        .put("memory_mb", outcome.memoryMb());
  }
}
