package dev.mirrorspark.serve;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.decode.DecodeRequest;
import dev.mirrorspark.decode.Decoded;
import dev.mirrorspark.decode.Sampling;
import dev.mirrorspark.decode.Seeds;
import dev.mirrorspark.decode.Truncation;
import dev.mirrorspark.http.Connection;
import dev.mirrorspark.http.HttpServer;
import dev.mirrorspark.http.Reply;
import dev.mirrorspark.http.ServedPath;
import dev.mirrorspark.http.Service;
import dev.mirrorspark.model.ModelShape;
import dev.mirrorspark.model.TextTokenizer;
import dev.mirrorspark.policy.PolicyHost;
import dev.mirrorspark.policy.PolicyVersion;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

/**
 * A policy version as a service: {@code POST /v1/completions} and {@code /v1/chat/completions},
 * {@code GET /v1/models} and {@code /health}, as OpenAI has them.
 *
 * <p>Answers: 200; 400, 401, 403, 404, 405, 408, 413, 415 for requests to mend; 429 with {@code
 * Retry-After} while as many responses run or wait as there may; 503 where the service ends.
 */
public final class PolicyServer implements AutoCloseable {
  private static final int MOST_RESPONSES = 16_384;
  private static final ServedPath COMPLETIONS = new ServedPath("POST", "/v1/completions");
  private static final ServedPath CHAT = new ServedPath("POST", "/v1/chat/completions");
  private static final ServedPath MODELS = new ServedPath("GET", "/v1/models");
  private static final ServedPath HEALTH = new ServedPath("GET", "/health");
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * What is served, and how.
   *
   * @param name under which it is served
   * @param place device, precision, threads and chat template, from the run file
   * @param context longest prompt and response together, in tokens; at most the policy's own
   * @param slots responses decoded side by side
   * @param queue further responses that wait; more are refused
   * @param seed from which responses without one of their own get theirs
   */
  public record Settings(
      String name,
      RunConfig.Model place,
      int context,
      int slots,
      int queue,
      long seed,
      HttpServer.Settings http) {}

  private final Settings settings;
  private final int context;
  private final PolicyVersion policy;
  private final TextTokenizer tokenizer;
  private final PolicyHost.Lease lease;
  private final EngineLoop engine;
  private final Optional<KeptResponses> kept;
  private final AtomicLong count = new AtomicLong();
  private final ExecutorService reader =
      Executors.newFixedThreadPool(1, new DefaultThreadFactory("serve-reader", true));
  private final HttpServer http;

  private PolicyServer(PolicyVersion policy, Settings settings, Optional<KeptResponses> kept) {
    this.settings = settings;
    this.policy = policy;
    this.kept = kept;
    this.tokenizer = policy.tokenizer(settings.place().chat());
    this.lease = PolicyHost.lease(policy.weights(), settings.place());
    this.context = Math.min(settings.context(), lease.shape().maxPositions());
    var ends = Arrays.stream(tokenizer.eosIds()).boxed().collect(Collectors.toSet());
    this.engine =
        new EngineLoop(
            lease.shape(), lease.flat(), context, settings.slots(), ends, settings.queue());
    this.http =
        HttpServer.start(new Completions(), "serve", settings.http(), Connection.Times.USUAL);
  }

  /**
   * Loads the policy and serves it.
   *
   * @param keep JSONL file that what was sampled is added to; empty: none
   * @throws UserError if the folder is damaged, or the address cannot be served
   */
  public static PolicyServer start(PolicyVersion policy, Settings settings, Optional<Path> keep) {
    return new PolicyServer(policy, settings, keep.map(KeptResponses::new));
  }

  /** The port that is served. */
  public int port() {
    return http.port();
  }

  /** What is served. */
  private final class Completions implements Service {
    @Override
    public List<ServedPath> paths() {
      return List.of(COMPLETIONS, CHAT, MODELS, HEALTH);
    }

    @Override
    public Optional<Reply> refusal(ServedPath path) {
      return path.method().equals("POST") && engine.full()
          ? Optional.of(fullReply())
          : Optional.empty();
    }

    @Override
    public void handle(Connection client, ServedPath path, byte[] body) {
      if (path.equals(MODELS)) {
        client.reply(models());
      } else if (path.equals(HEALTH)) {
        client.reply(health());
      } else {
        try {
          reader.execute(() -> read(client, path.equals(CHAT), body));
        } catch (RejectedExecutionException ending) {
          client.reply(Reply.ending());
        }
      }
    }
  }

  private Reply models() {
    var json = JSON.createObjectNode().put("object", "list");
    json.putArray("data")
        .addObject()
        .put("id", settings.name())
        .put("object", "model")
        .put("owned_by", "mirrorspark")
        .put("root", policy.folder())
        .put("policy_version", policy.version())
        .put("max_model_len", context);
    return Reply.of(200, json);
  }

  private Reply health() {
    return Reply.of(
        200,
        JSON.createObjectNode()
            .put("status", "ok")
            .put("model", settings.name())
            .put("slots", settings.slots())
            .put("taken", engine.taken())
            .put("queue", settings.queue()));
  }

  private Reply fullReply() {
    return refusal(
            429,
            "%d responses run or wait already; try again later"
                .formatted(settings.slots() + settings.queue()))
        .with(Reply.LATER);
  }

  /** A refusal as OpenAI's clients read it. */
  private static Reply refusal(int status, String why) {
    var json = JSON.createObjectNode();
    json.putObject("error")
        .put("message", why)
        .put("type", status / 100 == 4 ? "invalid_request_error" : "server_error")
        .put("code", status);
    return Reply.of(status, json);
  }

  private void read(Connection client, boolean chat, byte[] body) {
    try {
      var request = CompletionRequest.read(body, chat, settings.name());
      List<EngineLoop.Job> jobs = jobs(request, client);
      var wanted = new CompletableFuture<Void>();
      client.worksOn(wanted); // which ends it where the client is gone
      if (!engine.take(jobs)) {
        client.reply(fullReply());
      }
      wanted.whenComplete((nothing, cancelled) -> engine.abandon(jobs));
    } catch (UserError e) {
      client.reply(refusal(400, e.getMessage()));
    } catch (RuntimeException e) {
      client.reply(refusal(500, e.toString()));
    }
  }

  /** The responses of a request; when the last has come, the client gets its answer. */
  private List<EngineLoop.Job> jobs(CompletionRequest request, Connection client) {
    ModelShape shape = lease.shape();
    long number = count.incrementAndGet();
    long seed = request.seed().orElse(Seeds.response(settings.seed(), -1, "serve", (int) number));
    var answer = new CompletionAnswer(settings.name(), tokenizer, request);
    int most = Math.min(context, request.maxTokens().orElse(context));
    long asked = (long) request.prompts().size() * request.n();
    if (asked > MOST_RESPONSES) {
      throw new UserError(
          "n, prompt: %,d responses are more than the %,d that one request may ask for"
              .formatted(asked, MOST_RESPONSES));
    }
    int total = (int) asked;
    var choices = new CompletionAnswer.Choice[total];
    var left = new AtomicInteger(total);
    List<EngineLoop.Job> jobs = new ArrayList<>();
    for (int p = 0; p < request.prompts().size(); p++) {
      int[] prompt = ids(request.prompts().get(p), shape);
      var sampling =
          new Sampling(
              request.temperature(), most, 0, 0, 0, Truncation.NONE, List.of(), request.stopIds());
      for (int i = 0; i < request.n(); i++) {
        int at = p * request.n() + i;
        long ofResponse = Seeds.response(seed, -1, "", at);
        var wanted = new DecodeRequest(number + "/" + at, i, prompt, ofResponse);
        jobs.add(
            new EngineLoop.Job(
                sampling,
                wanted,
                decoded -> {
                  choices[at] = kept(answer, decoded, request.temperature());
                  if (left.decrementAndGet() == 0) {
                    client.reply(Reply.of(200, answer.json("cmpl-" + number, List.of(choices))));
                  }
                },
                failure -> client.reply(refusal(503, String.valueOf(failure.getMessage())))));
      }
    }
    return jobs;
  }

  private CompletionAnswer.Choice kept(
      CompletionAnswer answer, Decoded decoded, double temperature) {
    CompletionAnswer.Choice choice = answer.choice(decoded);
    var request = decoded.request();
    kept.ifPresent(
        file ->
            file.add(
                settings.name(),
                policy.version(),
                request.sample(),
                choice,
                temperature,
                request.seed()));
    return choice;
  }

  private int[] ids(CompletionRequest.Prompt prompt, ModelShape shape) {
    int[] ids;
    if (prompt instanceof CompletionRequest.Prompt.Text text) {
      ids = tokenizer.encodeText(text.text(), true);
    } else if (prompt instanceof CompletionRequest.Prompt.Messages messages) {
      ids = tokenizer.encodeMessages(messages.messages());
    } else {
      ids = ((CompletionRequest.Prompt.Ids) prompt).ids();
    }
    for (int id : ids) {
      if (id >= shape.tokens()) {
        throw new UserError(
            "prompt: the token id %d is beyond the policy's last, %d"
                .formatted(id, shape.tokens() - 1));
      }
    }
    if (ids.length == 0 || ids.length >= context) {
      throw new UserError(
          "prompt: it has %d tokens, 1 to %d are served".formatted(ids.length, context - 1));
    }
    return ids;
  }

  /**
   * Ends the service in good order: takes nothing more, and lets what runs and waits come to its
   * end.
   *
   * @param seconds for that; what is left then is told that the service ends
   */
  public synchronized void drain(double seconds) {
    try {
      http.endTaking();
      reader.shutdown();
      reader.awaitTermination(1, TimeUnit.SECONDS);
      engine.drain(seconds);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      http.close();
      lease.close();
      kept.ifPresent(KeptResponses::close);
    }
  }

  /** Ends it at once. */
  @Override
  public void close() {
    drain(0);
  }
}
