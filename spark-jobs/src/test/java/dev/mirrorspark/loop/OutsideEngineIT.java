package dev.mirrorspark.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.decode.LocalSpark;
import dev.mirrorspark.files.Storage;
import dev.mirrorspark.policy.FolderWeights;
import dev.mirrorspark.policy.PolicyVersion;
import dev.mirrorspark.prompts.PromptImport;
import dev.mirrorspark.report.Progress;
import dev.mirrorspark.serve.ServedPolicy;
import dev.mirrorspark.table.Iterations;
import dev.mirrorspark.table.TableSchema;
import dev.mirrorspark.table.Trajectories;
import dev.mirrorspark.table.Warehouse;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rollouts by another engine over HTTP: the project's own service stands for it. */
class OutsideEngineIT {
  @TempDir private static Path folder;
  private static SparkSession spark;
  private static String start = "";

  @BeforeAll
  static void warmUp() {
    spark = LocalSpark.open();
    TinyRun.write(folder);
    start = SftRun.run(session("warm")).checkpoint();
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private static Session session(String run, String... more) {
    List<String> sets = new ArrayList<>(List.of(more));
    sets.addAll(List.of("run=" + run, "model.path=" + start, "warehouse=" + folder.resolve(run)));
    var config = TinyRun.config(folder, sets.toArray(String[]::new));
    var tables = Warehouse.open(spark, config.warehouse());
    PromptImport.importAll(spark, tables, config, Set.of("integer"));
    return new Session(spark, tables, config, Progress.silent());
  }

  /**
   * A server that is told over HTTP which folder to serve, and that can be dead until it is told
   * again.
   */
  private static final class Front implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    final HttpServer http;
    final List<String> loaded = new ArrayList<>();
    final AtomicInteger asked = new AtomicInteger();
    final int diesAt;
    private final HttpClient client = HttpClient.newHttpClient();
    private volatile Optional<ServedPolicy> behind = Optional.empty();

    Front(int diesAt) throws IOException {
      this.diesAt = diesAt;
      http = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
      http.setExecutor(Executors.newFixedThreadPool(40));
      http.createContext("/reload", this::reload);
      http.createContext("/v1", this::ask);
      http.start();
    }

    String address() {
      return "http://127.0.0.1:" + http.getAddress().getPort();
    }

    private synchronized void reload(HttpExchange exchange) throws IOException {
      JsonNode told = JSON.readTree(exchange.getRequestBody().readAllBytes());
      behind.ifPresent(ServedPolicy::close);
      String from = told.path("folder").asText();
      var storage = Storage.local();
      var weights = FolderWeights.of(storage, from, FolderWeights.digest(storage, from));
      var policy = new PolicyVersion(told.path("version").asInt(), storage, from, weights);
      behind = Optional.of(ServedPolicy.start(policy, told.path("model").asText(), 0));
      loaded.add(told.path("model").asText());
      reply(exchange, 200, "{}".getBytes());
    }

    private void ask(HttpExchange exchange) throws IOException {
      String path = exchange.getRequestURI().getPath();
      byte[] body = exchange.getRequestBody().readAllBytes();
      if (path.endsWith("completions") && asked.incrementAndGet() == diesAt) {
        behind.ifPresent(ServedPolicy::close);
        behind = Optional.empty();
      }
      if (behind.isEmpty()) {
        exchange.close(); // no answer: as if there were none
        return;
      }
      try {
        var request = HttpRequest.newBuilder(URI.create(behind.get().url() + path.substring(3)));
        var sent =
            body.length == 0 ? request : request.POST(HttpRequest.BodyPublishers.ofByteArray(body));
        var got = client.send(sent.build(), HttpResponse.BodyHandlers.ofByteArray());
        reply(exchange, got.statusCode(), got.body());
      } catch (IOException gone) {
        exchange.close();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    private static void reply(HttpExchange exchange, int status, byte[] body) throws IOException {
      exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
      exchange.getResponseBody().write(body);
      exchange.close();
    }

    @Override
    public void close() {
      http.stop(0);
      behind.ifPresent(ServedPolicy::close);
    }
  }

  private static Session by(Front front, String run, String... more) {
    List<String> sets = new ArrayList<>(List.of(more));
    sets.addAll(
        List.of(
            "rollout.engine.kind=openai",
            "rollout.engine.urls=[" + front.address() + "/v1]",
            "rollout.engine.reload.post=" + front.address() + "/reload",
            "rollout.engine.reload.body={\"folder\":\"{folder}\",\"version\":{version},\"model\":\"{model}\"}",
            "rollout.engine.http.backoff_seconds=0.2"));
    return session(run, sets.toArray(String[]::new));
  }

  private static List<Row> rows(Session session, TableSchema table) {
    return session
        .warehouse()
        .read(table)
        .where("run = '" + session.config().run() + "'")
        .collectAsList();
  }

  /**
   * The engine dies in the middle of the second rollout, is told again, and the run goes on; what
   * the first rollout put off goes on there from its tokens.
   */
  @Test
  void aRunGoesOnThoughItsEngineDies() throws IOException {
    try (var front = new Front(32 + 10)) {
      Session session = by(front, "dies", "rollout.budget=3");
      TrainingRun.run(session);
      assertEquals(
          List.of("dies-0", "dies-1", "dies-1"),
          front.loaded.stream().map(name -> name.substring(0, name.lastIndexOf('-'))).toList());
      assertEquals(2, Set.copyOf(front.loaded).size(), "a name for each version's weights");
      var sampled = rows(session, Trajectories.TABLE);
      assertTrue(sampled.size() > 2 * 8 * 4, sampled.size() + " segments");
      int goneOn = 0;
      for (Row row : sampled) {
        int iteration = row.getAs(Trajectories.ITERATION);
        assertEquals(iteration, row.<Integer>getAs(Trajectories.POLICY_VERSION));
        int tokens = row.getAs(Trajectories.TOKENS);
        String reason = row.getAs(Trajectories.STOP_REASON);
        assertTrue(reason.equals("budget") ? tokens == 3 : tokens <= 3, row + "");
        goneOn += row.<Integer>getAs(Trajectories.SEGMENT) == 1 ? 1 : 0;
      }
      assertTrue(goneOn > 0, "some response goes on");
      var trained =
          rows(session, Iterations.TABLE).stream()
              .map(Iterations.Metrics::from)
              .filter(m -> !Double.isNaN(m.loss()))
              .toList();
      assertTrue(!trained.isEmpty());
      for (var m : trained) {
        assertTrue(m.logprobGapMean() < 1e-5, "the same arithmetic: " + m.logprobGapMean());
        assertEquals(1, m.weightMean(), 1e-4);
        assertEquals(0, m.weightCut());
      }
    }
  }

  @Test
  void aServerOfAnotherPolicyIsRefusedByName() throws IOException {
    try (var other =
        ServedPolicy.start(
            LocalPolicy.named(Storage.local(), TinyRun.config(folder), "-", start), "other-9", 0)) {
      for (String url : List.of(other.url(), "http://127.0.0.1:1/v1")) {
        Session session =
            session(
                "refused",
                "rollout.engine.kind=openai",
                "rollout.engine.urls=[" + url + "]",
                "rollout.engine.reload.seconds=0.3");
        var fault = assertThrows(UserError.class, () -> TrainingRun.run(session));
        assertTrue(fault.getMessage().contains(url), fault.getMessage());
        assertTrue(fault.getMessage().contains("refused-0"), fault.getMessage());
        assertTrue(
            fault.getMessage().contains(url.contains(":1/") ? "cannot be reached" : "[other-9"),
            fault.getMessage());
      }
    }
  }
}
