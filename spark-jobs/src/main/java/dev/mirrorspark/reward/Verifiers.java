package dev.mirrorspark.reward;

import dev.mirrorspark.config.RunConfig;
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

  private static final double MATH_SECONDS = 5;

  private final transient List<Verifier> verifiers;
  private final String answerPattern;
  private final double mathSeconds;

  Verifiers(List<Verifier> verifiers) {
    this(verifiers, "", MATH_SECONDS);
  }

  private Verifiers(List<Verifier> verifiers, String answerPattern, double mathSeconds) {
    this.verifiers = List.copyOf(verifiers);
    this.answerPattern = answerPattern;
    this.mathSeconds = mathSeconds;
  }

  /**
   * All verifiers, with a run's settings.
   *
   * @throws UserError if a verifier that is declared cannot be loaded
   */
  public static Verifiers load(RunConfig.Reward reward) {
    return load(reward.answerPattern(), reward.mathSeconds());
  }

  /**
   * All verifiers, with the default settings.
   *
   * @throws UserError if a verifier that is declared cannot be loaded
   */
  public static Verifiers load() {
    return load("", MATH_SECONDS);
  }

  private static Verifiers load(String answerPattern, double mathSeconds) {
    List<Verifier> all = new ArrayList<>();
    try {
      ServiceLoader.load(Verifier.class).forEach(all::add);
    } catch (ServiceConfigurationError e) {
      throw new UserError(
          "META-INF/services/" + Verifier.class.getName() + ": " + e.getMessage(), e);
    }
    var convention = AnswerConvention.of(answerPattern);
    all.add(new RuleVerifier(convention));
    all.add(new MathVerifier(convention, mathSeconds));
    all.add(new OperatorsVerifier());
    return new Verifiers(all, answerPattern, mathSeconds);
  }

  private Object readResolve() {
    return load(answerPattern, mathSeconds);
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
