package dev.mirrorspark.rewardmodel;

import dev.mirrorspark.config.RewardModelConfig;
import dev.mirrorspark.decode.DecodeJob;
import dev.mirrorspark.decode.JsonVerdict;
import dev.mirrorspark.decode.PromptRequest;
import dev.mirrorspark.decode.Response;
import dev.mirrorspark.decode.Sampling;
import dev.mirrorspark.files.Storage;
import dev.mirrorspark.policy.PolicyVersion;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The chain-of-thought reward model (Kimi k1.5, 2.3.5): a policy reads question, reference answer
 * and response, writes its reasoning and ends with a verdict in JSON. It replies several times; the
 * share of the valid votes that say correct is the score, and without a valid vote there is none.
 */
public final class ChainOfThought implements RewardModel {
  static final String VERIFIER = "chain-of-thought";

  /** Stands where other responses have their iteration, from 0; others below 0 are taken. */
  private static final int JUDGING = -5;

  private final RewardModelConfig.ChainOfThought settings;
  private final long seed;
  private final PolicyVersion policy;
  private final String sha256;

  /**
   * A judge.
   *
   * @param seed its votes depend on it, not on the seed of the run that they judge for
   * @param sha256 hash of the policy's tensors
   */
  public ChainOfThought(
      RewardModelConfig.ChainOfThought settings, long seed, PolicyVersion policy, String sha256) {
    this.sha256 = sha256;
    this.settings = settings;
    this.seed = seed;
    this.policy = policy;
  }

  /** A reply, read: 1 for correct, 0 for wrong, −1 for no vote. */
  private record Vote(String id, int correct, String why) implements Serializable {}

  private static final class Tally {
    int correct;
    int wrong;
    String refused = "";
  }

  @Override
  public String verifier() {
    return VERIFIER;
  }

  @Override
  public List<ModelScore> score(Scoring scoring, List<Triple> triples) {
    List<PromptRequest> requests = new ArrayList<>();
    Map<String, Tally> tallies = new HashMap<>();
    for (Triple triple : triples) {
      String id = triple.key().text();
      tallies.put(id, new Tally());
      String text = triple.in(settings.template());
      requests.addAll(PromptRequest.group(seed, JUDGING, id, text, settings.votes()));
    }
    var sampling = new Sampling(settings.temperature(), settings.maxTokens());
    try (var job =
        new DecodeJob(
            scoring.spark(), scoring.config(), policy, sampling, requests, scoring.progress())) {
      for (Vote vote : job.responses().map(ChainOfThought::vote).collect()) {
        Tally tally = tallies.get(vote.id());
        tally.correct += vote.correct() == 1 ? 1 : 0;
        tally.wrong += vote.correct() == 0 ? 1 : 0;
        tally.refused = vote.correct() < 0 ? vote.why() : tally.refused;
      }
      job.totals();
    }
    return triples.stream().map(one -> score(one.key(), tallies.get(one.key().text()))).toList();
  }

  private static Vote vote(Response response) {
    String id = response.decoded().request().promptId();
    JsonVerdict verdict = JsonVerdict.of(response.text());
    Optional<Boolean> correct = verdict.correct();
    return new Vote(id, correct.isEmpty() ? -1 : correct.get() ? 1 : 0, verdict.refused());
  }

  private ModelScore score(ResponseKey key, Tally tally) {
    int valid = tally.correct + tally.wrong;
    if (valid == 0) {
      return ModelScore.error(
          key, "no valid vote of %d: %s".formatted(settings.votes(), tally.refused));
    }
    // A tie is no majority for correct.
    double share = (double) tally.correct / valid;
    double score = 2 * tally.correct == valid ? Math.nextDown(ModelScore.CORRECT_FROM) : share;
    return new ModelScore(
        key,
        score,
        "%d of %d votes correct, %d invalid"
            .formatted(tally.correct, valid, settings.votes() - valid));
  }

  @Override
  public String sha256() {
    return sha256;
  }

  /** All that it is stands in the manifest and in the policy's folder. */
  @Override
  public void write(Storage storage, String folder) {}
}
