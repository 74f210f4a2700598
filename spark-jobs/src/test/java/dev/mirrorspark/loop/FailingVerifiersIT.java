package dev.mirrorspark.loop;

import static org.apache.spark.sql.functions.col;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.decode.LocalSpark;
import dev.mirrorspark.prompts.PromptImport;
import dev.mirrorspark.rapids.StagePlans;
import dev.mirrorspark.report.Progress;
import dev.mirrorspark.reward.RuleVerifier;
import dev.mirrorspark.reward.Verdict;
import dev.mirrorspark.reward.Verifier;
import dev.mirrorspark.table.EvalResults;
import dev.mirrorspark.table.Iterations;
import dev.mirrorspark.table.Iterations.Metrics;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.Rewards;
import dev.mirrorspark.table.TableSchema;
import dev.mirrorspark.table.TrainingSet;
import dev.mirrorspark.table.Trajectories;
import dev.mirrorspark.table.Warehouse;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A training run whose problems go by their domain to a verifier that hangs on some responses, one
 * that throws on some, and an endpoint that fails every second request.
 */
class FailingVerifiersIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final ExecutorService THREADS = Executors.newCachedThreadPool();
  private static final AtomicInteger REQUESTS = new AtomicInteger();
  private static final AtomicInteger FAILED = new AtomicInteger();
  private static final AtomicInteger WITHOUT_TOKEN = new AtomicInteger();

  /** Any variable will do that is set everywhere, to something that stands nowhere else. */
  private static final String TOKEN = System.getenv("PATH");

  /** By domain; fewer that hang than make a task give the verifier up. */
  private static final Map<String, Integer> PROBLEMS = Map.of("slow", 2, "rude", 4, "remote", 6);

  /** What fails of each response on its first requests: two attempts are made. */
  private static final int[] FAILURES = {0, 1, 2, 0};

  @TempDir private static Path folder;
  private static SparkSession spark;
  private static HttpServer server;
  private static Session session;
  private static StagePlans plans;
  private static Logged logged;
  private static String endpoint;
  private static int requests;
  private static int failed;

  @BeforeAll
  static void train() throws IOException {
    spark = LocalSpark.open();
    plans = StagePlans.beside(spark);
    spark = plans.session();
    logged = Logged.everything();
    TinyRun.write(folder);
    for (String domain : PROBLEMS.keySet()) {
      var problems = new StringBuilder();
      for (int i = 0; i < PROBLEMS.get(domain); i++) {
        problems.append("{\"prompt\": \"%s=%d;?\", \"answer\": \"1\"}%n".formatted(domain, i));
      }
      Files.writeString(folder.resolve(domain + ".jsonl"), problems);
    }
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(THREADS);
    Map<String, AtomicInteger> tries = new ConcurrentHashMap<>();
    server.createContext("/judge", exchange -> judge(exchange, tries));
    server.start();
    endpoint = "http://127.0.0.1:%d/judge".formatted(server.getAddress().getPort());
    var config =
        TinyRun.config(
            folder,
            "prompts.imports.0={file: %s/slow.jsonl, domain: slow, answer_type: integer}"
                .formatted(folder),
            "prompts.imports.3={file: %s/rude.jsonl, domain: rude, answer_type: integer}"
                .formatted(folder),
            "prompts.imports.4={file: %s/remote.jsonl, domain: remote, answer_type: integer}"
                .formatted(folder),
            "prompts.imports.1.domain=remote",
            "train.prompts_per_iteration=12",
            "reward.routes.0={domain: slow, verifier: hanging}",
            "reward.routes.1={domain: rude, answer_type: integer, verifier: throwing}",
            "reward.routes.2={domain: remote, url: '%s?key=hidden', token_env: PATH}"
                .formatted(endpoint),
            "reward.seconds=4",
            "reward.http={attempts: 2, backoff_seconds: 0.01}",
            "reward.audit={verifier: rule, share: 0.5}");
    session =
        new Session(spark, Warehouse.open(spark, config.warehouse()), config, Progress.silent());
    PromptImport.importAll(
        spark, session.warehouse(), config, Set.of("integer")); // the routes' too
    SftRun.run(session);
    TrainingRun.run(session);
    requests = REQUESTS.get();
    failed = FAILED.get();
  }

  @AfterAll
  static void stop() {
    server.stop(0);
    THREADS.shutdownNow();
    spark.stop();
    logged.close();
  }

  /** Judges by the rule what it does not fail on. */
  private static void judge(HttpExchange exchange, Map<String, AtomicInteger> tries)
      throws IOException {
    try (exchange) {
      var json = JSON.readTree(exchange.getRequestBody().readAllBytes());
      int sample = json.get("sample").intValue();
      String response = json.get("response").textValue();
      String key = json.get("prompt_id") + " " + sample + " " + response.hashCode();
      int request = tries.computeIfAbsent(key, k -> new AtomicInteger()).getAndIncrement();
      REQUESTS.incrementAndGet();
      if (!("Bearer " + TOKEN).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
        WITHOUT_TOKEN.incrementAndGet();
      }
      if (request % 2 < FAILURES[sample]) {
        FAILED.incrementAndGet();
        exchange.sendResponseHeaders(503, -1);
        return;
      }
      Verifier rule = new RuleVerifier();
      Verdict verdict;
      try {
        verdict = rule.verify(json.get("answer").textValue(), "integer", response);
      } catch (Exception e) {
        throw new IOException(e);
      }
      byte[] reply =
          "{\"verdict\": \"%s\"}"
              .formatted(verdict.outcome().label())
              .getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(200, reply.length);
      exchange.getResponseBody().write(reply);
    }
  }

  @Test
  void theRunGoesOnAndCountsErrorsByVerifierAndCause() {
    var iterations = ofRun(Iterations.TABLE).stream().map(Metrics::from).toList();
    assertEquals(2, iterations.size());
    for (Metrics m : iterations) {
      Map<String, Integer> expected = new TreeMap<>();
      for (Row row : ofRun(Rewards.TABLE)) {
        if (row.<Integer>getAs(Rewards.ITERATION) == m.iteration()
            && row.getAs(Rewards.VERDICT).equals("error")) {
          String key = row.getAs(Rewards.VERIFIER) + ": " + row.getAs(Rewards.CAUSE);
          expected.merge(key, 1, Integer::sum);
        }
      }
      assertEquals(expected, new TreeMap<>(m.verifierErrors()));
      assertEquals(m.errors(), m.verifierErrors().values().stream().mapToInt(n -> n).sum());
      assertEquals(m.errors(), m.rejected().get("error"));
      assertEquals(
          Set.of("hanging: timeout", "throwing: exception", endpoint + ": unavailable"),
          m.verifierErrors().keySet());
      assertTrue(m.verifierErrors().values().stream().allMatch(n -> n <= 6), m.toString());
      assertTrue(m.keptFraction() > 0, "nothing to train on: " + m);
      assertTrue(m.audited() > 0 && m.audited() <= 48 - m.errors(), m.toString());
      assertEquals(1.0, m.auditAgreement(), "all judge by the rule");
    }
    System.out.printf("endpoint: %d of %d requests failed%n", failed, requests);
    assertTrue(failed * 5 >= requests * 2, failed + " of " + requests);
  }

  @Test
  void theTokenStandsInRequestsAndNowhereElse() throws IOException {
    assertTrue(REQUESTS.get() > 0);
    assertEquals(0, WITHOUT_TOKEN.get());
    for (TableSchema table : Warehouse.TABLES) {
      for (String row : session.warehouse().read(table).toJSON().collectAsList()) {
        assertFalse(row.contains(TOKEN), table.name());
      }
    }
    try (var files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String bytes = Files.readString(file, StandardCharsets.ISO_8859_1);
        assertFalse(bytes.contains(TOKEN), file.toString());
      }
    }
    assertFalse(RunFile.toYaml(session.config()).contains(TOKEN));
    var queries = plans.queries();
    assertTrue(queries.size() > 20, "queries: " + queries.size());
    queries.forEach(query -> assertFalse(query.plan().toString().contains(TOKEN), query.place()));
    assertTrue(logged.lines().size() > 100, "lines: " + logged.lines().size());
    logged.lines().forEach(line -> assertFalse(line.contains(TOKEN), line));
    ProcessHandle.current()
        .info()
        .arguments()
        .ifPresent(arguments -> assertFalse(List.of(arguments).toString().contains(TOKEN)));
  }

  @Test
  void nothingIsScoredZeroByAccident() {
    Map<String, String> texts =
        ofRun(Trajectories.TABLE).stream()
            .collect(Collectors.toMap(FailingVerifiersIT::key, FailingVerifiersIT::said));
    var rewards = ofRun(Rewards.TABLE);
    assertEquals(2 * 12 * 4, rewards.size());
    for (Row row : rewards) {
      String verdict = row.getAs(Rewards.VERDICT);
      int sample = row.getAs(Rewards.SAMPLE);
      String verifier = row.getAs(Rewards.VERIFIER);
      boolean ended = !texts.get(key(row)).startsWith("cut");
      boolean fails = sample == (verifier.equals(endpoint) ? 2 : Moody.BAD_SAMPLE);
      if (ended && fails) {
        assertEquals("error", verdict, row.toString());
        assertNull(row.getAs(Rewards.RAW));
        assertNull(row.getAs(Rewards.TOTAL));
      } else {
        var rule = new RuleVerifier().verify("1", "integer", texts.get(key(row)));
        boolean right = ended && rule.outcome() == Verdict.Outcome.CORRECT;
        assertEquals(right ? "correct" : "wrong", verdict, row.toString());
        assertEquals(right ? 1.0 : 0.0, row.<Double>getAs(Rewards.TOTAL));
        assertNull(row.getAs(Rewards.CAUSE));
      }
      assertFalse(row.toString().contains("hidden"), row.toString());
    }
  }

  @Test
  void theBaselineOfAGroupWithAnErrorIsThatOfTheOthers() {
    Map<String, List<Double>> groups = new HashMap<>();
    Map<String, Double> totals = new HashMap<>();
    for (Row row : ofRun(Rewards.TABLE)) {
      Double total = row.getAs(Rewards.TOTAL);
      if (total != null) {
        groups.computeIfAbsent(group(row), key -> new ArrayList<>()).add(total);
        totals.put(key(row), total);
      }
    }
    int withError = 0;
    for (Row row : ofRun(TrainingSet.TABLE)) {
      if (row.<Boolean>getAs(TrainingSet.KEPT)) {
        var others = groups.get(group(row));
        double mean = others.stream().mapToDouble(r -> r).sum() / others.size();
        assertEquals(totals.get(key(row)) - mean, row.<Double>getAs(TrainingSet.ADVANTAGE), 1e-12);
        withError += others.size() < 4 ? 1 : 0;
      } else if (!totals.containsKey(key(row))) {
        assertEquals("error", row.getAs(TrainingSet.REJECTED_BECAUSE));
      }
    }
    assertTrue(withError > 0, "no group with an error trained");
  }

  /** Held-out problems are of the endpoint's domain; greedy responses have index 0. */
  @Test
  void evaluationGoesTheSameWay() {
    int before = REQUESTS.get();
    EvaluationRun.run(session, OptionalInt.empty());
    var results = ofRun(EvalResults.TABLE);
    assertEquals(2 * 8, results.size());
    assertTrue(REQUESTS.get() > before, "the endpoint was asked");
    assertEquals(
        8,
        session
            .warehouse()
            .read(Prompts.TABLE)
            .where(col(Prompts.SPLIT).equalTo("heldout"))
            .where(col(Prompts.DOMAIN).equalTo("remote"))
            .count());
  }

  private static String said(Row row) {
    boolean ended = row.getAs(Trajectories.STOP_REASON).equals("stop");
    return (ended ? "" : "cut ") + row.getAs(Trajectories.TEXT_OF_RESPONSE);
  }

  private static String group(Row row) {
    return row.getAs(Rewards.BORN) + " " + row.getAs(Rewards.PROMPT_ID);
  }

  private static String key(Row row) {
    return group(row) + " " + row.getAs(Rewards.SAMPLE);
  }

  private static List<Row> ofRun(TableSchema table) {
    return session
        .warehouse()
        .read(table)
        .where(col(TableSchema.RUN).equalTo(session.config().run()))
        .collectAsList();
  }
}
