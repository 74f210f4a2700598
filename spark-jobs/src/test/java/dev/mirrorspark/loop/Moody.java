package dev.mirrorspark.loop;

import dev.mirrorspark.decode.Attempt;
import dev.mirrorspark.reward.RuleVerifier;
import dev.mirrorspark.reward.Verdict;
import dev.mirrorspark.reward.Verifier;
import java.util.concurrent.TimeUnit;

/**
 * Users' verifiers that judge by the rule, and some responses not at all: which, is known from
 * their index in the group.
 */
abstract class Moody implements Verifier {
  /** Of each group, the response on which they fail. */
  static final int BAD_SAMPLE = 1;

  private final RuleVerifier rule = new RuleVerifier();
  private final String name;

  Moody(String name) {
    this.name = name;
  }

  /** Never comes back, whoever interrupts it, as far as a test can wait. */
  public static final class Hanging extends Moody {
    public Hanging() {
      super("hanging");
    }

    @Override
    void fail() {
      long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
      while (System.nanoTime() < end) {
        try {
          Thread.sleep(1000);
        } catch (InterruptedException ignored) {
          end = Math.max(end, System.nanoTime() + 1);
        }
      }
    }
  }

  /** Throws. */
  public static final class Throwing extends Moody {
    public Throwing() {
      super("throwing");
    }

    @Override
    void fail() {
      throw new IllegalStateException("out of ideas");
    }
  }

  abstract void fail();

  @Override
  public String name() {
    return name;
  }

  @Override
  public boolean handles(String answerType) {
    return answerType.equals("integer");
  }

  @Override
  public boolean onlyByRoute() {
    return true;
  }

  @Override
  public Verdict verify(Attempt attempt) {
    if (attempt.sample() == BAD_SAMPLE) {
      fail();
    }
    var reference = attempt.reference();
    return verify(reference.answer(), reference.answerType(), attempt.response());
  }

  @Override
  public Verdict verify(String answer, String answerType, String response) {
    return rule.verify(answer, answerType, response);
  }
}
