package dev.mirrorspark.reward;

import dev.mirrorspark.config.RewardConfig;
import dev.mirrorspark.decode.Attempt;
import dev.mirrorspark.decode.Endpoint;
import dev.mirrorspark.decode.HttpDoor;
import dev.mirrorspark.decode.Seeds;
import java.net.URI;
import java.util.Optional;

/**
 * Asks an {@link Endpoint} for the verdict: one POST a response, JSON both ways. What does not come
 * to a verdict within {@code reward.seconds} and {@code reward.http.attempts} is an error; a
 * response that the endpoint finds too long (413) is wrong.
 */
final class HttpVerifier implements Verifier {
  private static final int TOO_LARGE = 413;

  private final String name;
  private final Endpoint endpoint;
  private final double seconds;

  private HttpVerifier(String name, Endpoint endpoint, double seconds) {
    this.name = name;
    this.endpoint = endpoint;
    this.seconds = seconds;
  }

  /** Where an endpoint judges; its name is its address without the query. */
  static Desk desk(String url, Optional<String> token, RewardConfig settings, HttpDoor door) {
    var uri = URI.create(url);
    String name = Endpoint.name(uri);
    var endpoint = new Endpoint(uri, token, settings.http(), door);
    var verifier = new HttpVerifier(name, endpoint, settings.seconds());
    return new Desk(name, () -> verifier, settings.http().concurrency(), door.turns());
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public boolean handles(String answerType) {
    return true;
  }

  @Override
  public Verdict verify(String answer, String answerType, String response) throws Exception {
    return verify(Attempt.alone(answer, answerType, response));
  }

  @Override
  public Verdict verify(Attempt attempt) throws InterruptedException {
    long end = Endpoint.end(seconds);
    long hash =
        Seeds.response(0, 0, attempt.reference().promptId(), attempt.sample()); // of this response
    var reply = endpoint.ask(VerdictJson.request(attempt), end, hash);
    if (reply.status() == TOO_LARGE) {
      return Verdict.of(false, "unreadable: too long for the endpoint, status 413");
    }
    return reply.failure().map(Verdict::error).orElseGet(() -> VerdictJson.verdict(reply.body()));
  }
}
