package dev.mirrorspark.loop;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.decode.Attempt;
import dev.mirrorspark.decode.Decoded;
import dev.mirrorspark.decode.LocalDecode;
import dev.mirrorspark.decode.Reference;
import dev.mirrorspark.decode.Response;
import dev.mirrorspark.decode.Sampling;
import dev.mirrorspark.decode.StopReason;
import dev.mirrorspark.files.Storage;
import dev.mirrorspark.model.TextTokenizer;
import dev.mirrorspark.policy.PolicyVersion;
import dev.mirrorspark.reward.Judged;
import dev.mirrorspark.reward.RewardTerms;
import dev.mirrorspark.reward.Verifiers;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/** The {@code try} command: one problem through the whole chain, without Spark and tables. */
public final class TryRun {
  /** Tokens whose boundaries are shown. */
  private static final int SHOWN = 400;

  private final RunConfig config;
  private final PrintStream out;

  /** Shows what it finds on a stream. */
  public TryRun(RunConfig config, PrintStream out) {
    this.config = config;
    this.out = out;
  }

  /**
   * What a problem's responses are judged by.
   *
   * @param answer the right answer
   * @param type its answer type
   * @param domain the problem's subject, which a route may name
   */
  public record Right(String answer, String type, String domain) {}

  /**
   * Judges one response.
   *
   * @throws UserError if a verifier cannot be loaded
   */
  public void judge(String problem, Right right, String response) {
    told("answer", right.answer() + "  (" + right.type() + ")");
    told("response", response);
    Attempt attempt = attempt(problem, right, 0, response, StopReason.STOP);
    judged(Verifiers.load(config), List.of(attempt), new int[1]);
  }

  /**
   * Samples responses to a problem and, where its answer is given, judges them.
   *
   * @param name the policy's Hugging Face folder, or the number of a version of the run
   * @param samples how many
   * @throws UserError if there is no such policy, its chat template cannot be rendered, or the
   *     problem leaves no room for a response
   */
  public void sample(String name, String problem, Optional<Right> right, int samples) {
    Verifiers verifiers = Verifiers.load(config); // what it cannot find it says now
    PolicyVersion policy = LocalPolicy.named(Storage.local(), config, "--policy", name);
    try (TextTokenizer tokenizer = policy.tokenizer(config.model().chat())) {
      int[] prompt = tokenizer.encodePrompt(problem);
      told("policy", name.equals(policy.folder()) ? name : name + " in " + policy.folder());
      told("prompt", "%,d tokens: ".formatted(prompt.length) + bounded(tokenizer, prompt));
      int most = Math.min(config.rollout().maxTokens(), policy.weights().shape().maxPositions());
      List<Response> responses =
          LocalDecode.responses(
              policy,
              config.model(),
              tokenizer,
              Sampling.of(config.rollout()).alone(most),
              prompt,
              samples,
              config.seed());
      responses.forEach(response -> show(tokenizer, response));
      right.ifPresent(given -> judge(verifiers, problem, given, responses));
    }
  }

  private void show(TextTokenizer tokenizer, Response response) {
    Decoded decoded = response.decoded();
    double sum = 0;
    for (float logprob : decoded.logprobs()) {
      sum += logprob;
    }
    out.println();
    told(
        "response " + (decoded.request().sample() + 1),
        "%,d tokens, %s, log-prob %.3f in all, %.4f a token"
            .formatted(
                decoded.tokens().length,
                ended(decoded.stopReason()),
                sum,
                sum / Math.max(1, decoded.tokens().length)));
    out.println(response.text());
    told("tokens", bounded(tokenizer, decoded.tokens(), decoded.logprobs()));
  }

  private static String ended(StopReason reason) {
    return switch (reason) {
      case STOP -> "ended by the policy";
      case LENGTH -> "cut at rollout.max_tokens or the context";
      case REPEAT -> "ended as repeating";
      case BUDGET -> "put off";
    };
  }

  private void judge(Verifiers verifiers, String problem, Right right, List<Response> responses) {
    out.println();
    told("answer", right.answer() + "  (" + right.type() + ")");
    List<Attempt> attempts = new ArrayList<>();
    for (Response response : responses) {
      var stop = response.decoded().stopReason();
      attempts.add(attempt(problem, right, attempts.size(), response.text(), stop));
    }
    int[] tokens = responses.stream().mapToInt(r -> r.decoded().tokens().length).toArray();
    judged(verifiers, attempts, tokens);
  }

  private static Attempt attempt(
      String problem, Right right, int sample, String response, StopReason stop) {
    var reference = new Reference("", right.domain(), problem, right.answer(), right.type());
    return new Attempt(reference, sample, response, stop);
  }

  /** Verdicts and rewards of the responses of one group, as after the warm-up of its terms. */
  private void judged(Verifiers verifiers, List<Attempt> attempts, int[] tokens) {
    List<Judged> judged = verifiers.judgeWithAnswers(attempts);
    List<RewardTerms> terms =
        RewardTerms.of(
            config.reward(),
            Integer.MAX_VALUE,
            judged.stream().map(one -> one.verdict().outcome()).toList(),
            tokens,
            attempts.stream().map(Attempt::stopReason).toList());
    for (int i = 0; i < judged.size(); i++) {
      var verdict = judged.get(i).verdict();
      out.println();
      if (judged.size() > 1) {
        told("response " + (i + 1), "");
      }
      told("reads as", judged.get(i).answer().orElse("no final answer found"));
      told("verdict", verdict.outcome().label() + " by " + judged.get(i).verifier());
      if (!verdict.detail().isEmpty()) {
        told("because", verdict.detail());
      }
      told("reward", reward(verdict.reward(), terms.get(i)));
    }
    if (!config.reward().model().isEmpty()) {
      out.println();
      out.println("in a run reward.model judges in the verifiers' place");
    }
  }

  private static String reward(OptionalDouble correct, RewardTerms terms) {
    if (correct.isEmpty()) {
      return "none: an error is no reward of 0";
    }
    double sum = correct.getAsDouble() + terms.length() + terms.repeat();
    return String.format(
        Locale.ROOT,
        "%.3f = verdict %.3f, length %+.3f, repeating %+.3f",
        sum,
        correct.getAsDouble(),
        terms.length(),
        terms.repeat());
  }

  private void told(String name, String text) {
    out.println(String.format(Locale.ROOT, "%-11s ", name).concat(text).stripTrailing());
  }

  /** A text with a bar between its tokens, and behind each its log-prob where there are some. */
  private static String bounded(TextTokenizer tokenizer, int[] tokens, float... logprobs) {
    List<String> pieces = tokenizer.pieces(Arrays.copyOf(tokens, Math.min(tokens.length, SHOWN)));
    var text = new StringBuilder();
    for (int i = 0; i < pieces.size(); i++) {
      text.append(i > 0 ? "│" : "").append(visible(pieces.get(i)));
      if (logprobs.length > 0) {
        text.append(String.format(Locale.ROOT, "⟨%.2f⟩", logprobs[i]));
      }
    }
    return tokens.length > SHOWN
        ? text + "│… and %,d more".formatted(tokens.length - SHOWN)
        : text.toString();
  }

  /** A piece on one line: line breaks and other control characters written as escapes. */
  private static String visible(String piece) {
    var shown = new StringBuilder();
    for (char c : piece.toCharArray()) {
      switch (c) {
        case '\n' -> shown.append("\\n");
        case '\t' -> shown.append("\\t");
        case '\r' -> shown.append("\\r");
        default -> shown.append(Character.isISOControl(c) ? "\\x%02x".formatted((int) c) : c);
      }
    }
    return shown.toString();
  }
}
