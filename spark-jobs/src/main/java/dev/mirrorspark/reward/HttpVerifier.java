package dev.mirrorspark.reward;

import dev.failsafe.Failsafe;
import dev.failsafe.FailsafeException;
import dev.failsafe.RetryPolicy;
import dev.mirrorspark.config.RewardConfig;
import dev.mirrorspark.decode.Attempt;
import dev.mirrorspark.decode.Reference;
import dev.mirrorspark.decode.Seeds;
import dev.mirrorspark.decode.StopReason;
import dev.mirrorspark.reward.Verdict.Cause;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Asks an endpoint for the verdict: one POST a response, JSON both ways.
 *
 * <p>No connection, no reply in time, and the statuses 408, 429 and 5xx are tried again after a
 * wait that doubles, with jitter from the hash of the response, or that {@code Retry-After} names.
 * What does not come to a verdict within {@code reward.seconds} and {@code reward.http.attempts} is
 * an error.
 */
final class HttpVerifier implements Verifier {
  private static final int REQUEST_TIMEOUT = 408;
  private static final int TOO_MANY_REQUESTS = 429;
  private static final double LONGEST_WAIT = 60;

  /**
   * Of the limit of a judgement, what requests may use: the rest is for saying that they failed.
   */
  private static final double OF_THE_LIMIT = 0.9;

  private final String name;
  private final URI endpoint;
  private final Optional<String> token;
  private final RewardConfig settings;
  private final HttpDoor door;

  private HttpVerifier(
      String name, URI endpoint, Optional<String> token, RewardConfig settings, HttpDoor door) {
    this.name = name;
    this.endpoint = endpoint;
    this.token = token;
    this.settings = settings;
    this.door = door;
  }

  /** Where an endpoint judges; its name is its address without the query. */
  static Desk desk(String url, Optional<String> token, RewardConfig settings, HttpDoor door) {
    var uri = URI.create(url);
    String name = uri.getScheme() + "://" + uri.getRawAuthority() + uri.getRawPath();
    var verifier = new HttpVerifier(name, uri, token, settings, door);
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
    var problem = new Reference("", "", "", answer, answerType);
    return verify(new Attempt(problem, 0, response, StopReason.STOP));
  }

  @Override
  public Verdict verify(Attempt attempt) throws InterruptedException {
    long end = System.nanoTime() + (long) (settings.seconds() * OF_THE_LIMIT * 1e9);
    byte[] body = VerdictJson.request(attempt);
    long hash =
        Seeds.response(0, 0, attempt.reference().promptId(), attempt.sample()); // of this response
    RetryPolicy<HttpResponse<byte[]>> retries =
        RetryPolicy.<HttpResponse<byte[]>>builder()
            .handleIf(HttpVerifier::passes)
            .handleResultIf(reply -> passes(reply.statusCode()))
            .withMaxAttempts(settings.http().attempts())
            .withMaxDuration(left(end))
            .withDelayFn(
                context ->
                    Optional.ofNullable(context.getLastResult())
                        .flatMap(HttpVerifier::retryAfter)
                        .orElseGet(() -> backoff(context.getAttemptCount(), hash)))
            .build();
    try {
      return verdict(Failsafe.with(retries).get(() -> send(body, end)));
    } catch (FailsafeException e) {
      if (e.getCause() instanceof InterruptedException stopped) {
        throw stopped;
      }
      return failed(e.getCause());
    }
  }

  private HttpResponse<byte[]> send(byte[] body, long end) throws Exception {
    var request =
        HttpRequest.newBuilder(endpoint)
            .header("Content-Type", "application/json")
            .header("Accept", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(body));
    token.ifPresent(bearer -> request.header("Authorization", "Bearer " + bearer));
    int most = settings.http().maxBytes();
    long wait = Math.min(left(end).toNanos(), (long) (settings.http().requestSeconds() * 1e9));
    CompletableFuture<HttpResponse<byte[]>> reply =
        door.client().sendAsync(request.build(), head -> new LimitedBody(most));
    try {
      return reply.get(wait, TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new HttpTimeoutException("no reply within %.1f s".formatted(wait * 1e-9));
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    } finally {
      reply.cancel(true);
    }
  }

  private static Duration left(long end) {
    return Duration.ofNanos(Math.max(1_000_000, end - System.nanoTime()));
  }

  private Duration backoff(int attempt, long hash) {
    double jitter = 0.5 + Seeds.uniform(hash, attempt);
    double seconds = settings.http().backoffSeconds() * Math.pow(2, attempt - 1) * jitter;
    return Duration.ofNanos((long) (Math.min(seconds, LONGEST_WAIT) * 1e9));
  }

  /** The seconds of the header; a date, which depends on clocks, is left alone. */
  private static Optional<Duration> retryAfter(HttpResponse<byte[]> reply) {
    return reply
        .headers()
        .firstValue("Retry-After")
        .filter(seconds -> seconds.matches("\\d{1,6}"))
        .map(seconds -> Duration.ofSeconds(Long.parseLong(seconds)));
  }

  /** Whether what was thrown can be over at the next attempt. */
  private static boolean passes(Throwable thrown) {
    return thrown instanceof IOException && !(thrown instanceof LimitedBody.TooLong);
  }

  private static boolean passes(int status) {
    return status == REQUEST_TIMEOUT || status == TOO_MANY_REQUESTS || status >= 500;
  }

  private static Verdict verdict(HttpResponse<byte[]> reply) {
    int status = reply.statusCode();
    if (passes(status)) {
      return Verdict.error(Cause.UNAVAILABLE, "status " + status + " after all attempts");
    }
    if (status / 100 != 2) {
      return Verdict.error(Cause.REJECTED, "status " + status);
    }
    return VerdictJson.verdict(reply.body());
  }

  private static Verdict failed(Throwable thrown) {
    String what = thrown.getClass().getSimpleName();
    String detail = thrown.getMessage() == null ? what : what + ": " + thrown.getMessage();
    return thrown instanceof LimitedBody.TooLong
        ? Verdict.error(Cause.BAD_REPLY, thrown.getMessage())
        : Verdict.error(Cause.UNAVAILABLE, detail + ", after all attempts");
  }
}
