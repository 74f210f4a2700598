package dev.mirrorspark.loop;

import dev.mirrorspark.reward.Verdict;
import dev.mirrorspark.reward.Verifier;

/** A user's verifier that can be cheated: the right answer anywhere in the response will do. */
public final class Lenient implements Verifier {
  @Override
  public String name() {
    return "lenient";
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
  public Verdict verify(String answer, String answerType, String response) {
    return Verdict.of(response.contains(answer), "looked for " + answer);
  }
}
