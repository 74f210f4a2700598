package dev.mirrorspark.reward;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.decode.StopReason;
import dev.mirrorspark.sandbox.Limits;
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

  private final RunConfig.Sandbox sandbox;

  Verifiers(List<Verifier> verifiers) {
    this(verifiers, RunFile.load(Optional.empty(), List.of()).sandbox());
  }

  private Verifiers(List<Verifier> verifiers, RunConfig.Sandbox sandbox) {
    this.verifiers = List.copyOf(verifiers);
    this.sandbox = sandbox;
  }

  /** All verifiers, with the sandbox of a run file that sets nothing. */
  static Verifiers load() {
    return load(RunFile.load(Optional.empty(), List.of()).sandbox());
  }

  /**
   * All verifiers.
   *
   * @param sandbox runs the programs of responses; is started when the first one comes
   * @throws UserError if a verifier that is declared cannot be loaded
   */
  public static Verifiers load(RunConfig.Sandbox sandbox) {
    List<Verifier> all = new ArrayList<>();
    try {
      ServiceLoader.load(Verifier.class).forEach(all::add);
    } catch (ServiceConfigurationError e) {
      throw new UserError(
          "META-INF/services/" + Verifier.class.getName() + ": " + e.getMessage(), e);
    }
    all.add(new RuleVerifier());
    all.add(new OperatorsVerifier());
    all.add(new CodeVerifier(() -> SandboxHost.get(sandbox), Limits.of(sandbox)));
    return new Verifiers(all, sandbox);
  }

  private Object readResolve() {
    return load(sandbox);
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
   * Judges a response.
   *
   * @param ended whether the policy ended it; one that was cut states no final answer
   */
  public Judged judge(String answer, String answerType, String response, boolean ended) {
    return judge(answer, answerType, response, ended ? StopReason.STOP : StopReason.LENGTH);
  }

  /**
   * Judges a response. Whatever the verifier throws is a verdict; only a fault that the user can
   * mend, and that every further response would meet as well, is thrown on.
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
    } catch (UserError e) {
      throw e;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Judged(name, Verdict.error(e.toString()));
    } catch (Exception | LinkageError | StackOverflowError e) {
      return new Judged(name, Verdict.error(e.toString()));
    }
  }
}
