package dev.mirrorspark.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.ChatConfig;
import dev.mirrorspark.config.UserError;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ChatTemplateTest {
  private static final String FILE = "tokenizer_config.json: chat_template";
  private static final Map<String, String> TOKENS = Map.of("bos_token", "<s>", "eos_token", "</s>");

  private static final String QWEN2_LIKE =
      """
      {%- if tools %}
          {{- '<|im_start|>system\\n# Tools\\n' }}
          {%- for tool in tools %}
              {{- tool | tojson }}
          {%- endfor %}
          {{- '<|im_end|>\\n' }}
      {%- else %}
          {%- if messages[0]['role'] == 'system' %}
              {{- '<|im_start|>system\\n' + messages[0]['content'] + '<|im_end|>\\n' }}
          {%- else %}
              {{- '<|im_start|>system\\nYou help.<|im_end|>\\n' }}
          {%- endif %}
      {%- endif %}
      {%- for message in messages %}
          {%- if (message.role == "user") or (message.role == "system" and not loop.first) %}
              {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}
          {%- elif message.role == "assistant" and not message.tool_calls %}
              {{- '<|im_start|>assistant\\n' + message.content + '<|im_end|>\\n' }}
          {%- endif %}
      {%- endfor %}
      {%- if add_generation_prompt %}
          {{- '<|im_start|>assistant\\n' }}
      {%- endif %}
      """;

  private static final String LLAMA3_LIKE =
      "{% set loop_messages = messages %}{% for message in loop_messages %}"
          + "{% set content = '<|start|>' + message['role'] + '<|end|>\\n\\n'"
          + " + message['content'] | trim + '<|eot|>' %}"
          + "{% if loop.index0 == 0 %}{% set content = bos_token + content %}{% endif %}"
          + "{{ content }}{% endfor %}"
          + "{% if add_generation_prompt %}{{ '<|start|>assistant<|end|>\\n\\n' }}{% endif %}";

  private static String render(String template, String prompt) {
    return new ChatTemplate(FILE, template, TOKENS, ChatConfig.NONE).render(prompt);
  }

  @Test
  void qwen2LikeTemplate() {
    assertEquals(
        "<|im_start|>system\nYou help.<|im_end|>\n<|im_start|>user\n 1+2\n<|im_end|>\n"
            + "<|im_start|>assistant\n",
        render(QWEN2_LIKE, " 1+2\n"));
  }

  @Test
  void llama3LikeTemplate() {
    assertEquals(
        "<s><|start|>user<|end|>\n\n1+2<|eot|><|start|>assistant<|end|>\n\n",
        render(LLAMA3_LIKE, " 1+2\n"));
  }

  @Test
  void namespacesAndPythonStringMethods() {
    String template =
        """
        {%- set ns = namespace(seen=false) %}
        {%- for message in messages %}
            {%- if message.role == 'user' and not message.content.startswith('<tool>') %}
                {%- set ns.seen = true %}
            {%- endif %}
        {%- endfor %}
        {%- if ns.seen %}{{ messages[-1].content }}{% endif %}
        """;
    assertEquals("hi", render(template, "hi"));
    assertEquals("", render(template, "<tool>"));
  }

  @Test
  void templateSyntaxInAPromptIsText() {
    String prompt = "{{ 6*7 }} {% raw %} {# c #} <b>&amp;\\n {% for x in y %}";
    assertEquals(prompt, render("{{ messages[0].content }}", prompt));
    assertEquals(
        "<s>" + prompt,
        render("{{ bos_token }}{% for m in messages %}{{ m['content'] }}{% endfor %}", prompt));
  }

  @Test
  void faultyTemplateIsRefusedByFile() {
    for (String template : new String[] {"{% if %}", "{{ nope('x') }}", "{% unheard %}"}) {
      var error = assertThrows(UserError.class, () -> render(template, "x"));
      assertEquals(1, error.getMessage().lines().count());
      assertEquals(0, error.getMessage().indexOf("tokenizer_config.json: chat_template: "));
    }
    var error = assertThrows(UserError.class, () -> render("{{ raise_exception('no x') }}", "x"));
    assertEquals(
        "tokenizer_config.json: chat_template: line 1: the template refuses: no x; mend the template,"
            + " or give it what it asks for in model.chat.variables",
        error.getMessage());
  }

  @Test
  void variablesAndTheDayAreSettable() {
    String template =
        "{% if enable_thinking is defined and enable_thinking is false %}off{% else %}on{% endif %}"
            + " {{ strftime_now('%d %b %Y') }} {{ tools is none }} {{ bos_token }}";
    var set = new ChatConfig(Map.of("enable_thinking", false, "bos_token", "<b>"), "2024-07-06");
    assertEquals(
        "off 06 Jul 2024 True <b>", new ChatTemplate(FILE, template, TOKENS, set).render("x"));
    assertEquals("on 01 Jan 2025 True <s>", render(template, "x"));
  }

  @Test
  void aFaultIsToldByItsLine() {
    String template =
        "{% for m in messages %}\n{{ m.content }}\n{{ m.nothing.more }}\n{% endfor %}";
    var error = assertThrows(UserError.class, () -> render(template, "x"));
    assertTrue(error.getMessage().startsWith(FILE + ": line 3: "), error.getMessage());
    var unknown = assertThrows(UserError.class, () -> render("a\n\n{% include 'x' %}", "x"));
    assertTrue(
        unknown.getMessage().contains("line 3: the tag {% include %}"), unknown.getMessage());
  }
}
