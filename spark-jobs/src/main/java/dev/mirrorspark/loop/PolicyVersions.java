package dev.mirrorspark.loop;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.files.Storage;
import dev.mirrorspark.model.AdapterFolder;
import dev.mirrorspark.model.AdapterWriter;
import dev.mirrorspark.model.FolderPlan;
import dev.mirrorspark.model.FolderWriter;
import dev.mirrorspark.model.FolderWriter.Digests;
import dev.mirrorspark.model.ModelFolder;
import dev.mirrorspark.model.ModelShape;
import dev.mirrorspark.policy.FolderWeights;
import dev.mirrorspark.policy.PolicyVersion;
import dev.mirrorspark.table.Policies;
import dev.mirrorspark.table.Policies.Method;
import dev.mirrorspark.table.Policies.Policy;
import dev.mirrorspark.table.Policies.ProducedBy;
import dev.mirrorspark.train.SftStage;
import dev.mirrorspark.train.Trained;
import dev.mirrorspark.train.WeightOutput;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.spark.sql.functions;

/** The policy versions of a run: table {@code policies} and the checkpoint folders beside it. */
final class PolicyVersions {
  static final long MAX_SHARD_BYTES = 1L << 30;

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
    String folder = session.checkpoint(0);
    Digests digests =
        config.model().path().isEmpty()
            ? NewModel.write(config, session.storage(), folder)
            : copy(session, config.model().path(), folder);
    return new Policy(
        config.run(),
        0,
        OptionalInt.empty(),
        folder,
        digests.sha256(),
        ProducedBy.INIT,
        OptionalInt.empty(),
        List.of(),
        digests.export());
  }

  /**
   * Copies a model range by range, its state included where it has one; of adapters those alone,
   * and their base stays where it is.
   */
  private static Digests copy(Session session, String from, String to) {
    Storage storage = session.storage();
    if (AdapterFolder.exists(storage, from)) {
      var given =
          FolderWeights.of(storage, from, "")
              .training(session.config().model().lora(), session.config().seed());
      return writer(storage, to, given).save(given.adapters());
    }
    ModelFolder given = ModelFolder.open(storage, from);
    given.requireTiedHead();
    ModelFolder weights = given.weights();
    FolderPlan plan =
        weights == given
            ? FolderPlan.of(given.layout(), given.dtype(), MAX_SHARD_BYTES)
            : FolderPlan.withState(given.layout(), given.dtype(), MAX_SHARD_BYTES);
    return FolderWriter.save(storage, to, given.shape(), plan, from, weights);
  }

  /** What writes the folder of a version with adapters that follow on given ones. */
  private static AdapterWriter writer(Storage storage, String folder, FolderWeights before) {
    String base = before.base().folder();
    return new AdapterWriter(
        storage,
        folder,
        before.lora(),
        before.shape(),
        Storage.local(base).map(path -> path.toAbsolutePath().normalize().toString()).orElse(base),
        before.tokenizer());
  }

  /** Records that the run starts, from this first version; where it has started, does nothing. */
  static void start(Session session, Policy first) {
    RunRecord.start(session);
    append(session, first);
  }

  /** The reference policy of an iteration: the one that the iteration before it made. */
  static Policy reference(Session session, int iteration) {
    return reference(session, session.config().run(), iteration);
  }

  /** The same of any run. */
  static Policy reference(Session session, String run, int iteration) {
    List<Policy> versions = all(session, run);
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
                        + run
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

  /** Where the ranks of an update write the weights of the version that follows on another. */
  static WeightOutput output(Session session, Policy parent) {
    session.warehouse().requireHeld(session.config().run());
    Storage storage = session.storage();
    String folder = session.checkpoint(parent.version() + 1);
    FolderWeights weights = weights(session, parent);
    if (weights.lora().present()) {
      return new WeightOutput(storage, folder, writer(storage, folder, weights).plan());
    }
    ModelFolder before = weights.base();
    return new WeightOutput(
        storage, folder, FolderPlan.withState(before.layout(), before.dtype(), MAX_SHARD_BYTES));
  }

  /**
   * Completes the checkpoint of a version that was trained from another, then writes its row; that
   * of its parent again where nothing was trained.
   */
  static Policy commit(
      Session session,
      Policy parent,
      Trained trained,
      ProducedBy producedBy,
      OptionalInt iteration) {
    Digests digests = digests(session, parent, trained, weights(session, parent).shape());
    return record(session, parent, digests, producedBy, iteration, trained.tableSteps());
  }

  /** The same of the warm-up, after which the policy may reach further. */
  static Policy commitWarmUp(Session session, Policy parent, Trained trained) {
    var shape = SftStage.shape(session.config(), weights(session, parent));
    return record(
        session,
        parent,
        digests(session, parent, trained, shape),
        ProducedBy.SFT,
        OptionalInt.empty(),
        trained.tableSteps());
  }

  /** The same of a version that a method of long2short trained. */
  static Policy commit(Session session, Policy parent, Trained trained, Method method) {
    Digests digests = digests(session, parent, trained, weights(session, parent).shape());
    var policy = version(session, parent, digests, trained, method);
    append(session, policy);
    return policy;
  }

  private static Policy version(
      Session session, Policy parent, Digests digests, Trained trained, Method method) {
    return next(session, parent, digests, ProducedBy.SFT, OptionalInt.empty(), trained.tableSteps())
        .by(method, List.of());
  }

  private static Digests digests(
      Session session, Policy parent, Trained trained, ModelShape shape) {
    WeightOutput output = output(session, parent);
    FolderWeights weights = weights(session, parent);
    return weights.lora().present()
        ? adapters(output, weights, trained)
        : whole(output, weights.base(), shape, trained);
  }

  private static Digests adapters(WeightOutput output, FolderWeights before, Trained trained) {
    AdapterWriter writer = writer(output.storage(), output.folder(), before);
    return trained.steps().isEmpty()
        ? writer.save(before.adapters())
        : writer.commit(trained.written());
  }

  private static Digests whole(
      WeightOutput output, ModelFolder before, ModelShape shape, Trained trained) {
    return trained.steps().isEmpty()
        ? FolderWriter.save(
            output.storage(),
            output.folder(),
            shape,
            output.plan(),
            before.folder(),
            before.weights())
        : FolderWriter.commit(
            output.storage(),
            output.folder(),
            shape,
            output.plan(),
            before.folder(),
            trained.written());
  }

  /** The row of a version whose checkpoint is written. */
  static Policy record(
      Session session,
      Policy parent,
      Digests digests,
      ProducedBy producedBy,
      OptionalInt iteration,
      List<Policies.Step> steps) {
    var policy = next(session, parent, digests, producedBy, iteration, steps);
    append(session, policy);
    return policy;
  }

  private static Policy next(
      Session session,
      Policy parent,
      Digests digests,
      ProducedBy producedBy,
      OptionalInt iteration,
      List<Policies.Step> steps) {
    int version = parent.version() + 1;
    return new Policy(
        session.config().run(),
        version,
        OptionalInt.of(parent.version()),
        session.checkpoint(version),
        digests.sha256(),
        producedBy,
        iteration,
        steps,
        digests.export());
  }

  private static void append(Session session, Policy policy) {
    session
        .warehouse()
        .append(
            Policies.TABLE, List.of(policy.toRow()), policy.run() + "/policies", policy.version());
  }

  /** A version as the decoding stages take it. */
  static PolicyVersion source(Session session, Policy policy) {
    return new PolicyVersion(
        policy.version(), session.storage(), policy.checkpoint(), weights(session, policy));
  }

  /**
   * The policy in a Hugging Face folder that no run made, as version 0.
   *
   * @throws UserError if the folder is damaged
   */
  static PolicyVersion inFolder(Session session, String folder) {
    return inFolder(session, folder, sha256(session, folder));
  }

  /** The same, of a folder whose hash is known. */
  static PolicyVersion inFolder(Session session, String folder, String sha256) {
    Storage storage = session.storage();
    var weights = FolderWeights.of(storage, folder, sha256);
    return new PolicyVersion(0, storage, weights.tokenizer(), weights);
  }

  /** The hash of the tensors in a Hugging Face folder. */
  static String sha256(Session session, String folder) {
    return FolderWeights.digest(session.storage(), folder);
  }

  /** Where executors load a version's weights from, and what of them the run trains. */
  static FolderWeights weights(Session session, Policy policy) {
    return FolderWeights.of(session.storage(), policy.checkpoint(), policy.sha256())
        .training(session.config().model().lora(), session.config().seed());
  }
}
