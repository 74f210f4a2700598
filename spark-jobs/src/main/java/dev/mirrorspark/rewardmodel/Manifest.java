package dev.mirrorspark.rewardmodel;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.mirrorspark.config.RewardModelConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.files.Storage;
import java.io.UncheckedIOException;

/**
 * What a reward model is: the file {@code reward-model.json} of its folder.
 *
 * @param settings the section {@code reward_model} it was made with
 * @param seed seed of the run that made it
 * @param policy Hugging Face folder of the policy that reads or judges
 * @param policySha256 hash of that policy's tensors
 * @param trainingTriples triples that it was trained on; 0 for a chain-of-thought model, which
 *     {@code sft} trains
 * @param heldout figures on the held-out triples
 */
public record Manifest(
    RewardModelConfig settings,
    long seed,
    String policy,
    String policySha256,
    int trainingTriples,
    Agreement heldout) {
  private static final String FILE = "reward-model.json";

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .serializationInclusion(JsonInclude.Include.ALWAYS)
          .build();

  /**
   * Reads it.
   *
   * @throws UserError if the folder holds no reward model, or a damaged one
   */
  static Manifest read(Storage storage, String folder) {
    String file = Storage.child(folder, FILE);
    try {
      if (!storage.exists(file)) {
        throw new UserError(
            folder
                + ": holds no "
                + FILE
                + "; name the folder of a reward model, as `reward-model train` prints it");
      }
      return JSON.readValue(storage.text(file), Manifest.class);
    } catch (JsonProcessingException e) {
      throw new UserError(
          file + ": is damaged (" + e.getOriginalMessage() + "); train the reward model again", e);
    }
  }

  void write(Storage storage, String folder) {
    try {
      storage.writeText(Storage.child(folder, FILE), JSON.writeValueAsString(this));
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }
}
