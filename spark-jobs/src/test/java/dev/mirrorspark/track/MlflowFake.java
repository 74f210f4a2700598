package dev.mirrorspark.track;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Stands for an MLflow tracking server: takes the calls of its REST API 2.0 that its documentation
 * describes, refuses what the documentation forbids, and remembers the rest.
 */
final class MlflowFake implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  final List<String> calls = Collections.synchronizedList(new ArrayList<>());
  final Map<String, String> experiments = new TreeMap<>();
  final Map<String, ObjectNode> runs = new LinkedHashMap<>();
  final Map<String, String> params = new TreeMap<>();

  /** Values by metric and step. */
  final Map<String, Map<Long, Double>> metrics = new TreeMap<>();

  final Map<String, String> tags = new TreeMap<>();
  final Map<String, String> artifacts = new TreeMap<>();
  private final HttpServer server;
  private final Optional<String> token;

  /** A status that every call is answered with; 0: as it should be. */
  volatile int broken;

  MlflowFake(Optional<String> token) throws IOException {
    this.token = token;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::handle);
    server.start();
  }

  String address() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  private void handle(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    calls.add(exchange.getRequestMethod() + " " + path);
    int status = 200;
    JsonNode answer = JSON.createObjectNode();
    try {
      if (token.isPresent()
          && !("Bearer " + token.get())
              .equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
        throw new Refused(401, "UNAUTHENTICATED");
      }
      if (broken != 0) {
        throw new Refused(broken, "INTERNAL_ERROR");
      }
      answer = answered(exchange, path, body);
    } catch (Refused refused) {
      status = refused.status;
      answer = JSON.createObjectNode().put("error_code", refused.getMessage());
    }
    byte[] bytes = answer.toString().getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private static final class Refused extends IOException {
    private static final long serialVersionUID = 1;
    private final int status;

    Refused(int status, String code) {
      super(code);
      this.status = status;
    }
  }

  private synchronized JsonNode answered(HttpExchange exchange, String path, String body)
      throws IOException {
    String method = exchange.getRequestMethod();
    String artifactPath = "/api/2.0/mlflow-artifacts/artifacts/";
    if (method.equals("PUT") && path.startsWith(artifactPath)) {
      artifacts.put(path.substring(artifactPath.length()), body);
      return JSON.createObjectNode();
    }
    String query = exchange.getRequestURI().getQuery();
    if (method.equals("GET") && path.equals("/api/2.0/mlflow/experiments/get-by-name")) {
      String id = experiments.get(query.substring("experiment_name=".length()));
      if (id == null) {
        throw new Refused(404, "RESOURCE_DOES_NOT_EXIST");
      }
      ObjectNode found = JSON.createObjectNode();
      found.putObject("experiment").put("experiment_id", id);
      return found;
    }
    if (!method.equals("POST")
        || !"application/json".equals(exchange.getRequestHeaders().getFirst("Content-Type"))) {
      throw new Refused(405, "BAD_REQUEST");
    }
    JsonNode asked = JSON.readTree(body);
    return switch (path) {
      case "/api/2.0/mlflow/experiments/create" -> createExperiment(asked);
      case "/api/2.0/mlflow/runs/search" -> search(asked);
      case "/api/2.0/mlflow/runs/create" -> createRun(asked);
      case "/api/2.0/mlflow/runs/update" -> update(asked);
      case "/api/2.0/mlflow/runs/log-batch" -> logBatch(asked);
      default -> throw new Refused(404, "ENDPOINT_NOT_FOUND");
    };
  }

  private static String text(JsonNode node, String field) throws Refused {
    JsonNode value = node.path(field);
    if (!value.isTextual() || value.textValue().isEmpty()) {
      throw new Refused(400, "INVALID_PARAMETER_VALUE");
    }
    return value.textValue();
  }

  private static void require(boolean allowed) throws Refused {
    if (!allowed) {
      throw new Refused(400, "INVALID_PARAMETER_VALUE");
    }
  }

  private JsonNode createExperiment(JsonNode asked) throws Refused {
    String id = Integer.toString(experiments.size() + 1);
    if (experiments.putIfAbsent(text(asked, "name"), id) != null) {
      throw new Refused(400, "RESOURCE_ALREADY_EXISTS");
    }
    return JSON.createObjectNode().put("experiment_id", id);
  }

  private JsonNode search(JsonNode asked) throws Refused {
    require(asked.path("experiment_ids").isArray());
    String filter = text(asked, "filter");
    ObjectNode found = JSON.createObjectNode();
    var list = found.putArray("runs");
    boolean matches =
        !runs.isEmpty()
            && filter.equals(
                "tags.`mirrorspark.run` = '%s' AND tags.`mirrorspark.warehouse` = '%s'"
                    .formatted(tags.get("mirrorspark.run"), tags.get("mirrorspark.warehouse")));
    if (matches) {
      list.add(runs.values().iterator().next());
    }
    return found;
  }

  private JsonNode createRun(JsonNode asked) throws Refused {
    require(experiments.containsValue(text(asked, "experiment_id")));
    require(asked.path("start_time").isIntegralNumber());
    pairs(asked.path("tags"), tags, 250, 5000);
    String id = "%032x".formatted(runs.size() + 1);
    ObjectNode run = JSON.createObjectNode();
    run.putObject("info")
        .put("run_id", id)
        .put("run_name", text(asked, "run_name"))
        .put("status", "RUNNING")
        .put("artifact_uri", "mlflow-artifacts:/1/" + id + "/artifacts");
    runs.put(id, run);
    ObjectNode answer = JSON.createObjectNode();
    answer.set("run", run);
    return answer;
  }

  private ObjectNode info(JsonNode asked) throws Refused {
    ObjectNode run = runs.get(text(asked, "run_id"));
    if (run == null) {
      throw new Refused(404, "RESOURCE_DOES_NOT_EXIST");
    }
    return (ObjectNode) run.path("info");
  }

  private JsonNode update(JsonNode asked) throws Refused {
    String status = text(asked, "status");
    require(List.of("RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED").contains(status));
    info(asked).put("status", status);
    return JSON.createObjectNode();
  }

  private JsonNode logBatch(JsonNode asked) throws Refused {
    info(asked);
    int all =
        asked.path("metrics").size() + asked.path("params").size() + asked.path("tags").size();
    require(all <= 1000 && asked.path("params").size() <= 100 && asked.path("tags").size() <= 100);
    Map<String, String> given = new TreeMap<>();
    pairs(asked.path("params"), given, 250, 500);
    for (var param : given.entrySet()) {
      require(param.getValue().equals(params.getOrDefault(param.getKey(), param.getValue())));
    }
    params.putAll(given);
    pairs(asked.path("tags"), tags, 250, 5000);
    for (JsonNode metric : asked.path("metrics")) {
      require(text(metric, "key").matches("[\\w./ -]{1,250}") && metric.path("value").isNumber());
      require(
          metric.path("timestamp").isIntegralNumber() && metric.path("step").isIntegralNumber());
      metrics
          .computeIfAbsent(metric.path("key").textValue(), key -> new TreeMap<>())
          .put(metric.path("step").longValue(), metric.path("value").doubleValue());
    }
    return JSON.createObjectNode();
  }

  private static void pairs(JsonNode list, Map<String, String> into, int key, int value)
      throws Refused {
    for (JsonNode pair : list) {
      String name = text(pair, "key");
      require(name.matches("[\\w./ -]+") && name.length() <= key);
      require(pair.path("value").isTextual() && pair.path("value").textValue().length() <= value);
      into.put(name, pair.path("value").textValue());
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
