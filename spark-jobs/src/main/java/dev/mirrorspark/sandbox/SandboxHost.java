package dev.mirrorspark.sandbox;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.UserError;
import java.util.HashMap;
import java.util.Map;

/**
 * Holds the sandboxes of this process: each is started when its first program comes and shared by
 * all tasks, until the process ends. A run without programs starts none.
 */
public final class SandboxHost {
  private static final Map<RunConfig.Sandbox, Sandbox> SANDBOXES = new HashMap<>();

  private SandboxHost() {}

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
