package dev.mirrorspark.reward;

import java.util.Optional;

/**
 * A judgement and who made it.
 *
 * @param verifier the verifier's name; {@code none} where none judges such problems
 * @param answer the final answer that the response states, as {@link Verifier#finalAnswer}; empty
 *     where none is found, or was not asked for
 */
public record Judged(String verifier, Verdict verdict, Optional<String> answer) {
  Judged(String verifier, Verdict verdict) {
    this(verifier, verdict, Optional.empty());
  }
}
