package dev.mirrorspark.template;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Expected texts are of Python's Jinja with Transformers' settings. */
class TemplateTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static List<JsonNode> rows() {
    try (var in = TemplateTest.class.getResourceAsStream("features.jsonl")) {
      var rows = new ArrayList<JsonNode>();
      for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
        rows.add(JSON.readTree(line));
      }
      return rows;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Stream<String> rendered() {
    return rows().stream().filter(row -> row.has("text")).map(JsonNode::toString);
  }

  static Stream<String> refused() {
    return rows().stream()
        .filter(row -> row.has("error"))
        .map(row -> row.path("template").asText());
  }

  private static String render(String template, Map<String, ?> variables) {
    return Template.parse(template).render(variables, TemplateComparison.NOW);
  }

  @ParameterizedTest
  @MethodSource("rendered")
  void rendersWhatPythonRenders(String row) throws IOException {
    JsonNode expected = JSON.readTree(row);
    assertEquals(
        expected.path("text").asText(), render(expected.path("template").asText(), Map.of()));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void refusesWhatPythonRefuses(String template) {
    var error = assertThrows(TemplateError.class, () -> render(template, Map.of()));
    assertEquals(1, error.line(), error.getMessage());
    assertEquals(1, error.getMessage().lines().count());
  }

  @Test
  void refusesByNameWhatItDoesNotKnow() {
    var unknown =
        Map.of(
            "a\n{% include 'x' %}", "{% include %}",
            "a\n{% import 'x' as y %}", "{% import %}",
            "a\n{% block x %}{% endblock %}", "{% block %}",
            "a\n{% for x in y recursive %}{% endfor %}", "recursive",
            "a\n{{ f(*x) }}", "'*'",
            "a\n{{ 'x'|escape }}", "'escape'",
            "a\n{{ 'x'|urlize }}", "'urlize'",
            "a\n{{ x is unheard }}", "'unheard'");
    unknown.forEach(
        (template, name) -> {
          var error = assertThrows(TemplateError.class, () -> Template.parse(template), template);
          assertEquals(2, error.line(), error.getMessage());
          assertTrue(error.getMessage().contains(name), error.getMessage());
        });
  }

  @Test
  void severalThreadsRenderOneTemplate() {
    var template =
        Template.parse(
            "{% set ns = namespace(n=0) %}{% for i in r %}{% set ns.n = ns.n + i %}"
                + "{% endfor %}{{ ns.n }}");
    assertTrue(
        IntStream.range(0, 2_000)
            .parallel()
            .allMatch(
                i ->
                    template
                        .render(Map.of("r", List.of(i, 1, 2)), TemplateComparison.NOW)
                        .equals("" + (i + 3))));
  }

  @Test
  void endlessMacrosAreRefused() {
    assertThrows(
        TemplateError.class,
        () -> render("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", Map.of()));
  }
}
