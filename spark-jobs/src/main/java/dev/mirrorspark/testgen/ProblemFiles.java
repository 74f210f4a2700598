package dev.mirrorspark.testgen;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.TestCasesConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.sandbox.Sandbox;
import dev.mirrorspark.testgen.CodingProblem.Draft;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * Reads programming problems with their reference submissions from JSONL files, one object a line:
 * {@code id}, {@code question}, {@code submissions}, and if need be {@code language}, {@code
 * generator}, {@code special_judge}, {@code domain}, {@code level}; other keys are ignored.
 */
public final class ProblemFiles {
  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY);

  private static final int MOST_OF_ID = 200;

  private final TestCasesConfig config;
  private final Set<String> languages;
  private final Map<String, String> places = new HashMap<>();
  private final Map<String, String> questions = new HashMap<>();
  private final List<CodingProblem> problems = new ArrayList<>();

  private ProblemFiles(RunConfig config) {
    this.config = config.testcases();
    this.languages = Sandbox.languages(config.sandbox());
  }

  /**
   * All problems of {@code testcases.files}, in their order; they pass through the driver.
   *
   * @throws UserError if a file cannot be read, or a line is no such problem; names file, line, key
   */
  public static List<CodingProblem> read(RunConfig config, Configuration hadoop) {
    var files = new ProblemFiles(config);
    for (int i = 0; i < files.config.files().size(); i++) {
      files.read("testcases.files." + i, files.config.files().get(i), hadoop);
    }
    return files.problems;
  }

  private void read(String key, String file, Configuration hadoop) {
    var path = new Path(file);
    try {
      var fs = path.getFileSystem(hadoop);
      if (!fs.exists(path)) {
        throw new UserError(
            "%s: no file %s (a relative path starts at %s)"
                .formatted(key, file, System.getProperty("user.dir")));
      }
      int before = problems.size();
      try (var lines =
          new BufferedReader(new InputStreamReader(fs.open(path), StandardCharsets.UTF_8))) {
        int number = 1;
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          if (!line.isBlank()) {
            problems.add(problem("%s line %d".formatted(file, number), line));
          }
          number++;
        }
      }
      if (problems.size() == before) {
        throw new UserError("%s: %s holds no problem".formatted(key, file));
      }
    } catch (IOException e) {
      throw new UserError("%s: cannot read %s: %s".formatted(key, file, e.getMessage()), e);
    }
  }

  private CodingProblem problem(String place, String line) {
    JsonNode json;
    try {
      json = JSON.readTree(line);
    } catch (JsonProcessingException e) {
      throw new UserError("%s: not JSON: %s".formatted(place, e.getOriginalMessage()), e);
    }
    if (!json.isObject()) {
      throw new UserError(place + ": is no JSON object");
    }
    var reader = new Line(place, json);
    String id = reader.id();
    unique(places, id, place, "id %s".formatted(id));
    String question = reader.text("question", json.path("question"));
    unique(questions, question.strip(), place, "question");
    String language =
        json.has("language")
            ? reader.language("language", json.get("language"))
            : config.language();
    List<Source> submissions = reader.submissions(language);
    List<Draft> generators =
        json.hasNonNull("generator")
            ? List.of(new Draft(0, reader.source("generator", json.get("generator"), language)))
            : List.of();
    return new CodingProblem(
        id,
        question,
        submissions.subList(0, Math.min(submissions.size(), config.submissions())),
        generators,
        reader.flag("special_judge"),
        json.hasNonNull("domain") ? reader.text("domain", json.get("domain")) : "code",
        reader.level(),
        place);
  }

  private static void unique(Map<String, String> places, String value, String place, String what) {
    Optional.ofNullable(places.putIfAbsent(value, place))
        .ifPresent(
            before -> {
              throw new UserError("%s: %s stands in %s already".formatted(place, what, before));
            });
  }

  /** The values of one line. */
  private final class Line {
    private final String place;
    private final JsonNode json;

    Line(String place, JsonNode json) {
      this.place = place;
      this.json = json;
    }

    String id() {
      JsonNode value = json.path("id");
      boolean known = value.isTextual() || value.isIntegralNumber();
      if (!known || value.asText().isBlank() || value.asText().length() > MOST_OF_ID) {
        throw wrong(
            "id", "a text of at most %d characters, or a whole number".formatted(MOST_OF_ID));
      }
      return value.asText();
    }

    List<Source> submissions(String language) {
      JsonNode array = json.path("submissions");
      if (!array.isArray()) {
        throw wrong("submissions", "a list of programs");
      }
      List<Source> sources = new ArrayList<>();
      for (JsonNode one : array) {
        sources.add(source("submissions." + sources.size(), one, language));
      }
      return sources;
    }

    /** A program: its text, or an object with {@code source} and {@code language}. */
    Source source(String key, JsonNode value, String otherwise) {
      if (!value.isObject()) {
        return new Source(otherwise, text(key, value));
      }
      return new Source(
          value.has("language") ? language(key + ".language", value.get("language")) : otherwise,
          text(key + ".source", value.path("source")));
    }

    String text(String key, JsonNode value) {
      if (!value.isTextual() || value.asText().isBlank()) {
        throw wrong(key, "a text that is not blank");
      }
      String text = value.asText();
      if (text.getBytes(StandardCharsets.UTF_8).length > config.sourceKb() * 1024) {
        throw wrong(
            key, "a text of at most testcases.source_kb = %d KiB".formatted(config.sourceKb()));
      }
      return text;
    }

    String language(String key, JsonNode value) {
      if (!languages.contains(value.asText())) {
        throw wrong(
            key,
            "one of %s (sandbox.languages adds others)".formatted(String.join(", ", languages)));
      }
      return value.asText();
    }

    boolean flag(String key) {
      JsonNode value = json.path(key);
      if (!value.isMissingNode() && !value.isBoolean()) {
        throw wrong(key, "true or false");
      }
      return value.asBoolean(false);
    }

    int level() {
      JsonNode value = json.path("level");
      if (!value.isMissingNode() && !(value.isInt() && value.asInt() >= 0)) {
        throw wrong("level", "a whole number from 0 up");
      }
      return value.asInt(0);
    }

    private UserError wrong(String key, String accepted) {
      return new UserError(
          "%s: %s is missing or not accepted; accepted: %s".formatted(place, key, accepted));
    }
  }
}
