package dev.mirrorspark.loop;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.policy.FolderWeights;
import dev.mirrorspark.policy.PolicyVersion;
import dev.mirrorspark.model.LoadedModel;
import dev.mirrorspark.model.ModelFolder;
import dev.mirrorspark.model.TextTokenizer;
import dev.mirrorspark.table.Policies;
import dev.mirrorspark.table.Policies.Policy;
import dev.mirrorspark.table.Policies.ProducedBy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.spark.sql.functions;

/** The policy versions of a run: table {@code policies} and the checkpoint folders beside it. */
final class PolicyVersions {
  private static final long MAX_SHARD_BYTES = 5L << 30;

  private PolicyVersions() {}

  /** All versions, oldest first. */
  static List<Policy> all(Session session) {
    return all(session, session.config().run());
  }

  /** All versions of a run, oldest first. */
  static List<Policy> all(Session session, String run) {
    return session
        .warehouse()
        .read(Policies.TABLE)
        .where(functions.col("run").equalTo(run))
        .collectAsList()
        .stream()
        .map(Policy::from)
        .sorted(Comparator.comparingInt(Policy::version))
        .toList();
  }

  /**
   * The version that the warm-up or the first iteration starts from. Where there is none its
   * checkpoint is made, but the tables do not know it before {@link #start}.
   *
   * @throws UserError if the model to start from is damaged
   */
  static Policy first(Session session) {
    Optional<Policy> present = all(session).stream().findFirst();
    return present.orElseGet(() -> create(session));
  }

  private static Policy create(Session session) {
    var config = session.config();
    Path folder = session.checkpoint(0);
    if (config.model().path().isEmpty()) {
      NewModel.write(config, folder);
    } else {
      LoadedModel given = ModelFolder.load(Path.of(config.model().path()));
      try (var tokenizer = TextTokenizer.of(given.folder())) {
        ModelFolder.save(
            folder, given.shape(), given.flat(), given.dtype(), tokenizer, MAX_SHARD_BYTES);
      }
    }
    LoadedModel model = ModelFolder.load(folder);
    return new Policy(
        config.run(),
        0,
        OptionalInt.empty(),
        folder.toString(),
        ModelFolder.sha256(model.layout(), model.flat()),
        ProducedBy.INIT,
        OptionalInt.empty(),
        List.of());
  }

  /** Records that the run starts, from this first version; where it has started, does nothing. */
  static void start(Session session, Policy first) {
    RunRecord.start(session);
    append(session, first);
  }

  /** The reference policy of an iteration: the one that the iteration before it made. */
  static Policy reference(Session session, int iteration) {
    List<Policy> versions = all(session);
    return versions.stream()
        .filter(
            policy ->
                iteration == 0
                    ? policy.producedBy() != ProducedBy.RL
                    : policy.iteration().equals(OptionalInt.of(iteration - 1)))
        .max(Comparator.comparingInt(Policy::version))
        .orElseThrow(
            () ->
                new UserError(
                    "run "
                        + session.config().run()
                        + ": table policies has no version for iteration "
                        + iteration
                        + "; the run has "
                        + versions.size()
                        + " versions: run `train` up to it first"));
  }

  /** That version, or the newest where none is asked for. */
  static Policy version(Session session, OptionalInt asked) {
    List<Policy> versions = all(session);
    return versions.stream()
        .filter(policy -> asked.isEmpty() || policy.version() == asked.getAsInt())
        .max(Comparator.comparingInt(Policy::version))
        .orElseThrow(
            () ->
                new UserError(
                    "run "
                        + session.config().run()
                        + " has no policy"
                        + (asked.isEmpty() ? "" : " version " + asked.getAsInt())
                        + ": it has "
                        + versions.size()
                        + " versions; train first, or name another run with --set run=NAME"));
  }

  /**
   * Writes the checkpoint of a version that was trained from another, then its row; does neither
   * again where they are there.
   */
  static Policy commit(
      Session session,
      Policy parent,
      float[] flat,
      ProducedBy producedBy,
      OptionalInt iteration,
      List<Policies.Step> steps) {
    int version = parent.version() + 1;
    Path folder = session.checkpoint(version);
    LoadedModel before = ModelFolder.load(Path.of(parent.checkpoint()));
    String sha256 = ModelFolder.sha256(before.layout(), flat);
    if (!Files.exists(folder) || !holds(folder, sha256)) {
      try (var tokenizer = TextTokenizer.of(before.folder())) {
        ModelFolder.save(folder, before.shape(), flat, before.dtype(), tokenizer, MAX_SHARD_BYTES);
      }
    }
    var policy =
        new Policy(
            session.config().run(),
            version,
            OptionalInt.of(parent.version()),
            folder.toString(),
            sha256,
            producedBy,
            iteration,
            steps);
    append(session, policy);
    return policy;
  }

  private static boolean holds(Path folder, String sha256) {
    LoadedModel model = ModelFolder.load(folder);
    return ModelFolder.sha256(model.layout(), model.flat()).equals(sha256);
  }

  private static void append(Session session, Policy policy) {
    session
        .warehouse()
        .append(
            Policies.TABLE, List.of(policy.toRow()), policy.run() + "/policies", policy.version());
  }

  /** A version as the decoding stages take it. */
  static PolicyVersion source(Policy policy) {
    return new PolicyVersion(policy.version(), policy.checkpoint(), weights(policy));
  }

  /**
   * The policy in a Hugging Face folder that no run made, as version 0.
   *
   * @throws UserError if the folder is damaged
   */
  static PolicyVersion inFolder(String folder) {
    return new PolicyVersion(0, folder, FolderWeights.of(Path.of(folder), sha256(folder)));
  }

  /** The hash of the tensors in a Hugging Face folder. */
  static String sha256(String folder) {
    LoadedModel model = ModelFolder.load(Path.of(folder));
    return ModelFolder.sha256(model.layout(), model.flat());
  }

  /** Where executors load a version's weights from. */
  static FolderWeights weights(Policy policy) {
    return FolderWeights.of(Path.of(policy.checkpoint()), policy.sha256());
  }
}
