package dev.mirrorspark.rollout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import dev.mirrorspark.config.EngineConfig;
import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.decode.TinyPolicy;
import dev.mirrorspark.policy.FolderWeights;
import dev.mirrorspark.policy.PolicyVersion;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Servers before, during and after a rollout. */
class EngineServersTest {
  @TempDir private Path folder;

  private static EngineConfig engine(String... sets) {
    return RunFile.parse("", List.of(sets)).rollout().engine();
  }

  /** Version 0 of a run, with weights that depend on the seed. */
  private PolicyVersion policy(int seed) {
    PolicyVersion written = TinyPolicy.write(folder, seed);
    return new PolicyVersion(0, written.storage(), written.folder(), written.weights());
  }

  /** A server that says which model it serves. */
  private static HttpServer listing(String name) throws IOException {
    var http = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    http.createContext(
        "/v1/models",
        exchange -> {
          byte[] said =
              "{\"data\":[{\"id\":\"%s\"}]}".formatted(name).getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, said.length);
          exchange.getResponseBody().write(said);
          exchange.close();
        });
    http.start();
    return http;
  }

  private static String urls(HttpServer http) {
    return "rollout.engine.urls=[http://127.0.0.1:%d/v1]".formatted(http.getAddress().getPort());
  }

  private static String name(PolicyVersion policy) {
    return "math-0-" + ((FolderWeights) policy.weights()).sha256().substring(0, 12);
  }

  /** Two runs of one name: their version 0 has other weights. */
  @Test
  void anotherRunsWeightsOfTheSameNameAreRefused() throws IOException {
    PolicyVersion mine = policy(1);
    PolicyVersion another = policy(2);
    HttpServer http = listing(name(mine));
    try {
      var engine =
          engine("rollout.engine.kind=openai", urls(http), "rollout.engine.reload.seconds=0.1");
      try (var servers = EngineServers.serving(engine, "math", mine)) {
        assertEquals(Optional.of(name(mine)), servers.model());
      }
      var fault =
          assertThrows(UserError.class, () -> EngineServers.serving(engine, "math", another));
      assertTrue(fault.getMessage().contains("serves [" + name(mine)), fault.getMessage());
      assertTrue(fault.getMessage().contains("not " + name(another)), fault.getMessage());
    } finally {
      http.stop(0);
    }
  }

  @Test
  void aNameThatProvesNothingIsRefused() {
    var fault =
        assertThrows(
            UserError.class,
            () -> engine("rollout.engine.model={run}-{version}", "rollout.engine.proof=name"));
    assertTrue(fault.getMessage().contains("{digest}"), fault.getMessage());
  }

  /** The server is gone and its reload under way when the rollout ends. */
  @Test
  @Timeout(60)
  void noReloadOutlivesItsRollout() throws Exception {
    PolicyVersion policy = policy(1);
    HttpServer http = listing(name(policy));
    Path pid = folder.resolve("pid");
    Path late = folder.resolve("late");
    String command = "sleep 40 & echo $$ $! > %s.new; mv %s.new %s; wait; echo > %s";
    var engine =
        engine(
            "rollout.engine.kind=openai",
            urls(http),
            "rollout.engine.reload.command=[sh, -c, \"%s\"]"
                .formatted(command.formatted(pid, pid, pid, late)));
    List<Long> processes = new ArrayList<>();
    try (var servers = EngineServers.serving(engine, "math", policy)) {
      http.stop(0);
      while (!Files.exists(pid)) {
        Thread.sleep(20);
      }
      for (String id : Files.readString(pid).strip().split(" ")) {
        processes.add(Long.parseLong(id));
      }
      assertEquals(2, processes.size());
      for (long id : processes) {
        assertTrue(running(id), id + " runs");
      }
    }
    for (long id : processes) {
      for (int i = 0; i < 100 && running(id); i++) {
        Thread.sleep(20);
      }
      assertFalse(running(id), id + " was ended with the rollout");
    }
    assertFalse(Files.exists(late));
  }

  private static boolean running(long id) {
    return ProcessHandle.of(id).map(ProcessHandle::isAlive).orElse(false);
  }

  @Test
  void theBuiltInEngineNeedsNoWayOut() {
    long before = clients();
    try (var servers = EngineServers.serving(engine(), "math", policy(1))) {
      assertEquals(Optional.empty(), servers.model());
      assertEquals(before, clients());
    }
  }

  private static long clients() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("HttpClient-"))
        .count();
  }
}
