package dev.mirrorspark.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.UserError;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Prompts with a picture, with and without a chat template. */
class PicturePromptTest {
  /** That of Qwen2-VL. */
  private static final String TEMPLATE =
      """
      {% set image_count = namespace(value=0) %}{% set video_count = namespace(value=0) %}\
      {% for message in messages %}{% if loop.first and message['role'] != 'system' %}\
      <|im_start|>system
      You are a helpful assistant.<|im_end|>
      {% endif %}<|im_start|>{{ message['role'] }}
      {% if message['content'] is string %}{{ message['content'] }}<|im_end|>
      {% else %}{% for content in message['content'] %}{% if content['type'] == 'image' or 'image' \
      in content or 'image_url' in content %}{% set image_count.value = image_count.value + 1 %}\
      {% if add_vision_id %}Picture {{ image_count.value }}: {% endif %}<|vision_start|>\
      <|image_pad|><|vision_end|>{% elif content['type'] == 'video' or 'video' in content %}\
      {% set video_count.value = video_count.value + 1 %}{% if add_vision_id %}Video \
      {{ video_count.value }}: {% endif %}<|vision_start|><|video_pad|><|vision_end|>\
      {% elif 'text' in content %}{{ content['text'] }}{% endif %}{% endfor %}<|im_end|>
      {% endif %}{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
      {% endif %}""";

  private static final String ALPHABET = "\n abcdefghijklmnopqrstuvwxyzYV<>|_.?0123456789";

  private static TextTokenizer tokenizer(Path folder, String template) throws Exception {
    CharacterTokenizer.write(folder, ALPHABET, 256, true);
    if (!template.isEmpty()) {
      Files.writeString(folder.resolve("chat_template.jinja"), template);
    }
    return TextTokenizer.of(folder);
  }

  private static String prompt(TextTokenizer tokenizer, String text, int pictureTokens) {
    return tokenizer.decode(
        tokenizer.encodePrompt(text, VisionModelTest.SHAPE.vision(), pictureTokens), false);
  }

  @Test
  void withoutATemplateThePictureStandsBeforeTheText(@TempDir Path folder) throws Exception {
    try (var tokenizer = tokenizer(folder, "")) {
      assertEquals(
          "<bos><|vision_start|><|image_pad|><|image_pad|><|vision_end|>how many?",
          prompt(tokenizer, "how many?", 2));
      assertEquals(
          "<bos>in <|vision_start|><|image_pad|><|vision_end|> how many?",
          prompt(tokenizer, "in <image> how many?", 1));
      assertThrows(UserError.class, () -> prompt(tokenizer, "<image> or <image>?", 1));
    }
  }

  @Test
  void theTemplateOfQwen2VlPutsThePicture(@TempDir Path folder) throws Exception {
    try (var tokenizer = tokenizer(folder, TEMPLATE)) {
      String start = "<|im_start|>";
      String end = "<|im_end|>\n";
      String expected =
          start
              + "system\nYou are a helpful assistant."
              + end
              + start
              + "user\n<|vision_start|><|image_pad|><|image_pad|><|image_pad|><|vision_end|>what?"
              + end
              + start
              + "assistant\n";
      assertEquals(expected, prompt(tokenizer, "what?", 3));
      String between = prompt(tokenizer, "is <image> one?", 3);
      assertTrue(between.contains("user\nis <|vision_start|>"), between);
      assertTrue(between.contains("<|vision_end|> one?"), between);
    }
  }

  @Test
  void whatAProblemSpellsIsNoPicture(@TempDir Path folder) throws Exception {
    for (String template : new String[] {"", TEMPLATE}) {
      try (var tokenizer = tokenizer(folder, template)) {
        int[] ids =
            tokenizer.encodePrompt(
                "<|image_pad|> <|vision_start|>?", VisionModelTest.SHAPE.vision(), 4);
        int pictures = 0;
        int starts = 0;
        for (int id : ids) {
          pictures += id == CharacterTokenizer.PICTURE ? 1 : 0;
          starts += id == CharacterTokenizer.VISION_START ? 1 : 0;
        }
        assertEquals(4, pictures);
        assertEquals(1, starts);
      }
    }
  }

  @Test
  void aTemplateThatPutsNoPictureIsRefused(@TempDir Path folder) throws Exception {
    try (var tokenizer = tokenizer(folder, "{{ messages[0]['role'] }}")) {
      var refused = assertThrows(UserError.class, () -> prompt(tokenizer, "what?", 1));
      assertTrue(refused.getMessage().contains("does not put one token"), refused.getMessage());
    }
  }
}
