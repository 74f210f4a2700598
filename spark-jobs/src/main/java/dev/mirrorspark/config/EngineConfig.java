package dev.mirrorspark.config;

import dev.mirrorspark.config.RunRanges.Violation;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * Section {@code rollout.engine}: who decodes a rollout, and how what another engine's arithmetic
 * makes different is corrected.
 *
 * @param kind {@code builtin}; {@code openai}: servers with OpenAI's interface; or {@code sglang}:
 *     such servers with SGLang's own {@code /generate} beside it
 * @param urls addresses of the servers up to {@code /v1}; requests go to them in turn
 * @param model name of the policy at a server; {@code {run}}, {@code {version}}, {@code {folder}}
 *     and {@code {digest}} (of the weights) stand for their values
 * @param proof {@code name}: a server must list that name, with the digest in it, before it is
 *     asked; {@code trusted}: whatever it serves is taken for the policy
 * @param tokenEnv environment variable with the servers' bearer token; empty: none
 * @param logprobs {@code raw}: a server's log-probs are those of temperature 1; {@code processed}:
 *     those of the sampling temperature
 * @param reload how a server is told to load a version
 * @param http how servers are asked
 * @param correction {@code none}, {@code truncate} or {@code mask}
 * @param cap of {@code truncate}: the largest weight of a token
 * @param maskLow of {@code mask}: the smallest ratio of a whole response that trains
 * @param maskHigh the largest
 */
public record EngineConfig(
    String kind,
    List<String> urls,
    String model,
    String proof,
    String tokenEnv,
    String logprobs,
    Reload reload,
    RewardConfig.Http http,
    String correction,
    double cap,
    double maskLow,
    double maskHigh)
    implements Serializable {

  /** Characters of a hash that tell weights apart in a name. */
  private static final int DIGEST = 12;

  public EngineConfig {
    urls = List.copyOf(urls);
  }

  /**
   * How a server is told to load a version: by a command on the driver, by a request, or, where
   * both are empty, by whoever runs it. In all texts {@code {folder}}, {@code {version}}, {@code
   * {model}} and {@code {url}} (the server's address) stand for their values.
   *
   * @param command the words of a command, the program first
   * @param post address that is told by POST
   * @param body JSON that is sent to it
   * @param seconds longest time until the server serves the version
   */
  public record Reload(List<String> command, String post, String body, double seconds)
      implements Serializable {
    public Reload {
      command = List.copyOf(command);
    }

    /** Whether there is a way to tell it. */
    public boolean can() {
      return !command.isEmpty() || !post.isEmpty();
    }
  }

  /** Whether another engine decodes rollouts. */
  public boolean outside() {
    return !kind.equals("builtin");
  }

  /** Whether what the other engine's log-probs differ by is corrected. */
  public boolean corrects() {
    return outside() && !correction.equals("none");
  }

  /**
   * The name under which a server serves a version.
   *
   * @param sha256 hash of its tensors, which its first characters stand for
   */
  public String name(String run, int version, String folder, String sha256) {
    return model
        .replace("{digest}", sha256.substring(0, Math.min(DIGEST, sha256.length())))
        .replace("{run}", run)
        .replace("{version}", String.valueOf(version))
        .replace("{folder}", folder);
  }

  /** What of it decides on results, the rest at values that stand for any. */
  public EngineConfig fixed() {
    return new EngineConfig(
        kind,
        outside() ? List.of("http://any") : List.of(),
        "{digest}",
        "name",
        "",
        logprobs,
        new Reload(List.of(), "", "{}", 1),
        new RewardConfig.Http(1, 1, 1, 1, 1, 1),
        correction,
        cap,
        maskLow,
        maskHigh);
  }

  /** The values out of their range, in the order of the keys, for a run with this temperature. */
  List<Violation> violations(RunConfig run) {
    String at = "rollout.engine.";
    List<Violation> found = new ArrayList<>();
    oneOf(found, at + "kind", kind, "builtin", "openai", "sglang");
    for (int i = 0; i < urls.size(); i++) {
      require(
          found,
          at + "urls." + i,
          RunRanges.isEndpoint(urls.get(i)),
          "an address such as http://host:8000/v1, without a user and a fragment");
    }
    require(
        found,
        at + "urls",
        outside() != urls.isEmpty(),
        outside() ? "at least one address" : "[] with the built-in engine");
    var rollout = run.rollout();
    require(
        found,
        at + "kind",
        !outside()
            || rollout.topK() == 0
                && rollout.topP() == 1
                && rollout.minP() == 0
                && rollout.minTokens() <= 1
                && rollout.stop().isEmpty(),
        "builtin with rollout.top_k, top_p, min_p, min_tokens or stop: other engines are not asked"
            + " for them");
    oneOf(found, at + "proof", proof, "name", "trusted");
    require(
        found,
        at + "model",
        !model.isBlank() && (proof.equals("trusted") || model.contains("{digest}")),
        "a name with {digest} in it, by which a server proves whose weights it serves, or any with"
            + " proof: trusted");
    require(
        found,
        at + "token_env",
        tokenEnv.isEmpty() || tokenEnv.matches("[A-Za-z_][A-Za-z0-9_]*"),
        "the name of an environment variable");
    oneOf(found, at + "logprobs", logprobs, "raw", "processed");
    require(
        found,
        at + "logprobs",
        !outside() || logprobs.equals("processed") || run.rollout().temperature() == 1,
        "processed with rollout.temperature other than 1, and a server that gives the log-probs at"
            + " it");
    require(
        found,
        at + "reload.post",
        reload.post().isEmpty() || reload.command().isEmpty(),
        "\"\" with a command: a server is told in one way");
    above(found, at + "reload.seconds", reload.seconds());
    require(found, at + "http.concurrency", http.concurrency() >= 1, "a whole number from 1 up");
    above(found, at + "http.connect_seconds", http.connectSeconds());
    above(found, at + "http.request_seconds", http.requestSeconds());
    require(found, at + "http.attempts", http.attempts() >= 1, "a whole number from 1 up");
    require(found, at + "http.backoff_seconds", http.backoffSeconds() >= 0, "a number from 0 up");
    require(found, at + "http.max_bytes", http.maxBytes() >= 1, "a whole number from 1 up");
    oneOf(found, at + "correction", correction, "none", "truncate", "mask");
    require(found, at + "cap", cap >= 1, "a number from 1 up");
    require(found, at + "mask_low", maskLow >= 0 && maskLow <= 1, "a number from 0 to 1");
    require(found, at + "mask_high", maskHigh >= 1, "a number from 1 up");
    require(
        found,
        "rollout.full_slots",
        !outside() || run.rollout().fullSlots() == 0,
        "0 with another engine (rollout.engine.kind), whose slots are not seen; rollout.budget puts"
            + " responses off with any");
    require(
        found,
        "model.lora.rank",
        !outside() || !run.model().lora().present(),
        "0 with another engine (rollout.engine.kind): it is given whole models");
    return found;
  }

  private static void oneOf(List<Violation> found, String key, String value, String... accepted) {
    require(found, key, List.of(accepted).contains(value), String.join(", ", accepted));
  }

  private static void above(List<Violation> found, String key, double value) {
    require(found, key, value > 0 && Double.isFinite(value), "a number above 0");
  }

  private static void require(List<Violation> found, String key, boolean holds, String accepted) {
    if (!holds) {
      found.add(new Violation(key, accepted));
    }
  }
}
