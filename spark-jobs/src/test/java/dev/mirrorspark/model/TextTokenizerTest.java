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
      assertArrayEquals(new int[] {7}, tokenizer.eosIds());
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
