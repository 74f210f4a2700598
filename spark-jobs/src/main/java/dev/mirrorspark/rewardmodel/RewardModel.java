package dev.mirrorspark.rewardmodel;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.files.Storage;
import dev.mirrorspark.policy.FolderWeights;
import dev.mirrorspark.policy.PolicyVersion;
import java.util.List;
import java.util.Map;

/** A model that judges responses (Kimi k1.5, 2.3.5), kept in a folder of its own. */
public sealed interface RewardModel permits ValueHead, ChainOfThought {
  /** The values of column {@code verifier} where a reward model judged. */
  List<String> VERIFIERS = List.of(ValueHead.VERIFIER, ChainOfThought.VERIFIER);

  /** The value of column {@code verifier}. */
  String verifier();

  /**
   * Scores responses in Spark tasks, each once, in any order; the scores pass through the driver.
   */
  List<ModelScore> score(Scoring scoring, List<Triple> triples);

  /** SHA-256, in hex, of what was trained. */
  String sha256();

  /** Writes what the manifest does not hold into the folder. */
  void write(Storage storage, String folder);

  /** Writes the folder; its manifest comes last, without which it is none. */
  static void save(Storage storage, String folder, RewardModel model, Manifest manifest) {
    storage.delete(folder);
    model.write(storage, folder);
    manifest.write(storage, folder);
  }

  /** What the reward model of a folder is. */
  static Manifest manifest(Storage storage, String folder) {
    return Manifest.read(storage, folder);
  }

  /**
   * The figures of scores.
   *
   * @param verdicts whether each scored response is correct
   * @param bins bins of the calibration
   * @param seconds wall seconds that all scores took
   */
  static Agreement figures(
      List<ModelScore> scores, Map<ResponseKey, Boolean> verdicts, int bins, double seconds) {
    return Agreement.of(scores, verdicts, bins, seconds);
  }

  /**
   * Reads the reward model of a folder.
   *
   * @throws UserError if it is none, it is damaged, or its policy is not the one it was made with
   */
  static RewardModel load(Storage storage, String folder) {
    Manifest manifest = Manifest.read(storage, folder);
    String policyFolder = manifest.policy();
    String sha256 = FolderWeights.digest(storage, policyFolder);
    if (!sha256.equals(manifest.policySha256())) {
      throw new UserError(
          "%s: the policy in %s is another one than the reward model was made with; restore it, or train the reward model again"
              .formatted(folder, policyFolder));
    }
    var weights = FolderWeights.of(storage, policyFolder, sha256);
    var policy = new PolicyVersion(0, storage, weights.tokenizer(), weights);
    return manifest.settings().classic()
        ? ValueHead.read(storage, folder, manifest, policy)
        : new ChainOfThought(manifest.settings().chainOfThought(), manifest.seed(), policy, sha256);
  }
}
