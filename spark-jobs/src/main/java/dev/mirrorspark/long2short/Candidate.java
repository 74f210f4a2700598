package dev.mirrorspark.long2short;

import dev.mirrorspark.decode.Seeds;
import java.io.Serializable;
import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/**
 * A response that was sampled and judged.
 *
 * @param sample index of the response to its problem, from 0
 * @param tokens sampled tokens, the end token included
 * @param verdict what the verifier said
 * @param ended whether it came to its end, and was not cut or stopped
 */
public record Candidate(String promptId, int sample, int tokens, Verdict verdict, boolean ended)
    implements Serializable {

  /** What a verifier said of a response. */
  public enum Verdict {
    CORRECT,
    WRONG,
    /** It failed: this is neither. */
    ERROR
  }

  /** Whether it may be an example: right, to its end. */
  public boolean exemplary() {
    return verdict == Verdict.CORRECT && ended && tokens > 0;
  }

  /** Those of few tokens first; of as many, in an order of the run's seed. */
  static Comparator<Candidate> shortestFirst(long seed) {
    return Comparator.comparingInt(Candidate::tokens).thenComparing(inOrderOf(seed));
  }

  /** An order of the run's seed. */
  static Comparator<Candidate> inOrderOf(long seed) {
    return Comparator.comparingLong(
            (Candidate one) -> Seeds.response(seed, 0, one.promptId(), one.sample()))
        .thenComparingInt(Candidate::sample);
  }

  /** The shortest correct one of the responses to a problem. */
  public static Optional<Candidate> shortest(Collection<Candidate> ofProblem, long seed) {
    return ofProblem.stream().filter(Candidate::exemplary).min(shortestFirst(seed));
  }
}
