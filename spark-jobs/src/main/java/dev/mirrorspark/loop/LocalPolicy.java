package dev.mirrorspark.loop;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.files.Storage;
import dev.mirrorspark.policy.FolderWeights;
import dev.mirrorspark.policy.PolicyVersion;

/** A policy that a command without Spark and tables works with. */
public final class LocalPolicy {
  private LocalPolicy() {}

  /**
   * The policy of that name.
   *
   * @param option that named it, for messages
   * @param name a Hugging Face folder, or the number of a version of the run
   * @throws UserError if there is no such policy, or it is damaged
   */
  public static PolicyVersion named(Storage storage, RunConfig config, String option, String name) {
    boolean version = name.matches("\\d{1,9}") && !storage.isFolder(name);
    String folder = version ? Session.checkpoint(storage, config, Integer.parseInt(name)) : name;
    if (!storage.isFolder(folder)) {
      throw new UserError(
          "%s %s: there is no folder %s; name a model folder, or a version of run %s"
              .formatted(option, name, folder, config.run()));
    }
    var weights = FolderWeights.of(storage, folder, FolderWeights.digest(storage, folder));
    int number = version ? Integer.parseInt(name) : 0;
    return new PolicyVersion(number, storage, weights.tokenizer(), weights);
  }
}
