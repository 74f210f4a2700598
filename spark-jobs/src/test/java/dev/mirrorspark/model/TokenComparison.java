package dev.mirrorspark.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * Compares token ids with a reference, {@code src/test/scripts/reference_tokens.mjs}: {@code
 * TokenComparison FOLDER TEXTS REFERENCE}, where TEXTS is a JSON list and REFERENCE holds what the
 * script printed. It also encodes each text beside one of the tokenizer's special tokens, spelled
 * out: no special token may come of it, and decoding must give the text.
 */
public final class TokenComparison {
  private TokenComparison() {}

  /** Prints each difference and a summary; exits 1 if there is one. */
  public static void main(String[] args) throws IOException {
    var json = new ObjectMapper();
    Path folder = Path.of(args[0]);
    JsonNode texts = json.readTree(Files.readString(Path.of(args[1])));
    List<String> reference = Files.readAllLines(Path.of(args[2]));
    int different = 0;
    int leaked = 0;
    var special =
        json.readTree(Files.readString(folder.resolve("tokenizer.json"))).path("added_tokens");
    var control = new java.util.ArrayList<JsonNode>();
    special.forEach(
        token -> control.addAll(token.path("special").asBoolean() ? List.of(token) : List.of()));
    try (var tokenizer = TextTokenizer.of(folder)) {
      for (int i = 0; i < texts.size(); i++) {
        String text = texts.get(i).asText();
        int[] expected = json.readValue(reference.get(i), int[].class);
        int[] found = tokenizer.encode(text, false);
        if (!Arrays.equals(expected, found)) {
          different++;
          System.out.println(json.writeValueAsString(text) + "\n  reference " + reference.get(i));
          System.out.println("  here      " + Arrays.toString(found));
        }
        JsonNode token = control.get(i % control.size());
        String spelled = text + token.path("content").asText() + " end";
        int[] ids = tokenizer.encodeText(spelled, false);
        boolean leaks =
            Arrays.stream(ids)
                .anyMatch(id -> control.stream().anyMatch(t -> t.path("id").asInt() == id));
        boolean kept =
            tokenizer.decode(ids, false).endsWith(token.path("content").asText() + " end");
        if (leaks || !kept) {
          leaked++;
          System.out.println("leaks " + json.writeValueAsString(spelled) + Arrays.toString(ids));
        }
      }
    }
    System.out.println(
        texts.size()
            + " texts, "
            + different
            + " with other ids, "
            + leaked
            + " with a special token");
    System.exit(different + leaked == 0 ? 0 : 1);
  }
}
