package dev.mirrorspark.decode;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mirrorspark.config.EngineConfig;
import dev.mirrorspark.config.UserError;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** One server of another engine: asked for responses, and for what it serves. */
public final class EngineClient {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Characters of a server's refusal that are shown. */
  private static final int SHOWN = 300;

  private final String url;
  private final EngineConfig settings;
  private final HttpDoor door;
  private final Optional<String> token;
  private final Endpoint completions;

  /**
   * A server.
   *
   * @throws UserError if the variable of its token is not set
   */
  public EngineClient(String url, EngineConfig settings, HttpDoor door) {
    this.url = url.replaceFirst("/+$", "");
    this.settings = settings;
    this.door = door;
    this.token = token(settings);
    this.completions =
        new Endpoint(
            URI.create(
                settings.kind().equals("sglang")
                    ? this.url.replaceFirst("/v1$", "") + "/generate"
                    : this.url + "/completions"),
            token,
            settings.http(),
            door);
  }

  /**
   * The bearer token of the servers.
   *
   * @throws UserError if its variable is not set
   */
  public static Optional<String> token(EngineConfig settings) {
    if (settings.tokenEnv().isEmpty()) {
      return Optional.empty();
    }
    String value = System.getenv(settings.tokenEnv());
    if (value == null || value.isBlank()) {
      throw new UserError(
          "rollout.engine.token_env = %s: no such environment variable; set it here and on the executors"
              .formatted(settings.tokenEnv()));
    }
    return Optional.of(value.strip());
  }

  /** The address up to {@code /v1}. */
  public String url() {
    return url;
  }

  /**
   * What was seen of a server, by {@code GET /v1/models}.
   *
   * @param gone whether there is none: no connection, or one that broke
   * @param names of what it serves; empty also where it is there and slow, or still loading
   */
  public record Look(boolean gone, Optional<List<String>> names) {}

  /** Looks at what it serves. */
  public Look look() throws InterruptedException {
    var request =
        HttpRequest.newBuilder(URI.create(url + "/models")).timeout(Duration.ofSeconds(10)).GET();
    token.ifPresent(bearer -> request.header("Authorization", "Bearer " + bearer));
    try {
      HttpResponse<byte[]> reply =
          door.client().send(request.build(), head -> new LimitedBody(1 << 20));
      return new Look(
          false, reply.statusCode() == 200 ? Optional.of(names(reply.body())) : Optional.empty());
    } catch (HttpConnectTimeoutException | JsonProcessingException e) {
      return new Look(e instanceof HttpConnectTimeoutException, Optional.empty());
    } catch (HttpTimeoutException slow) {
      return new Look(false, Optional.empty());
    } catch (IOException e) {
      return new Look(true, Optional.empty());
    }
  }

  private static List<String> names(byte[] body) throws IOException {
    List<String> names = new ArrayList<>();
    for (JsonNode model : JSON.readTree(body).path("data")) {
      names.add(model.path("id").asText());
      model.path("aliases").forEach(alias -> names.add(alias.asText()));
      if (model.path("root").isTextual()) {
        names.add(model.path("root").asText());
      }
    }
    return names;
  }

  /** Whether what was seen of it serves the policy, as far as the settings ask for a proof. */
  public boolean serves(Look look, String model) {
    return look.names().isPresent()
        && (settings.proof().equals("trusted") || look.names().get().contains(model));
  }

  /**
   * One response, of {@code limit} tokens at most, cut where the built-in engine would end it. A
   * server that stops at a token which ends nothing for the policy is asked to go on behind it.
   *
   * @param reasonAtLimit what it is if it has as many
   * @throws UserError if the server has no answer after all attempts, or none that can train
   */
  Decoded respond(
      String model,
      DecodeRequest request,
      Sampling sampling,
      int limit,
      StopReason reasonAtLimit,
      Set<Integer> ends,
      int vocabulary)
      throws InterruptedException {
    long start = System.nanoTime();
    String where = Endpoint.name(URI.create(url));
    var heard = new HeardResponse(where, request, sampling, limit, reasonAtLimit, ends, vocabulary);
    while (heard.reason().isEmpty()) {
      heard.take(ask(model, request, heard, sampling.temperature(), ends));
    }
    return heard.decoded((System.nanoTime() - start) * 1e-9);
  }

  private EngineAnswer ask(
      String model,
      DecodeRequest request,
      HeardResponse heard,
      double temperature,
      Set<Integer> ends)
      throws InterruptedException {
    int begun = request.begun().tokens().length + heard.length();
    long seed = (long) (Seeds.uniform(request.seed(), begun) * Integer.MAX_VALUE);
    int[] context = heard.context();
    byte[] body =
        settings.kind().equals("sglang")
            ? EngineAnswer.sglangRequest(context, heard.left(), temperature, seed, ends)
            : EngineAnswer.request(
                model,
                context,
                heard.left(),
                temperature,
                seed,
                ends,
                settings.logprobs().equals("processed"));
    double seconds = settings.http().attempts() * (settings.http().requestSeconds() + 90);
    long end = System.nanoTime() + (long) (seconds * 1e9);
    Endpoint.Reply reply = completions.ask(body, end, request.seed());
    if (reply.failure().isPresent()) {
      throw failed(request, reply);
    }
    return EngineAnswer.read(Endpoint.name(URI.create(url)), reply.body());
  }

  private UserError failed(DecodeRequest request, Endpoint.Reply reply) {
    String said = new String(reply.body(), StandardCharsets.UTF_8).strip();
    String shown = said.length() > SHOWN ? said.substring(0, SHOWN) + "…" : said;
    return new UserError(
        "rollout.engine: %s has no response to prompt %s (%s%s, %d attempts at most); start it again or mend it, then resume with the same command: nothing that is finished is lost"
            .formatted(
                url,
                request.promptId(),
                reply.failure().orElseThrow().detail(),
                shown.isEmpty() ? "" : ": " + shown,
                settings.http().attempts()));
  }
}
