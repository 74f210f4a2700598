package dev.mirrorspark.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;

/**
 * The trained checkpoint {@code shared/models/stories260K} with its expected outputs, which lies
 * beside the checkout or not at all.
 *
 * @param logits logits after the first 32 tokens {@code [vocab]}
 * @param ids the greedy continuation of the begin token, which is the first of them
 * @param logprobs log-probs of the tokens from the second on
 */
public record StoriesCheckpoint(
    Path folder, int[] ids, double[] logprobs, String text, double[] logits) {
  static final int PREFIX = 32;

  /** The checkpoint; without it the calling test is reported as skipped, with the reason. */
  public static StoriesCheckpoint require() {
    Optional<Path> folder = find();
    if (folder.isEmpty()) {
      System.out.println("skipped: no shared/models/stories260K beside the checkout");
    }
    Assumptions.assumeTrue(folder.isPresent(), "no shared/models/stories260K beside the checkout");
    JsonNode root = JsonFiles.read(folder.get().resolve("expected.json"));
    return new StoriesCheckpoint(
        folder.get(),
        ints(root.get("token_ids")),
        doubles(root.get("logprobs_of_tokens_1_onward")),
        root.get("text").asText(),
        doubles(root.get("logits_after_first_32_tokens")));
  }

  private static Optional<Path> find() {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path folder = at.resolve("shared/models/stories260K");
      if (Files.isDirectory(folder)) {
        return Optional.of(folder);
      }
    }
    return Optional.empty();
  }

  private static int[] ints(JsonNode array) {
    int[] values = new int[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.get(i).asInt();
    }
    return values;
  }

  private static double[] doubles(JsonNode array) {
    double[] values = new double[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.get(i).asDouble();
    }
    return values;
  }
}
