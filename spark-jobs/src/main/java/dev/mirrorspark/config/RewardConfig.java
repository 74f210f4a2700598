package dev.mirrorspark.config;

import java.io.Serializable;
import java.util.List;

/**
 * Section {@code reward}: who judges a response, and what is added to the verdict.
 *
 * @param model folder of a reward model that judges in the verifiers' place; empty: none
 * @param modelRaw the reward of a response that such a model judged: its {@code score}, or its
 *     {@code verdict}, 1 or 0
 * @param lengthWeight weight of the length reward (Kimi k1.5, 2.3.3); 0: none
 * @param lengthWarmup iterations without length reward at the start
 * @param repeatPenalty taken off the reward of a response that was ended as repeating
 * @param answerPattern regular expression (RE2) whose group is the final answer, at its last match;
 *     empty: the convention of the answer type
 * @param mathSeconds what one comparison of answers may compute, in seconds of a usual core
 * @param routes which verifier judges which problems; the first that matches does
 * @param seconds longest judgement of one response
 * @param partitions tasks that score an iteration; 0: two for each core; no result depends on it
 * @param http how endpoints are asked
 * @param audit a second verifier that judges a share of the responses and rewards none
 * @param judge a language model at an endpoint, the verifier {@code judge} of routes
 */
public record RewardConfig(
    String model,
    String modelRaw,
    double lengthWeight,
    int lengthWarmup,
    double repeatPenalty,
    String answerPattern,
    double mathSeconds,
    List<Route> routes,
    double seconds,
    int partitions,
    Http http,
    Audit audit,
    Judge judge)
    implements Serializable {

  public RewardConfig {
    routes = List.copyOf(routes);
  }

  /**
   * Problems and their verifier.
   *
   * @param answerType answer type of the problems; empty: any
   * @param domain domain of the problems; empty: any
   * @param verifier name of the verifier; empty: an endpoint
   * @param url the endpoint; empty: a verifier by name
   * @param tokenEnv environment variable that holds the endpoint's bearer token; empty: none
   */
  public record Route(
      String answerType, String domain, String verifier, String url, String tokenEnv)
      implements Serializable {}

  /**
   * How endpoints are asked.
   *
   * @param concurrency most requests at once of an executor
   * @param connectSeconds longest wait for a connection
   * @param requestSeconds longest wait for a reply to one request
   * @param attempts most requests for one response
   * @param backoffSeconds wait before the second request; it doubles from one to the next
   * @param maxBytes longest reply
   */
  public record Http(
      int concurrency,
      double connectSeconds,
      double requestSeconds,
      int attempts,
      double backoffSeconds,
      int maxBytes)
      implements Serializable {}

  /**
   * A language model that judges answers in free form.
   *
   * @param url the OpenAI-style endpoint up to {@code /chat/completions}; empty: there is none
   * @param model the name that the endpoint knows it by
   * @param tokenEnv as in a {@link Route}
   * @param template what it reads, with {@code {question}}, {@code {reference}} and {@code
   *     {response}}
   * @param votes replies to a response; the majority of the valid ones counts
   * @param temperature of their sampling
   * @param maxTokens longest reply, in tokens
   * @param raw the reward: {@code verdict}, 1 or 0, or {@code score}, the share of votes
   */
  public record Judge(
      String url,
      String model,
      String tokenEnv,
      String template,
      int votes,
      double temperature,
      int maxTokens,
      String raw)
      implements Serializable {}

  /**
   * The independent verifier of the watch on reward hacking.
   *
   * @param verifier its name; empty, like {@code url}: there is none
   * @param url its endpoint
   * @param tokenEnv as in a {@link Route}
   * @param share share of the responses that it judges
   */
  public record Audit(String verifier, String url, String tokenEnv, double share)
      implements Serializable {

    /** Whether there is one. */
    public boolean on() {
      return !verifier.isEmpty() || !url.isEmpty();
    }
  }
}
