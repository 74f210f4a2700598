package dev.mirrorspark.sandbox;

import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** What the service is asked for. */
enum ServicePath {
  /** A program and how it is checked, in this service's own form. */
  RUN("POST", "/run"),
  /** A program that is run once, in SandboxFusion's form. */
  RUN_CODE("POST", "/run_code"),
  /** A completion with a program and its problem, in SandboxFusion's form. */
  SUBMIT("POST", "/submit"),
  /** How the service stands. */
  HEALTH("GET", "/health"),
  /** Whether it stands, in SandboxFusion's form. */
  PING("GET", "/v1/ping");

  private final HttpMethod method;
  private final String path;

  ServicePath(String method, String path) {
    this.method = HttpMethod.valueOf(method);
    this.path = path;
  }

  HttpMethod method() {
    return method;
  }

  /** Whether it has a program run, and waits for its turn. */
  boolean runs() {
    return method.equals(HttpMethod.POST);
  }

  static Optional<ServicePath> of(HttpRequest request) {
    String path = request.uri().split("\\?", 2)[0];
    return Arrays.stream(values()).filter(endpoint -> endpoint.path.equals(path)).findFirst();
  }

  /** All in words. */
  static String all() {
    return Arrays.stream(values())
        .map(endpoint -> endpoint.method + " " + endpoint.path)
        .collect(Collectors.joining(", "));
  }
}
