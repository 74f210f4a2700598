package dev.mirrorspark.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mirrorspark.config.UserError;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ChatTemplateTest {
  private static final String FILE = "tokenizer_config.json";
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
    return new ChatTemplate(FILE, template, TOKENS).render(prompt);
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
        "tokenizer_config.json: chat_template: line 1: the template refuses: no x",
        error.getMessage());
  }
}
