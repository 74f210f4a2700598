package dev.mirrorspark.decode;

import dev.mirrorspark.config.RewardConfig;
import java.io.Serializable;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.concurrent.Semaphore;

/**
 * The way out of a process to all endpoints: one client, and as many turns as there may be requests
 * at once. A broadcast of it is one to an executor.
 */
public final class HttpDoor implements Serializable {
  private static final long serialVersionUID = 1L;

  private final int concurrency;
  private final double connectSeconds;
  private final transient Semaphore turns;
  private final transient HttpClient client;

  /** A door by the settings of endpoints. */
  public HttpDoor(RewardConfig.Http http) {
    this(http.concurrency(), http.connectSeconds());
  }

  private HttpDoor(int concurrency, double connectSeconds) {
    this.concurrency = concurrency;
    this.connectSeconds = connectSeconds;
    this.turns = new Semaphore(concurrency, true);
    this.client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(Duration.ofNanos((long) (connectSeconds * 1e9)))
            .build();
  }

  /** Turns of requests at once. */
  public Semaphore turns() {
    return turns;
  }

  HttpClient client() {
    return client;
  }

  private Object readResolve() {
    return new HttpDoor(concurrency, connectSeconds);
  }
}
