package dev.mirrorspark.rollout;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import dev.mirrorspark.config.EngineConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.decode.Endpoint;
import dev.mirrorspark.decode.EngineClient;
import dev.mirrorspark.decode.HttpDoor;
import dev.mirrorspark.files.Storage;
import dev.mirrorspark.policy.PolicyVersion;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The servers of another engine during one rollout: brought to serve the policy before it, looked
 * at while it runs, and told again where one is gone or serves something else; the requests that
 * fail meanwhile are tried again by whoever asked.
 */
final class EngineServers implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EngineServers.class);
  private static final long LOOK_MS = 1000;

  /** How long a reload that is under way has to end, in milliseconds. */
  private static final long ENDS_MS = 10_000;

  /** Looks in a row that found it gone, or serving another model, until it is told again. */
  private static final int LOST = 3;

  private final EngineConfig engine;
  private final String model;
  private final String folder;
  private final int version;
  private final List<EngineClient> servers;
  private final Optional<HttpDoor> door;
  private final Thread watch;

  private EngineServers(EngineConfig engine, String model, String folder, int version) {
    this.engine = engine;
    this.model = model;
    this.folder = folder;
    this.version = version;
    this.door = engine.outside() ? Optional.of(new HttpDoor(engine.http())) : Optional.empty();
    this.servers =
        door.map(way -> engine.urls().stream().map(url -> new EngineClient(url, engine, way)))
            .orElseGet(Stream::empty)
            .toList();
    this.watch = new Thread(this::watch, "engine-watch");
    this.watch.setDaemon(true);
  }

  /**
   * Brings all servers to serve a policy; with the built-in engine there are none.
   *
   * @throws UserError if one does not in the time that the settings give
   */
  static EngineServers serving(EngineConfig engine, String run, PolicyVersion policy) {
    String folder =
        Storage.local(policy.folder())
            .map(path -> path.toAbsolutePath().normalize().toString())
            .orElse(policy.folder());
    String model = engine.name(run, policy.version(), folder, policy.weights().sha256());
    var all = new EngineServers(engine, model, folder, policy.version());
    try {
      for (EngineClient server : all.servers) {
        boolean proven = engine.proof().equals("name") && server.serves(server.look(), model);
        if (!proven && engine.reload().can()) {
          all.reload(server);
        }
        all.await(server);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UserError("rollout.engine: interrupted while servers were loading", e);
    }
    if (engine.outside() && engine.reload().can()) {
      all.watch.start();
    }
    return all;
  }

  /** The policy's name at the servers; empty with the built-in engine. */
  Optional<String> model() {
    return engine.outside() ? Optional.of(model) : Optional.empty();
  }

  private void reload(EngineClient server) throws InterruptedException {
    LOG.info("telling {} to serve {} from {}", server.url(), model, folder);
    UnaryOperator<String> filled =
        text ->
            text.replace("{folder}", folder)
                .replace("{version}", String.valueOf(version))
                .replace("{model}", model)
                .replace("{url}", server.url());
    if (engine.reload().command().isEmpty()) {
      post(server, filled.apply(engine.reload().post()));
    } else {
      run(server, engine.reload().command().stream().map(filled).toList());
    }
  }

  private void post(EngineClient server, String address) throws InterruptedException {
    var inJson = JsonStringEncoder.getInstance();
    String body =
        engine
            .reload()
            .body()
            .replace("{folder}", new String(inJson.quoteAsString(folder)))
            .replace("{version}", String.valueOf(version))
            .replace("{model}", new String(inJson.quoteAsString(model)))
            .replace("{url}", server.url());
    long end = System.nanoTime() + (long) (engine.reload().seconds() * 1e9);
    var reply =
        new Endpoint(
                URI.create(address), EngineClient.token(engine), engine.http(), door.orElseThrow())
            .ask(body.getBytes(StandardCharsets.UTF_8), end, version);
    if (reply.failure().isPresent()) {
      throw new UserError(
          "rollout.engine.reload.post = %s: %s; mend the address or its body"
              .formatted(address, reply.failure().get().detail()));
    }
  }

  /** Runs the command; what it leaves running in the background is its own affair. */
  private void run(EngineClient server, List<String> command) throws InterruptedException {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectInput(new File("/dev/null"))
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      long limit = (long) (engine.reload().seconds() * 1000);
      try {
        if (!process.waitFor(limit, TimeUnit.MILLISECONDS)) {
          throw new UserError(
              "rollout.engine.reload.command: %s did not end within %.0f s; let it start the server in the background and end, or raise rollout.engine.reload.seconds"
                  .formatted(command, engine.reload().seconds()));
        }
      } finally {
        end(process);
      }
      if (process.exitValue() != 0) {
        throw new UserError(
            "rollout.engine.reload.command: %s ended with exit code %d for %s; run it by hand to see why"
                .formatted(command, process.exitValue(), server.url()));
      }
    } catch (IOException e) {
      throw new UserError(
          "rollout.engine.reload.command: %s cannot be run (%s); mend the command"
              .formatted(command, e.getMessage()),
          e);
    }
  }

  /** Ends a command that is still running, with what it has started until then. */
  private static void end(Process process) {
    if (process.isAlive()) {
      List<ProcessHandle> started = process.descendants().toList();
      process.destroyForcibly();
      started.forEach(ProcessHandle::destroyForcibly);
    }
  }

  private void await(EngineClient server) throws InterruptedException {
    long end = System.nanoTime() + (long) (engine.reload().seconds() * 1e9);
    while (true) {
      EngineClient.Look look = server.look();
      if (server.serves(look, model)) {
        return;
      }
      if (System.nanoTime() > end) {
        throw new UserError(
            "rollout.engine: %s %s, not %s, after %.0f s; load that version there (rollout.engine.reload), then resume with the same command"
                .formatted(
                    server.url(),
                    look.names()
                        .map(found -> "serves " + found)
                        .orElse(look.gone() ? "cannot be reached" : "is not ready"),
                    model,
                    engine.reload().seconds()));
      }
      Thread.sleep(200);
    }
  }

  private void watch() {
    int[] missed = new int[servers.size()];
    try {
      while (true) {
        Thread.sleep(LOOK_MS);
        for (int i = 0; i < missed.length; i++) {
          EngineClient server = servers.get(i);
          EngineClient.Look look = server.look();
          boolean another = look.names().isPresent() && !server.serves(look, model);
          missed[i] = look.gone() || another ? missed[i] + 1 : 0;
          if (missed[i] == LOST) {
            missed[i] = 0;
            revive(server);
          }
        }
      }
    } catch (InterruptedException over) {
      // the rollout is over
    }
  }

  private void revive(EngineClient server) throws InterruptedException {
    LOG.warn("{} is gone, or serves another model than {}", server.url(), model);
    try {
      reload(server);
      await(server);
    } catch (UserError e) {
      LOG.warn("{}", e.getMessage());
    }
  }

  /** Waits until nothing is told to a server any more: the next rollout serves another policy. */
  @Override
  public void close() {
    watch.interrupt();
    try {
      watch.join(ENDS_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (watch.isAlive()) {
      LOG.warn("a reload of {} did not end within {} ms", model, ENDS_MS);
    }
  }
}
