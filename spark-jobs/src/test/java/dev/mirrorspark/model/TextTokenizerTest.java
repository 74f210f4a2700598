package dev.mirrorspark.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextTokenizerTest {
  private static final String ALPHABET = "0123456789+-*/=()?: \n\tabcxyzäΔ😀\"\\";

  @TempDir Path folder;

  private TextTokenizer characters() {
    CharacterTokenizer.write(folder, ALPHABET, 256);
    return TextTokenizer.of(folder);
  }

  @Test
  void characterTokenizerRoundTrips() {
    try (var tokenizer = characters()) {
      String text = "\n12 + 3 = 15\n\n  a: (a*b)/c\txy? äΔ😀 \"\\\n ";
      int[] ids = tokenizer.encode(text, false);
      assertEquals(text.codePointCount(0, text.length()), ids.length);
      assertEquals(text, tokenizer.decode(ids, true));
      assertEquals(text, tokenizer.decode(ids, false));
      assertEquals("", tokenizer.decode(new int[0], true));
    }
  }

  @Test
  void characterTokenizerHasFixedIds() {
    try (var tokenizer = characters()) {
      assertEquals(3 + ALPHABET.codePointCount(0, ALPHABET.length()), tokenizer.vocabSize());
      assertEquals(CharacterTokenizer.vocabSize(ALPHABET), tokenizer.vocabSize());
      assertEquals(OptionalInt.of(1), tokenizer.bos());
      assertArrayEquals(new int[] {2}, tokenizer.eosIds());
      assertArrayEquals(new int[] {4, 13, 5}, tokenizer.encode("1+2", false));
      assertArrayEquals(new int[] {1, 4, 13, 5}, tokenizer.encode("1+2", true));
      assertArrayEquals(new int[] {0}, tokenizer.encode("Q", false));
      assertEquals("1", tokenizer.decode(new int[] {1, 4, 2}, true));
      assertEquals("<bos>1<eos>", tokenizer.decode(new int[] {1, 4, 2}, false));
    }
  }

  @Test
  void characterPromptIsTheBeginTokenAndTheText() {
    try (var tokenizer = characters()) {
      assertArrayEquals(new int[] {1, 4, 13, 5, 17, 23}, tokenizer.encodePrompt("1+2=\n"));
      assertArrayEquals(
          tokenizer.encode(" {{ 1+1 }}\n", true), tokenizer.encodePrompt(" {{ 1+1 }}\n"));
    }
  }

  @Test
  void nothingIsTruncated() {
    try (var tokenizer = characters()) {
      assertEquals(5_000, tokenizer.encode("1".repeat(5_000), false).length);
      assertEquals(5_001, tokenizer.encodePrompt("1".repeat(5_000)).length);
    }
  }

  @Test
  void severalThreadsEncodeAtOnce() {
    try (var tokenizer = characters()) {
      int[] expected = tokenizer.encodePrompt("12+3=\n");
      assertTrue(
          IntStream.range(0, 2_000)
              .parallel()
              .allMatch(i -> Arrays.equals(expected, tokenizer.encodePrompt("12+3=\n"))));
    }
  }

  @Test
  void alphabetWithARepeatedCharacterIsRefused() {
    assertThrows(
        IllegalArgumentException.class, () -> CharacterTokenizer.write(folder, "abca", 64));
  }

  @Test
  void generationConfigNamesTheEndTokens() throws IOException {
    CharacterTokenizer.write(folder, ALPHABET, 256);
    Path file = folder.resolve("generation_config.json");
    Files.writeString(file, "{\"eos_token_id\": [2, 5]}");
    try (var tokenizer = TextTokenizer.of(folder)) {
      assertArrayEquals(new int[] {2, 5}, tokenizer.eosIds());
    }
    Files.writeString(file, "{\"eos_token_id\": 7}");
    try (var tokenizer = TextTokenizer.of(folder)) {
      assertArrayEquals(new int[] {2, 7}, tokenizer.eosIds());
    }
  }

  @Test
  void configNamesTheEndTokensWhereGenerationConfigDoesNot() throws IOException {
    CharacterTokenizer.write(folder, ALPHABET, 256);
    Path generation = folder.resolve("generation_config.json");
    Files.writeString(folder.resolve("config.json"), "{\"eos_token_id\": [5, 2]}");
    for (String silent :
        new String[] {"{}", "{\"eos_token_id\": null}", "{\"eos_token_id\": []}"}) {
      Files.writeString(generation, silent);
      try (var tokenizer = TextTokenizer.of(folder)) {
        assertArrayEquals(new int[] {2, 5}, tokenizer.eosIds(), silent);
      }
    }
    Files.writeString(generation, "{\"eos_token_id\": 0}");
    try (var tokenizer = TextTokenizer.of(folder)) {
      assertArrayEquals(new int[] {2, 0}, tokenizer.eosIds());
    }
  }

  @Test
  void endTokensThatTheTokenizerHasNotAreRefused() throws IOException {
    CharacterTokenizer.write(folder, ALPHABET, 256);
    int size = CharacterTokenizer.vocabSize(ALPHABET);
    for (String file : new String[] {"config.json", "generation_config.json"}) {
      for (String ids : new String[] {"" + size, "[2, " + size + "]", "128009"}) {
        Files.writeString(folder.resolve(file), "{\"eos_token_id\": " + ids + "}");
        assertRefused(file + ": eos_token_id: ");
        assertRefused("tokenizer.json has the ids 0 to " + (size - 1));
      }
      for (String ids : new String[] {"-1", "\"2\"", "2.5", "[null]", "true"}) {
        Files.writeString(folder.resolve(file), "{\"eos_token_id\": " + ids + "}");
        assertRefused(": must be a token id or a list of them");
      }
      Files.writeString(folder.resolve(file), "{\"eos_token_id\": " + (size - 1) + "}");
      TextTokenizer.of(folder).close();
      Files.delete(folder.resolve(file));
    }
    Files.writeString(folder.resolve("tokenizer_config.json"), "{\"eos_token\": \"<end>\"}");
    assertRefused("tokenizer_config.json: eos_token: \"<end>\" is no token");
  }

  @Test
  void addBosTokenDecidesOnTheBeginToken() throws IOException {
    CharacterTokenizer.write(folder, ALPHABET, 256);
    Path config = folder.resolve("tokenizer_config.json");
    Path json = folder.resolve("tokenizer.json");
    String begins = Files.readString(json);
    String doesNot =
        begins.replaceFirst(
            "(?s)\"post_processor\" : \\{.*?\\n  \\},", "\"post_processor\": null,");
    int[] with = {1, 4, 13, 5};
    int[] without = {4, 13, 5};
    String[] settings = {
      "", ", \"add_bos_token\": null", ", \"add_bos_token\": true", ", \"add_bos_token\": false"
    };
    int[][] expected = {with, with, with, without, without, without, with, without};
    for (int i = 0; i < 8; i++) {
      Files.writeString(json, i < 4 ? begins : doesNot);
      Files.writeString(
          config, "{\"bos_token\": \"<bos>\", \"eos_token\": \"<eos>\"" + settings[i % 4] + "}");
      try (var tokenizer = TextTokenizer.of(folder)) {
        assertArrayEquals(expected[i], tokenizer.encodePrompt("1+2"), i + settings[i % 4]);
        assertArrayEquals(without, tokenizer.encode("1+2", false));
      }
    }
    Files.delete(folder.resolve("special_tokens_map.json"));
    Files.writeString(config, "{\"eos_token\": \"<eos>\", \"add_bos_token\": true}");
    assertRefused("tokenizer_config.json: add_bos_token: true: no bos_token");
    Files.writeString(config, "{\"eos_token\": \"<eos>\", \"add_bos_token\": 1}");
    assertRefused("tokenizer_config.json: add_bos_token: 1: must be true or false");
  }

  @Test
  void aTemplateThatWritesTheBeginTokenGetsNoSecond() throws IOException {
    CharacterTokenizer.write(folder, ALPHABET, 256);
    Path config = folder.resolve("tokenizer_config.json");
    Files.writeString(config, JsonFiles.read(config).put("add_bos_token", true).toString());
    try (var tokenizer = TextTokenizer.of(folder)) {
      assertArrayEquals(new int[] {1, 4, 13, 5}, tokenizer.encodePrompt("1+2"));
    }
  }

  @Test
  void idsBeyondTheTokenizerLeaveNoText() {
    try (var tokenizer = characters()) {
      int beyond = tokenizer.vocabSize() + 7;
      assertEquals("1", tokenizer.decode(new int[] {beyond, 4, beyond}, true));
    }
  }

  @Test
  void badTokenizersAreRefusedByFile() throws IOException {
    assertRefused("tokenizer.json: no such file");
    CharacterTokenizer.write(folder, ALPHABET, 256);
    Path file = folder.resolve("tokenizer.json");
    String good = Files.readString(file);
    Files.writeString(file, good.substring(0, good.length() / 2));
    assertRefused("tokenizer.json: line ");
    Files.writeString(file, good.replace("WordLevel", "Unheard"));
    assertRefused("tokenizer.json: not a tokenizer");
    Files.writeString(file, good);
    Files.writeString(folder.resolve("tokenizer_config.json"), "{}");
    Files.delete(folder.resolve("special_tokens_map.json"));
    assertRefused("no end token");
  }

  private void assertRefused(String message) {
    var error = assertThrows(UserError.class, () -> TextTokenizer.of(folder));
    assertTrue(error.getMessage().contains(message), error.getMessage());
    assertEquals(1, error.getMessage().lines().count(), error.getMessage());
  }

  @Test
  void trainedTokenizerRoundTrips() {
    var stories = StoriesCheckpoint.require();
    try (var tokenizer = TextTokenizer.of(stories.folder())) {
      assertEquals(512, tokenizer.vocabSize());
      assertEquals(OptionalInt.of(1), tokenizer.bos());
      assertArrayEquals(new int[] {2}, tokenizer.eosIds());
      assertEquals(stories.text(), tokenizer.decode(stories.ids(), true));
      int[] whole = tokenizer.encode(stories.text(), true);
      assertEquals(stories.text(), tokenizer.decode(whole, true));
      assertArrayEquals(whole, tokenizer.encodePrompt(stories.text()));
      String bytes = "naïve ½ 😀\n\tend";
      assertEquals(bytes, tokenizer.decode(tokenizer.encode(bytes, false), true));
    }
  }
}
