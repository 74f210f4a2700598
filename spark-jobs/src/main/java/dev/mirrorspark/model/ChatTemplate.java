package dev.mirrorspark.model;

import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.JinjavaConfig;
import com.hubspot.jinjava.LegacyOverrides;
import com.hubspot.jinjava.interpret.RenderResult;
import com.hubspot.jinjava.lib.fn.ELFunctionDefinition;
import dev.mirrorspark.config.UserError;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The Jinja template by which a model's prompts are framed, rendered as Hugging Face renders it
 * (blocks trimmed, no template syntax interpreted within a prompt).
 */
final class ChatTemplate {
  private static final Jinjava JINJAVA = jinjava();

  private final String file;
  private final String template;
  private final Map<String, String> specialTokens;

  /**
   * A template.
   *
   * @param file where it stands, for error messages
   * @param specialTokens {@code bos_token}, {@code eos_token} and others, as the template names
   *     them
   */
  ChatTemplate(String file, String template, Map<String, String> specialTokens) {
    this.file = file;
    // Jinja2 drops one newline at the template's end, and its string methods are Python's.
    this.template =
        (template.endsWith("\n") ? template.substring(0, template.length() - 1) : template)
            .replace(".startswith(", ".startsWith(")
            .replace(".endswith(", ".endsWith(");
    this.specialTokens = Map.copyOf(specialTokens);
  }

  private static Jinjava jinjava() {
    var jinja2 =
        LegacyOverrides.newBuilder()
            .withEvaluateMapKeys(true)
            .withIterateOverMapKeys(true)
            .withUsePyishObjectMapper(true)
            .withUseNaturalOperatorPrecedence(true)
            .withParseWhitespaceControlStrictly(true)
            .withAllowAdjacentTextNodes(true)
            .withUseTrimmingForNotesAndExpressions(true)
            .withKeepNullableLoopValues(true)
            .build();
    var jinjava =
        new Jinjava(
            JinjavaConfig.newBuilder()
                .withTrimBlocks(true)
                .withLstripBlocks(true)
                .withNestedInterpretationEnabled(false)
                .withLegacyOverrides(jinja2)
                .build());
    jinjava.registerFunction(
        new ELFunctionDefinition("", "raise_exception", ChatTemplate.class, "raise", String.class));
    return jinjava;
  }

  /** What a template calls to refuse a conversation. */
  public static Object raise(String message) {
    throw new UserError("the template refuses: " + message);
  }

  /**
   * The text of a conversation with one user message, up to where the response begins.
   *
   * @throws UserError if the template cannot be rendered
   */
  String render(String userPrompt) {
    var bindings = new HashMap<String, Object>(specialTokens);
    bindings.put("messages", List.of(Map.of("role", "user", "content", userPrompt)));
    bindings.put("add_generation_prompt", true);
    RenderResult result = JINJAVA.renderForResult(template, bindings);
    if (result.hasErrors()) {
      var error = result.getErrors().get(0);
      String message = refusal(error.getException()).orElse(error.getMessage());
      throw new UserError(
          file
              + ": chat_template: line "
              + error.getLineno()
              + ": "
              + message.lines().findFirst().orElse("cannot be rendered"));
    }
    return result.getOutput();
  }

  /** What the template itself said when it refused. */
  private static Optional<String> refusal(Throwable thrown) {
    for (Throwable at = thrown; at != null; at = at.getCause()) {
      if (at instanceof UserError) {
        return Optional.of(at.getMessage());
      }
    }
    return Optional.empty();
  }
}
