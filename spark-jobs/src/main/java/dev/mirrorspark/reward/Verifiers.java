package dev.mirrorspark.reward;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.decode.StopReason;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/**
 * The verifiers of this process: those that users add, in the order of the class path, then the
 * built-in ones. The first that handles an answer type judges it.
 *
 * <p>Sent to a task, it arrives there as the verifiers of that process, in instances of its own.
 */
public final class Verifiers implements Serializable {
  private static final long serialVersionUID = 1L;

  /**
   * A judgement and who made it.
   *
   * @param verifier the verifier's name; {@code none} where no verifier handles the answer type
   */
  public record Judged(String verifier, Verdict verdict) {}

  private final transient List<Verifier> verifiers;

  Verifiers(List<Verifier> verifiers) {
    this.verifiers = List.copyOf(verifiers);
  }

  /**
   * All verifiers.
   *
   * @throws UserError if a verifier that is declared cannot be loaded
   */
  public static Verifiers load() {
    List<Verifier> all = new ArrayList<>();
    try {
      ServiceLoader.load(Verifier.class).forEach(all::add);
    } catch (ServiceConfigurationError e) {
      throw new UserError(
          "META-INF/services/" + Verifier.class.getName() + ": " + e.getMessage(), e);
    }
    all.add(new RuleVerifier());
    all.add(new OperatorsVerifier());
    return new Verifiers(all);
  }

  private Object readResolve() {
    return load();
  }

  /**
   * The final answer that a response states, as {@link Verifier#finalAnswer}; empty where none is
   * found. Never throws.
   *
   * @param ended whether the policy ended it; one that was cut states no final answer
   */
  public Optional<String> finalAnswer(String answerType, String response, boolean ended) {
    try {
      return ended
          ? verifier(answerType)
              .flatMap(verifier -> verifier.finalAnswer(answerType, response))
              .filter(text -> !text.isEmpty())
          : Optional.empty();
    } catch (Exception | LinkageError | StackOverflowError e) {
      return Optional.empty();
    }
  }

  private Optional<Verifier> verifier(String answerType) {
    return verifiers.stream().filter(verifier -> verifier.handles(answerType)).findFirst();
  }

  /**
   * Judges a response; never throws.
   *
   * @param ended whether the policy ended it; one that was cut states no final answer
   */
  public Judged judge(String answer, String answerType, String response, boolean ended) {
    return judge(answer, answerType, response, ended ? StopReason.STOP : StopReason.LENGTH);
  }

  /**
   * Judges a response; never throws.
   *
   * @param stopReason why it ended; unless the policy ended it, it states no final answer
   */
  public Judged judge(String answer, String answerType, String response, StopReason stopReason) {
    Optional<Verifier> verifier = verifier(answerType);
    if (verifier.isEmpty()) {
      return new Judged("none", Verdict.error("no verifier for answer type " + answerType));
    }
    String name = verifier.get().name();
    if (stopReason != StopReason.STOP) {
      String why = stopReason == StopReason.REPEAT ? "ended as repeating" : "cut by length";
      return new Judged(name, Verdict.of(false, "no final answer: " + why));
    }
    try {
      Verdict verdict = verifier.get().verify(answer, answerType, response);
      return new Judged(name, Objects.requireNonNull(verdict, "the verifier returned null"));
    } catch (Exception | LinkageError | StackOverflowError e) {
      return new Judged(name, Verdict.error(e.toString()));
    }
  }
}
