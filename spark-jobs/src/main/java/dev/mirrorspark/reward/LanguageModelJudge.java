package dev.mirrorspark.reward;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mirrorspark.config.RewardConfig;
import dev.mirrorspark.decode.Attempt;
import dev.mirrorspark.decode.Endpoint;
import dev.mirrorspark.decode.HttpDoor;
import dev.mirrorspark.decode.JsonVerdict;
import dev.mirrorspark.decode.Reference;
import dev.mirrorspark.decode.Seeds;
import dev.mirrorspark.reward.Verdict.Cause;
import java.io.IOException;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A language model behind an OpenAI-style endpoint ({@code POST URL/chat/completions}) as the
 * verifier {@code judge} of a route, for answers in free form (Kimi k1.5, 2.3.5). It reads
 * question, right answer and response in {@code reward.judge.template} and ends with a JSON object,
 * {@code {"correct": true}}; the majority of the valid votes counts, a tie is wrong.
 *
 * <p>Where the endpoint works but has no verdict on a response, the response is wrong: after votes
 * that cannot be read, or a request that is turned down (a response too long for the model), the
 * judge is asked the same with the right answer in the response's place. If it has a verdict on
 * that, the response was at fault; if not, the judge is, and that is an error.
 */
final class LanguageModelJudge implements Verifier {
  static final String NAME = "judge";

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern PLACE = Pattern.compile("\\{(question|reference|response)}");

  private final RewardConfig.Judge settings;
  private final Endpoint endpoint;
  private final double seconds;

  private LanguageModelJudge(RewardConfig.Judge settings, Endpoint endpoint, double seconds) {
    this.settings = settings;
    this.endpoint = endpoint;
    this.seconds = seconds;
  }

  static Desk desk(RewardConfig reward, Optional<String> token, HttpDoor door) {
    var settings = reward.judge();
    var address = URI.create(settings.url().replaceFirst("/+$", "") + "/chat/completions");
    var endpoint = new Endpoint(address, token, reward.http(), door);
    var judge = new LanguageModelJudge(settings, endpoint, reward.seconds());
    return new Desk(NAME, () -> judge, reward.http().concurrency(), door.turns());
  }

  /** The votes on a text, or why there is none. */
  private record Votes(int correct, int wrong, String refused, Optional<Endpoint.Reply> failed) {
    boolean any() {
      return correct + wrong > 0;
    }
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public boolean handles(String answerType) {
    return true;
  }

  @Override
  public boolean onlyByRoute() {
    return true;
  }

  @Override
  public Verdict verify(String answer, String answerType, String response) throws Exception {
    return verify(Attempt.alone(answer, answerType, response));
  }

  @Override
  public Verdict verify(Attempt attempt) throws InterruptedException {
    long end = Endpoint.end(seconds);
    long hash = Seeds.response(0, 0, attempt.reference().promptId(), attempt.sample());
    Votes votes = votes(attempt.reference(), attempt.response(), end, hash);
    if (votes.any()) {
      return verdict(votes);
    }
    boolean ofThisRequest =
        votes.failed().flatMap(Endpoint.Reply::failure).stream()
            .allMatch(failure -> failure.cause() == Endpoint.Cause.REJECTED);
    if (ofThisRequest && works(attempt.reference(), end, hash)) {
      String why = votes.failed().map(reply -> "status " + reply.status()).orElse(votes.refused());
      return Verdict.of(false, "unreadable for the judge: " + why);
    }
    return votes
        .failed()
        .flatMap(Endpoint.Reply::failure)
        .map(Verdict::error)
        .orElseGet(
            () ->
                Verdict.error(
                    Cause.BAD_REPLY,
                    "no valid vote of %d: %s".formatted(settings.votes(), votes.refused())));
  }

  private boolean works(Reference problem, long end, long hash) throws InterruptedException {
    return votes(problem, problem.answer(), end, hash ^ 1).any();
  }

  private Verdict verdict(Votes votes) {
    int valid = votes.correct() + votes.wrong();
    String detail =
        "%d of %d votes correct, %d invalid"
            .formatted(votes.correct(), valid, settings.votes() - valid);
    boolean correct = 2 * votes.correct() > valid;
    return settings.raw().equals("score")
        ? Verdict.scored(correct, (double) votes.correct() / valid, detail)
        : Verdict.of(correct, detail);
  }

  private Votes votes(Reference problem, String response, long end, long hash)
      throws InterruptedException {
    int correct = 0;
    int wrong = 0;
    String refused = "";
    for (int vote = 0; vote < settings.votes(); vote++) {
      byte[] body = request(in(problem, response), hash + vote);
      var reply = endpoint.ask(body, end, hash + vote);
      if (reply.failure().isPresent()) {
        return new Votes(0, 0, "", Optional.of(reply));
      }
      JsonVerdict verdict = JsonVerdict.of(content(reply.body()));
      correct += verdict.correct().equals(Optional.of(true)) ? 1 : 0;
      wrong += verdict.correct().equals(Optional.of(false)) ? 1 : 0;
      refused = verdict.correct().isEmpty() ? verdict.refused() : refused;
    }
    return new Votes(correct, wrong, refused, Optional.empty());
  }

  /** The template with the three texts in their places; what the texts hold is left as it is. */
  private String in(Reference problem, String response) {
    Map<String, String> texts =
        Map.of(
            "question", problem.problem(),
            "reference", problem.answer(),
            "response", response.replace("</response>", "< /response>"));
    return PLACE
        .matcher(settings.template())
        .replaceAll(place -> Matcher.quoteReplacement(texts.get(place.group(1))));
  }

  private byte[] request(String text, long hash) {
    var json =
        JSON.createObjectNode()
            .put("model", settings.model())
            .put("temperature", settings.temperature())
            .put("max_tokens", settings.maxTokens())
            .put("seed", hash & Integer.MAX_VALUE);
    json.putArray("messages")
        .addObject()
        .put("role", "user")
        .put("content", VerdictJson.wellFormed(text));
    try {
      return JSON.writeValueAsBytes(json);
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** The text of a reply; what is no such reply is a text without a verdict. */
  private static String content(byte[] reply) {
    try {
      JsonNode message = JSON.readTree(reply).at("/choices/0/message/content");
      return message.asText("");
    } catch (IOException e) {
      return "";
    }
  }
}
