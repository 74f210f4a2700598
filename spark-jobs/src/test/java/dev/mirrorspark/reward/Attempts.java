package dev.mirrorspark.reward;

import dev.mirrorspark.decode.Attempt;
import dev.mirrorspark.decode.Reference;
import dev.mirrorspark.decode.StopReason;
import java.util.List;
import java.util.stream.IntStream;

/** Responses to be judged. */
final class Attempts {
  private Attempts() {}

  static Attempt of(String answer, String answerType, String response) {
    return of("d", answer, answerType, response, StopReason.STOP);
  }

  static Attempt of(
      String domain, String answer, String answerType, String response, StopReason stopReason) {
    var reference = new Reference("p", domain, "What is it?", answer, answerType);
    return new Attempt(reference, 0, response, stopReason);
  }

  /** So many right responses to one problem of type integer. */
  static List<Attempt> right(int count) {
    var reference = new Reference("p", "d", "3+4?", "7", "integer");
    return IntStream.range(0, count)
        .mapToObj(sample -> new Attempt(reference, sample, "3+4=7;#7", StopReason.STOP))
        .toList();
  }
}
