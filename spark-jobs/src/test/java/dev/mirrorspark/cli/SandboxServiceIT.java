package dev.mirrorspark.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mirrorspark.sandbox.Sandboxes;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The service as a process of its own: under load, ended in good order, and killed. */
class SandboxServiceIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern PORT = Pattern.compile("serving http://127.0.0.1:(\\d+) ");

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  @TempDir Path folder;
  private Process service;
  private int port;

  @BeforeAll
  static void thereIsASandbox() throws InterruptedException {
    Sandboxes.start().close();
  }

  @AfterEach
  void stop() throws InterruptedException {
    if (service != null) {
      service.destroy();
      assertTrue(service.waitFor(30, TimeUnit.SECONDS), "it ends");
    }
  }

  private void serve(String... options) throws IOException {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
    Path arguments = folder.resolve("arguments");
    Files.writeString(arguments, "-cp \"" + System.getProperty("java.class.path") + "\"");
    List<String> words =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-Xmx512m",
                "-XX:TieredStopAtLevel=1",
                "-Djava.io.tmpdir=" + Files.createDirectories(folder.resolve("tmp")),
                "@" + arguments,
                "dev.mirrorspark.cli.Mirrorspark"));
    words.addAll(List.of("sandbox", "serve", "--port", "0", "--set", "sandbox.slots=2"));
    words.addAll(
        List.of(
            "--set",
            "sandbox.allow_missing=[seccomp, rlimits, uid_switch, memory_cgroup, pids_cgroup]"));
    words.addAll(List.of(options));
    service = new ProcessBuilder(words).redirectErrorStream(true).start();
    var lines = new BufferedReader(new InputStreamReader(service.getInputStream()));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      var found = PORT.matcher(line);
      if (found.find()) {
        port = Integer.parseInt(found.group(1));
        return;
      }
      System.out.println(line);
    }
    throw new AssertionError("the service has ended");
  }

  private static String program(String language, String source) throws IOException {
    return JSON.writeValueAsString(Map.of("language", language, "source", source));
  }

  private CompletableFuture<HttpResponse<String>> post(String path, String body) {
    return client.sendAsync(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private JsonNode health() throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/health"))
            .timeout(Duration.ofSeconds(5))
            .build();
    return JSON.readTree(client.send(request, HttpResponse.BodyHandlers.ofString()).body());
  }

  private static boolean runs(String word) throws IOException {
    try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
      return processes
          .map(process -> process.resolve("cmdline"))
          .anyMatch(
              file -> {
                try {
                  return Files.readString(file).contains("sleep\0" + word);
                } catch (IOException gone) {
                  return false;
                }
              });
    }
  }

  private List<String> left() throws IOException {
    try (Stream<Path> files = Files.list(folder.resolve("tmp"))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.startsWith("mirrorspark-sandbox-"))
          .toList();
    }
  }

  @Test
  void twoHundredClientsAreServedBesideThoseThatReadNothingOrAreSlow() throws Exception {
    serve();
    List<Socket> hindering = new ArrayList<>();
    String large = program("python", "print('x' * 900000)");
    for (int i = 0; i < 56; i++) {
      var socket = new Socket();
      socket.setReceiveBufferSize(4096);
      socket.connect(new InetSocketAddress("127.0.0.1", port));
      String head = "POST /run HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + large.length();
      String sent = i < 6 ? head + "\r\n\r\n" + large : head;
      socket.getOutputStream().write(sent.getBytes(StandardCharsets.UTF_8));
      hindering.add(socket);
    }
    long start = System.nanoTime();
    List<CompletableFuture<HttpResponse<String>>> clients = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      clients.add(post("/run", program("shell", "echo " + i)));
    }
    while (clients.stream().anyMatch(answer -> !answer.isDone())) {
      long asked = System.nanoTime();
      assertEquals("ok", health().get("status").asText());
      assertTrue(System.nanoTime() - asked < 2e9, "the service answers");
      for (Socket slow : hindering.subList(6, hindering.size())) {
        try {
          slow.getOutputStream().write('1');
        } catch (IOException cutOff) {
          // its time is over
        }
      }
      Thread.sleep(200);
    }
    System.out.printf("200 clients: %.1f s%n", (System.nanoTime() - start) / 1e9);
    for (int i = 0; i < 200; i++) {
      JsonNode json = JSON.readTree(clients.get(i).get().body());
      assertEquals("passed", json.path("verdict").asText(), json::toString);
      assertEquals(i + "\n", json.path("stdout").asText());
    }
    for (Socket socket : hindering) {
      socket.close();
    }
  }

  @Test
  void aServiceThatIsEndedFinishesWhatRunsAndLeavesNothing() throws Exception {
    serve();
    var running = post("/run", program("shell", "sleep 1.625; echo done"));
    while (health().get("taken").asInt() < 1) {
      Thread.sleep(10);
    }
    service.destroy();
    assertEquals("done\n", JSON.readTree(running.get().body()).path("stdout").asText());
    assertTrue(service.waitFor(20, TimeUnit.SECONDS));
    assertEquals(List.of(), left());
    assertThrows(IOException.class, () -> new Socket("127.0.0.1", port));
  }

  @Test
  void aServiceThatWasKilledLeavesNoProcessAndTheNextOneSweeps() throws Exception {
    serve();
    String seconds = "98" + System.nanoTime() % 1_000_000;
    var running = post("/run", program("shell", "sleep " + seconds + " & wait"));
    while (!runs(seconds)) {
      Thread.sleep(10);
    }
    service.destroyForcibly().waitFor();
    assertThrows(Exception.class, running::get);
    for (int i = 0; i < 500 && runs(seconds); i++) {
      Thread.sleep(10);
    }
    assertFalse(runs(seconds), "its program");
    List<String> before = left();
    assertEquals(1, before.size());
    serve();
    assertEquals(1, left().size());
    assertFalse(left().equals(before), "the killed one's folder");
    var after = post("/run", program("shell", "echo again")).get();
    assertEquals("again\n", JSON.readTree(after.body()).path("stdout").asText(), after::body);
  }

  @Test
  void whoUsesSandboxFusionIsServed() throws Exception {
    serve();
    String ping = JSON.readTree(get("/v1/ping")).asText();
    assertEquals("pong", ping);
    String node = "const s = require('fs').readFileSync('/dev/stdin', 'utf8'); console.log(+s * 2)";
    Map<String, String> twice =
        Map.of(
            "python", "print(int(input()) * 2)",
            "nodejs", node,
            "bash", "read -r x < /dev/stdin; echo $((x * 2))");
    for (var program : twice.entrySet()) {
      String body =
          JSON.writeValueAsString(
              Map.of("language", program.getKey(), "code", program.getValue(), "stdin", "21"));
      var answer = post("/run_code", body).get();
      if (answer.statusCode() == 400) {
        assertTrue(answer.body().contains("nodejs is not served"), answer.body());
        continue;
      }
      JsonNode json = JSON.readTree(answer.body());
      assertEquals("Success", json.path("status").asText(), json::toString);
      assertEquals("42\n", json.path("run_result").path("stdout").asText(), json::toString);
    }
    var tests =
        List.of(
            Map.of("input", Map.of("stdin", "1"), "output", Map.of("stdout", "2")),
            Map.of("input", Map.of("stdin", "4"), "output", Map.of("stdout", "8")));
    for (String source : List.of("print(int(input()) * 2)", "print(2)")) {
      String body =
          JSON.writeValueAsString(
              Map.of(
                  "dataset",
                  "any",
                  "id",
                  "x",
                  "completion",
                  "So:\n```python\n" + source + "\n```\n",
                  "config",
                  Map.of(
                      "dataset_type", "CommonOJDataset",
                      "language", "python",
                      "provided_data", Map.of("test", tests))));
      JsonNode json = JSON.readTree(post("/submit", body).get().body());
      assertEquals(!source.equals("print(2)"), json.path("accepted").asBoolean(), json::toString);
      assertEquals(2, json.path("tests").size(), json::toString);
    }
  }

  private String get(String path) throws Exception {
    var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build();
    return client.send(request, HttpResponse.BodyHandlers.ofString()).body();
  }

  /** Answers that solve nothing, with test code in every language: none passes. */
  @Test
  void nothingThatSolvesNothingPassesTestCode() throws Exception {
    serve();
    Map<String, String> tests =
        Map.of(
            "python", "assert f(2) == 4",
            "java", "class T { static { if (Main.f(2) != 4) throw new Error(); } }",
            "c", "int main(void) { return f(2) != 4; }",
            "cpp", "int main() { return f(2) != 4; }",
            "javascript", "require('assert').strictEqual(f(2), 4)",
            "go", "func main() { if f(2) != 4 { panic(1) } }",
            "rust", "fn main() { assert_eq!(f(2), 4); }",
            "shell", "[ \"$(f 2)\" = 4 ]");
    Map<String, List<String>> nothing =
        Map.of(
            "python",
                List.of(
                    "",
                    "import os\nos._exit(0)",
                    "import sys\nsys.exit()",
                    "'''\n",
                    "exit(0)",
                    "def f(x): raise SystemExit(0)",
                    "f = type('', (), {'__call__': exit})()"),
            "java", List.of("", "public class Main { public static void main(String[] a) {} }"),
            "c",
                List.of(
                    "",
                    "#define main other\nint main(void) {}",
                    "int main(void) {}\n#if 0",
                    "__attribute__((constructor)) void g(void) { _exit(0); } int f(int x) {}"),
            "cpp", List.of("", "int main() {}\n/*", "#include <cstdlib>\nint g = (exit(0), 0);"),
            "javascript", List.of("", "process.exit(0)", "/*", "process.exitCode = 0; return"),
            "go", List.of("", "package main\nfunc init() { os.Exit(0) }", "/*"),
            "rust", List.of("", "fn f(_: i32) -> i32 { std::process::exit(0) }", "fn main() {} /*"),
            "shell", List.of("", "exit 0", "exec true", "f() { exit 0; }", ": <<'X'"));
    int asked = 0;
    for (var language : nothing.entrySet()) {
      for (String source : language.getValue()) {
        String name = language.getKey();
        String body =
            JSON.writeValueAsString(
                Map.of("language", name, "source", source, "test_code", tests.get(name)));
        JsonNode json = JSON.readTree(post("/run", body).get().body());
        String verdict = json.path("verdict").asText();
        boolean refused = json.path("error").asText().startsWith("test_code: ");
        assertTrue(
            name.equals("python")
                ? !verdict.isEmpty() && !verdict.equals("passed") && !verdict.equals("error")
                : refused,
            () -> name + " " + source + ": " + json);
        asked++;
      }
    }
    assertTrue(asked >= 28, "asked " + asked);
    String right =
        JSON.writeValueAsString(
            Map.of(
                "language", "python",
                "source", "def f(x): return 2 * x",
                "test_code", tests.get("python")));
    assertEquals(
        "passed", JSON.readTree(post("/run", right).get().body()).path("verdict").asText());
  }
}
