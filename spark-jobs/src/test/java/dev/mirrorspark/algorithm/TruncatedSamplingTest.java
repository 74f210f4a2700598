package dev.mirrorspark.algorithm;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.config.UserError;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Log-probs are those of the whole distribution: what divides by them refuses to draw from less.
 */
class TruncatedSamplingTest {
  private static Algorithm algorithm(String... sets) {
    return Algorithm.of(RunFile.load(Optional.empty(), List.of(sets)));
  }

  @ParameterizedTest
  @CsvSource({"top_k, 40", "top_p, 0.95", "min_p, 0.1", "min_tokens, 2"})
  void isRefusedByNameWhereTheLossHasRatios(String key, String value) {
    String set = "rollout." + key + "=" + value;
    for (String method : List.of("mirror_descent", "grpo")) {
      var refused = assertThrows(UserError.class, () -> algorithm(set, "train.method=" + method));
      assertTrue(refused.getMessage().startsWith("rollout." + key + ": "), refused.getMessage());
    }
    assertDoesNotThrow(() -> algorithm(set, "train.method=rest"));
  }

  @Test
  void whatEndsAResponseIsNoTruncation() {
    assertDoesNotThrow(() -> algorithm("rollout.stop=[\"</answer>\"]", "rollout.stop_ids=[3]"));
  }
}
