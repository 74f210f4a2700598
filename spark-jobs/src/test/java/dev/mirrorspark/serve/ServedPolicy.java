package dev.mirrorspark.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.http.HttpServer;
import dev.mirrorspark.policy.PolicyVersion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A policy that is served in this process, and a client of it. */
public final class ServedPolicy implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final PolicyServer server;
  private final Optional<String> token;
  private final HttpClient client = HttpClient.newHttpClient();

  /** An answer: its status and what it says. */
  public record Said(int status, JsonNode json) {}

  private ServedPolicy(PolicyServer server, Optional<String> token) {
    this.server = server;
    this.token = token;
  }

  /** Serves it, on any port that is free where {@code port} is 0. */
  public static ServedPolicy start(PolicyVersion policy, String name, int port) {
    return start(policy, name, port, 4, 1000, Optional.empty(), Optional.empty());
  }

  static ServedPolicy start(
      PolicyVersion policy,
      String name,
      int port,
      int slots,
      int queue,
      Optional<String> token,
      Optional<Path> keep) {
    var place = RunFile.parse("", List.of()).model();
    var http = new HttpServer.Settings("127.0.0.1", port, token, "TOKEN", 64);
    var settings = new PolicyServer.Settings(name, place, Integer.MAX_VALUE, slots, queue, 7, http);
    return new ServedPolicy(PolicyServer.start(policy, settings, keep), token);
  }

  /** Its address up to {@code /v1}. */
  public String url() {
    return "http://127.0.0.1:" + server.port() + "/v1";
  }

  PolicyServer server() {
    return server;
  }

  HttpRequest.Builder request(String path) {
    var builder = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path));
    token.ifPresent(t -> builder.header("Authorization", "Bearer " + t));
    return builder;
  }

  Said get(String path) {
    return said(request(path).GET().build());
  }

  /** Posts JSON in which single quotes stand for double ones. */
  Said post(String path, String json) {
    return said(posted(path, json));
  }

  HttpRequest posted(String path, String json) {
    return request(path).POST(HttpRequest.BodyPublishers.ofString(json.replace('\'', '"'))).build();
  }

  Said said(HttpRequest request) {
    try {
      return said(client.send(request, HttpResponse.BodyHandlers.ofByteArray()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  static Said said(HttpResponse<byte[]> reply) {
    try {
      return new Said(reply.statusCode(), JSON.readTree(reply.body()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  HttpClient client() {
    return client;
  }

  @Override
  public void close() {
    server.close();
  }
}
