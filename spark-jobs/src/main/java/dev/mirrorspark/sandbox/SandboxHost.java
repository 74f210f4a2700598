package dev.mirrorspark.sandbox;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.UserError;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/**
 * Holds the sandboxes of this process: each is started when its first program comes and shared by
 * all tasks, until the process ends. A run without programs starts none.
 */
public final class SandboxHost {
  private static final Map<RunConfig.Sandbox, Sandbox> SANDBOXES = new HashMap<>();

  private static final Map<RunConfig.Sandbox, Semaphore> TURNS = new ConcurrentHashMap<>();

  private SandboxHost() {}

  /**
   * As many turns as programs run side by side, for whoever does not want to wait for a slot while
   * its clock runs; starts no sandbox.
   */
  public static Semaphore turns(RunConfig.Sandbox config) {
    return TURNS.computeIfAbsent(config, key -> new Semaphore(Sandbox.slots(key), true));
  }

  /**
   * The sandbox of that configuration, started if this process has not done so.
   *
   * @throws UserError if the machine lacks what it needs
   */
  public static Sandbox get(RunConfig.Sandbox config) throws InterruptedException {
    synchronized (SANDBOXES) {
      Sandbox sandbox = SANDBOXES.get(config);
      if (sandbox == null) {
        sandbox = Sandbox.start(config);
        Runtime.getRuntime().addShutdownHook(new Thread(sandbox::close, "sandbox-close"));
        SANDBOXES.put(config, sandbox);
      }
      return sandbox;
    }
  }
}
