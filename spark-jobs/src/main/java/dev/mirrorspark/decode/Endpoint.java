package dev.mirrorspark.decode;

import dev.failsafe.Failsafe;
import dev.failsafe.FailsafeException;
import dev.failsafe.RetryPolicy;
import dev.mirrorspark.config.RewardConfig;
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
 * An address that takes JSON by POST and replies with JSON.
 *
 * <p>No connection, no reply in time, and the statuses 408, 429 and 5xx are tried again after a
 * wait that doubles, with jitter from a hash, or that {@code Retry-After} names.
 */
public final class Endpoint {
  private static final int REQUEST_TIMEOUT = 408;
  private static final int TOO_MANY_REQUESTS = 429;
  private static final double LONGEST_WAIT = 60;

  /**
   * Of the limit of a judgement, what requests may use: the rest is for saying that they failed.
   */
  private static final double OF_THE_LIMIT = 0.9;

  private final URI address;
  private final Optional<String> token;
  private final RewardConfig.Http settings;
  private final HttpDoor door;

  /**
   * An address.
   *
   * @param token bearer token; empty: none is sent
   * @param door the process's way out
   */
  public Endpoint(URI address, Optional<String> token, RewardConfig.Http settings, HttpDoor door) {
    this.address = address;
    this.token = token;
    this.settings = settings;
    this.door = door;
  }

  /** Why there is no reply of status 2xx. */
  public enum Cause {
    /** It could not be reached, or had no reply after all attempts. */
    UNAVAILABLE,
    /** It turned the request down. */
    REJECTED,
    /** Its reply is too long. */
    BAD_REPLY
  }

  /**
   * A failure.
   *
   * @param detail one line
   */
  public record Failure(Cause cause, String detail) {}

  /**
   * What came of asking.
   *
   * @param status of the reply; 0 where there was none
   * @param body of the reply; empty where there was none
   * @param failure why there is no reply of status 2xx
   */
  public record Reply(int status, byte[] body, Optional<Failure> failure) {}

  /** The address without its query. */
  public static String name(URI address) {
    return address.getScheme() + "://" + address.getRawAuthority() + address.getRawPath();
  }

  /**
   * When the requests of a judgement that begins now have to end.
   *
   * @param seconds its limit
   */
  public static long end(double seconds) {
    return System.nanoTime() + (long) (seconds * OF_THE_LIMIT * 1e9);
  }

  /**
   * Asks until there is a reply.
   *
   * @param end by {@link System#nanoTime}; then there is none
   * @param hash the jitter of waits depends on it
   */
  public Reply ask(byte[] body, long end, long hash) throws InterruptedException {
    RetryPolicy<HttpResponse<byte[]>> retries =
        RetryPolicy.<HttpResponse<byte[]>>builder()
            .handleIf(Endpoint::passes)
            .handleResultIf(reply -> passes(reply.statusCode()))
            .withMaxAttempts(settings.attempts())
            .withMaxDuration(left(end))
            .withDelayFn(
                context ->
                    longer(
                        Optional.ofNullable(context.getLastResult()).flatMap(Endpoint::retryAfter),
                        backoff(context.getAttemptCount(), hash)))
            .build();
    try {
      return reply(Failsafe.with(retries).get(() -> send(body, end)));
    } catch (FailsafeException e) {
      if (e.getCause() instanceof InterruptedException stopped) {
        throw stopped;
      }
      return new Reply(0, new byte[0], Optional.of(failed(e.getCause())));
    }
  }

  private HttpResponse<byte[]> send(byte[] body, long end) throws Exception {
    var request =
        HttpRequest.newBuilder(address)
            .header("Content-Type", "application/json")
            .header("Accept", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(body));
    token.ifPresent(bearer -> request.header("Authorization", "Bearer " + bearer));
    int most = settings.maxBytes();
    long wait = Math.min(left(end).toNanos(), (long) (settings.requestSeconds() * 1e9));
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

  private static Duration longer(Optional<Duration> asked, Duration backoff) {
    return asked.filter(wait -> wait.compareTo(backoff) > 0).orElse(backoff);
  }

  private Duration backoff(int attempt, long hash) {
    double jitter = 0.5 + Seeds.uniform(hash, attempt);
    double seconds = settings.backoffSeconds() * Math.pow(2, attempt - 1) * jitter;
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

  private static Reply reply(HttpResponse<byte[]> reply) {
    int status = reply.statusCode();
    Optional<Failure> failure =
        passes(status)
            ? Optional.of(
                new Failure(Cause.UNAVAILABLE, "status " + status + " after all attempts"))
            : status / 100 != 2
                ? Optional.of(new Failure(Cause.REJECTED, "status " + status))
                : Optional.empty();
    return new Reply(status, reply.body(), failure);
  }

  private static Failure failed(Throwable thrown) {
    String what = thrown.getClass().getSimpleName();
    String detail = thrown.getMessage() == null ? what : what + ": " + thrown.getMessage();
    return thrown instanceof LimitedBody.TooLong
        ? new Failure(Cause.BAD_REPLY, thrown.getMessage())
        : new Failure(Cause.UNAVAILABLE, detail + ", after all attempts");
  }
}
