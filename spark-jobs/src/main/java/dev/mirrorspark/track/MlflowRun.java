package dev.mirrorspark.track;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mirrorspark.table.Iterations.Metrics;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * A run of an MLflow tracking server, over its REST API 2.0: experiment, run, parameters, a metric
 * a figure with the iteration as its step, the newest checkpoint as tags, and the report as an
 * artifact where the server takes artifacts itself ({@code mlflow-artifacts:}). A process that goes
 * on with a run finds it by its tags.
 */
final class MlflowRun implements Tracker {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String API = "/api/2.0/mlflow/";
  private static final String PROXY = "mlflow-artifacts:/";
  private static final String RUN = "mirrorspark.run";
  private static final String WAREHOUSE = "mirrorspark.warehouse";

  /** Of MLflow: parameters in a batch, and characters of a value. */
  private static final int BATCH = 100;

  private static final int VALUE = 500;

  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();
  private final String address;
  private final String experiment;
  private final Optional<String> token;
  private final String run;
  private final String warehouse;
  private Optional<String> id = Optional.empty();
  private String artifacts = "";

  MlflowRun(
      String address, String experiment, Optional<String> token, String run, String warehouse) {
    this.address = address.replaceAll("/+$", "");
    this.experiment = experiment;
    this.token = token;
    this.run = run;
    this.warehouse = warehouse;
  }

  @Override
  public String name() {
    return "MLflow at " + address;
  }

  @Override
  public boolean start(Map<String, String> settings) throws IOException, InterruptedException {
    String experimentId = experimentId();
    Optional<JsonNode> known = known(experimentId);
    if (known.isPresent()) {
      remember(known.get());
      post("runs/update", ofRun().put("status", "RUNNING"));
      return false;
    }
    ObjectNode create = JSON.createObjectNode();
    create.put("experiment_id", experimentId).put("run_name", run);
    create.put("start_time", System.currentTimeMillis());
    ArrayNode tags = create.putArray("tags");
    pair(tags, RUN, run);
    pair(tags, WAREHOUSE, warehouse);
    remember(post("runs/create", create).path("run"));
    parameters(settings);
    return true;
  }

  private void remember(JsonNode found) throws IOException {
    String runId = found.path("info").path("run_id").asText();
    if (runId.isEmpty()) {
      throw new IOException("the server's answer has no run_id");
    }
    id = Optional.of(runId);
    artifacts = found.path("info").path("artifact_uri").asText();
  }

  private String experimentId() throws IOException, InterruptedException {
    String query =
        "?experiment_name="
            + URLEncoder.encode(experiment, StandardCharsets.UTF_8).replace("+", "%20");
    HttpResponse<String> found = send(request("experiments/get-by-name" + query).GET().build());
    if (found.statusCode() == 200) {
      return JSON.readTree(found.body()).path("experiment").path("experiment_id").asText();
    }
    if (found.statusCode() != 404) {
      throw refused("experiments/get-by-name", found);
    }
    ObjectNode create = JSON.createObjectNode().put("name", experiment);
    return post("experiments/create", create).path("experiment_id").asText();
  }

  private Optional<JsonNode> known(String experimentId) throws IOException, InterruptedException {
    ObjectNode search = JSON.createObjectNode().put("max_results", 1);
    search.putArray("experiment_ids").add(experimentId);
    search.put(
        "filter",
        "tags.`%s` = '%s' AND tags.`%s` = '%s'"
            .formatted(RUN, run, WAREHOUSE, warehouse.replace("'", "")));
    return Optional.ofNullable(post("runs/search", search).path("runs").get(0));
  }

  private void parameters(Map<String, String> settings) throws IOException, InterruptedException {
    ObjectNode batch = ofRun();
    ArrayNode list = batch.putArray("params");
    for (var setting : settings.entrySet()) {
      String value = setting.getValue();
      String key = setting.getKey().replaceAll("[^A-Za-z0-9_./ -]", "_");
      pair(list, key, value.length() > VALUE ? value.substring(0, VALUE) : value);
      if (list.size() == BATCH) {
        post("runs/log-batch", batch);
        batch = ofRun();
        list = batch.putArray("params");
      }
    }
    if (!list.isEmpty()) {
      post("runs/log-batch", batch);
    }
  }

  @Override
  public void iteration(Metrics metrics, String checkpoint)
      throws IOException, InterruptedException {
    ObjectNode batch = ofRun();
    ArrayNode list = batch.putArray("metrics");
    long time = metrics.finishedAt().toEpochMilli();
    TrackedFigures.of(metrics)
        .forEach(
            (name, value) ->
                list.addObject()
                    .put("key", name)
                    .put("value", value)
                    .put("timestamp", time)
                    .put("step", metrics.iteration()));
    ArrayNode tags = batch.putArray("tags");
    pair(tags, "mirrorspark.checkpoint", checkpoint);
    pair(tags, "mirrorspark.iteration", Integer.toString(metrics.iteration()));
    post("runs/log-batch", batch);
  }

  @Override
  public void report(String html) throws IOException, InterruptedException {
    if (!artifacts.startsWith(PROXY)) {
      return; // the artifacts lie in a store of their own, which takes other keys
    }
    String path = artifacts.substring(PROXY.length()).replaceFirst("^/+[^/]*:\\d+/", "");
    String target =
        address
            + "/api/2.0/mlflow-artifacts/artifacts/"
            + path.replaceAll("^/+", "")
            + "/report.html";
    var put =
        authorized(HttpRequest.newBuilder(URI.create(target)))
            .timeout(Duration.ofSeconds(30))
            .header("Content-Type", "text/html")
            .PUT(BodyPublishers.ofString(html))
            .build();
    HttpResponse<String> answer = send(put);
    if (answer.statusCode() != 200) {
      throw refused("the report as an artifact", answer);
    }
  }

  @Override
  public void end(boolean finished) throws IOException, InterruptedException {
    if (id.isPresent()) {
      post(
          "runs/update",
          ofRun()
              .put("status", finished ? "FINISHED" : "FAILED")
              .put("end_time", System.currentTimeMillis()));
    }
  }

  private ObjectNode ofRun() throws IOException {
    return JSON.createObjectNode()
        .put("run_id", id.orElseThrow(() -> new IOException("the run could not be created")));
  }

  private static void pair(ArrayNode list, String key, String value) {
    list.addObject().put("key", key).put("value", value);
  }

  private HttpRequest.Builder request(String call) {
    return authorized(HttpRequest.newBuilder(URI.create(address + API + call)))
        .timeout(Duration.ofSeconds(10));
  }

  private HttpRequest.Builder authorized(HttpRequest.Builder request) {
    token.ifPresent(secret -> request.header("Authorization", "Bearer " + secret));
    return request;
  }

  private JsonNode post(String call, ObjectNode body) throws IOException, InterruptedException {
    HttpResponse<String> answer =
        send(
            request(call)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body.toString()))
                .build());
    if (answer.statusCode() != 200) {
      throw refused(call, answer);
    }
    return JSON.readTree(answer.body());
  }

  private HttpResponse<String> send(HttpRequest request) throws IOException, InterruptedException {
    return client.send(request, BodyHandlers.ofString());
  }

  private static IOException refused(String call, HttpResponse<String> answer) {
    String body = answer.body().strip().lines().findFirst().orElse("");
    return new IOException(
        "%s: status %d %s"
            .formatted(call, answer.statusCode(), body.substring(0, Math.min(200, body.length()))));
  }
}
