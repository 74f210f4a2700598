package dev.mirrorspark.model;

import dev.mirrorspark.config.ChatConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.template.Template;
import dev.mirrorspark.template.TemplateError;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The Jinja template by which a model's prompts are framed, rendered as Transformers renders it; no
 * template syntax is interpreted within a prompt. Safe for several threads at once.
 */
final class ChatTemplate {
  private static final String PROBE = "What is 2 + 2?";

  private final String where;
  private final Template template;
  private final Map<String, Object> variables;
  private final ChatConfig chat;

  /**
   * A template.
   *
   * @param where its file, and the key in it if it is not the whole file
   * @param specialTokens {@code bos_token}, {@code eos_token} and others, as the template names
   *     them
   * @param chat goes before what else is given
   * @throws UserError if it is malformed, or uses what is not known here
   */
  ChatTemplate(String where, String template, Map<String, String> specialTokens, ChatConfig chat) {
    this.where = where;
    this.chat = chat;
    this.variables = new HashMap<>(specialTokens);
    variables.put("tools", null);
    variables.put("documents", null);
    variables.putAll(chat.variables());
    try {
      this.template = Template.parse(template);
    } catch (TemplateError e) {
      throw refusal(e);
    }
  }

  /**
   * Renders a short problem, so that what cannot be rendered is known before the first rollout.
   *
   * @throws UserError as {@link #render}
   */
  void check() {
    render(PROBE);
  }

  /**
   * The text of a conversation with one user message, up to where the response begins.
   *
   * @throws UserError if the template cannot be rendered
   */
  String render(String userPrompt) {
    return render(List.of(Map.of("role", "user", "content", userPrompt)));
  }

  /**
   * The same of a conversation.
   *
   * @param messages each with {@code role} and {@code content}
   */
  String render(List<Map<String, String>> messages) {
    return renderAll(messages.stream().map(ChatTemplate::message).toList());
  }

  /**
   * The text of a conversation with one user message that holds a picture between two texts.
   *
   * @throws UserError as {@link #render}
   */
  String render(String before, String after) {
    List<Object> parts = new ArrayList<>();
    if (!before.isEmpty()) {
      parts.add(Map.of("type", "text", "text", before));
    }
    parts.add(Map.of("type", "image"));
    if (!after.isEmpty()) {
      parts.add(Map.of("type", "text", "text", after));
    }
    var message = new LinkedHashMap<String, Object>();
    message.put("role", "user");
    message.put("content", parts);
    return renderAll(List.of(message));
  }

  private String renderAll(List<Map<String, Object>> messages) {
    var all = new HashMap<>(variables);
    all.put("messages", messages);
    all.put("add_generation_prompt", true);
    try {
      return template.render(all, chat.today().atStartOfDay());
    } catch (TemplateError e) {
      throw refusal(e);
    }
  }

  private static Map<String, Object> message(Map<String, String> given) {
    var message = new LinkedHashMap<String, Object>();
    message.put("role", given.get("role"));
    message.put("content", given.get("content"));
    return message;
  }

  private UserError refusal(TemplateError error) {
    return new UserError(
        where
            + ": line "
            + error.line()
            + ": "
            + error.getMessage().lines().findFirst().orElse("cannot be rendered")
            + "; mend the template, or give it what it asks for in model.chat.variables",
        error);
  }
}
