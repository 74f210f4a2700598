package dev.mirrorspark.sandbox;

import dev.mirrorspark.http.ServedPath;
import java.util.Arrays;
import java.util.List;

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

  private final ServedPath served;

  ServicePath(String method, String path) {
    this.served = new ServedPath(method, path);
  }

  /** Whether it has a program run, and waits for its turn. */
  boolean runs() {
    return served.method().equals("POST");
  }

  static ServicePath of(ServedPath served) {
    return Arrays.stream(values()).filter(p -> p.served.equals(served)).findFirst().orElseThrow();
  }

  /** All of them. */
  static List<ServedPath> all() {
    return Arrays.stream(values()).map(path -> path.served).toList();
  }
}
