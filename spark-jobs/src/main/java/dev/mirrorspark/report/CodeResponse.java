package dev.mirrorspark.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mirrorspark.decode.FencedBlock;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The program of a response and what is known of its tests.
 *
 * @param program without comments; empty where there is none
 * @param tests their text, with the inputs and outputs if they are such; empty: not known
 * @param shown the problem's text, with the examples that it shows
 * @param expected what the tests want, one for each, where that can be read off
 * @param functions whether its functions are tested, and not what it prints
 * @param completed whether the problem puts code of its own before it
 */
record CodeResponse(
    String program,
    String tests,
    String shown,
    List<String> expected,
    boolean functions,
    boolean completed) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** {@code code} is the type of verifiers that are not built in: its answer is the tests. */
  private static final Set<String> TYPES = Set.of("code", "python_tests", "stdin_stdout");

  private static final Pattern COMMENT =
      Pattern.compile("(?m)^[ \\t]*(?:#|//)[^\\n]*$|\"\"\"[\\s\\S]*?\"\"\"|'''[\\s\\S]*?'''");
  private static final Pattern EXPECTED = Pattern.compile("(?m)\\bassert\\b[^\\n]*==([^\\n]+)$");

  CodeResponse {
    expected = List.copyOf(expected);
  }

  /** Whether responses to problems of that type are programs. */
  static boolean is(String answerType) {
    return TYPES.contains(answerType);
  }

  /**
   * The program in a response to a problem.
   *
   * @param answer the problem's right answer
   * @param shown the problem's text
   */
  static CodeResponse of(String response, String answerType, String answer, String shown) {
    JsonNode json = json(answer);
    String fenced =
        FencedBlock.all(response).stream()
            .map(FencedBlock::source)
            .collect(Collectors.joining("\n"));
    String program = fenced;
    if (json.has("frame")) {
      program = response.substring(response.lastIndexOf('#') + 1);
    } else if (fenced.isEmpty() && answerType.equals("code")) {
      program = response;
    }
    program = COMMENT.matcher(program).replaceAll("");
    if (!is(answerType)) {
      return new CodeResponse(program, "", shown, List.of(), false, false);
    }
    if (answerType.equals("stdin_stdout")) {
      List<String> outputs = texts(json.path("outputs"));
      List<String> all = texts(json.path("inputs"));
      all.addAll(outputs);
      return new CodeResponse(
          program,
          String.join("\n", all),
          shown,
          outputs.stream().map(String::strip).toList(),
          false,
          false);
    }
    String tests = json.has("test") ? json.get("test").asText() : answer;
    if (json.has("entry_point")) {
      tests += "\n" + json.get("entry_point").asText() + "()";
    }
    List<String> expected =
        EXPECTED
            .matcher(tests)
            .results()
            .map(found -> found.group(1).strip().replaceAll("^['\"]|['\"]$", ""))
            .toList();
    boolean framed = json.has("frame") && !json.get("frame").asText().strip().equals("{code}");
    boolean completed = json.has("prompt") || json.has("setup") || framed;
    return new CodeResponse(program, tests, shown, expected, true, completed);
  }

  private static List<String> texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(text -> texts.add(text.asText()));
    return texts;
  }

  /** An answer that is no JSON is the tests themselves. */
  private static JsonNode json(String answer) {
    try {
      return JSON.readTree(answer);
    } catch (JsonProcessingException e) {
      return JSON.createObjectNode();
    }
  }
}
