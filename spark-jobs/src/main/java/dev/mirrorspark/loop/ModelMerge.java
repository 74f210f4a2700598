package dev.mirrorspark.loop;

import dev.mirrorspark.config.FaultPoint;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.files.Storage;
import dev.mirrorspark.model.AdapterFolder;
import dev.mirrorspark.model.AveragedWeights;
import dev.mirrorspark.model.DType;
import dev.mirrorspark.model.FolderPlan;
import dev.mirrorspark.model.FolderWriter;
import dev.mirrorspark.model.FolderWriter.Digests;
import dev.mirrorspark.model.ModelFolder;
import dev.mirrorspark.table.Policies.Method;
import dev.mirrorspark.table.Policies.Parent;
import dev.mirrorspark.table.Policies.Policy;
import dev.mirrorspark.table.Policies.ProducedBy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * The `merge` command: a model whose weights are the average of those of others, such as a model
 * that reasons at length and one that answers briefly (Kimi k1.5, 2.4).
 *
 * <p>A Spark stage writes the files of weights, a task each, and holds a few million values at a
 * time; the driver completes the folder.
 */
public final class ModelMerge {
  private static final String VERSION_MARK = "@";

  private ModelMerge() {}

  /**
   * Writes a folder.
   *
   * @param sources Hugging Face folders; the first gives the tokenizer
   * @param weights of each, relative to their sum
   * @param dtype of the result; empty: that of the first source
   * @throws UserError if the models do not fit together or one is damaged, or the target exists
   */
  public static Digests toFolder(
      JavaSparkContext spark,
      Storage storage,
      List<String> sources,
      List<Double> weights,
      Optional<DType> dtype,
      String target) {
    if (ModelFolder.exists(storage, target) || !storage.list(target).isEmpty()) {
      throw new UserError(target + ": exists already; name a new folder, or remove this one");
    }
    return write(spark, storage, sources, weights, dtype, target);
  }

  /**
   * What would be written, after all checks; reads no weights.
   *
   * @throws UserError as {@link #toFolder}
   */
  public static String describe(
      Storage storage, List<String> sources, List<Double> weights, Optional<DType> dtype) {
    var models = models(storage, sources);
    models.forEach(ModelFolder::requireTiedHead);
    var average = AveragedWeights.of(models, weights);
    return "%,d parameters as %s, weights %s"
        .formatted(
            models.get(0).layout().size(), dtype.orElse(models.get(0).dtype()), average.weights());
  }

  /**
   * Makes the average the first version of the session's run, with all its parents in the row of
   * table {@code policies}; where that was done, does nothing.
   *
   * @param sources folders, or {@code RUN@VERSION} of this warehouse
   * @throws UserError as {@link #toFolder}, and if the run has other policies
   */
  public static Policy toRun(
      Session session, List<String> sources, List<Double> weights, Optional<DType> dtype) {
    var parents = parents(session, sources, weights);
    var present = PolicyVersions.all(session);
    if (!present.isEmpty()) {
      if (present.get(0).parents().equals(parents)) {
        return present.get(0);
      }
      throw new UserError(
          "run %s has policies of other origin: name another run"
              .formatted(session.config().run()));
    }
    var spark = JavaSparkContext.fromSparkContext(session.spark().sparkContext());
    var folders = parents.stream().map(Parent::folder).toList();
    String folder = session.checkpoint(0);
    Digests digests = write(spark, session.storage(), folders, weights, dtype, folder);
    FaultPoint.pass("merge", 0);
    var policy =
        new Policy(
                session.config().run(),
                0,
                OptionalInt.empty(),
                folder,
                digests.sha256(),
                ProducedBy.INIT,
                OptionalInt.empty(),
                List.of(),
                digests.export())
            .by(Method.MERGE, parents);
    PolicyVersions.start(session, policy);
    FaultPoint.pass("merge-commit", 0);
    return policy;
  }

  private static Digests write(
      JavaSparkContext spark,
      Storage storage,
      List<String> sources,
      List<Double> weights,
      Optional<DType> dtype,
      String target) {
    var models = models(storage, sources);
    var average = AveragedWeights.of(models, weights);
    ModelFolder first = models.get(0);
    DType type = dtype.orElse(first.dtype());
    var plan =
        first.state().isPresent()
            ? FolderPlan.withState(first.layout(), type, PolicyVersions.MAX_SHARD_BYTES)
            : FolderPlan.of(first.layout(), type, PolicyVersions.MAX_SHARD_BYTES);
    FolderWriter.begin(storage, target);
    var files = IntStream.range(0, plan.files().size()).boxed().toList();
    var written =
        spark
            .parallelize(files, files.size())
            .map(file -> FolderWriter.write(storage, target, plan, file, average))
            .collect();
    FaultPoint.pass("merge-files", 0);
    return FolderWriter.commit(storage, target, first.shape(), plan, first.folder(), written);
  }

  private static List<ModelFolder> models(Storage storage, List<String> folders) {
    if (folders.size() < 2) {
      throw new UserError("one model alone has no average: name two or more");
    }
    return folders.stream().map(folder -> open(storage, folder)).toList();
  }

  private static ModelFolder open(Storage storage, String folder) {
    if (AdapterFolder.exists(storage, folder)) {
      throw new UserError(
          folder + ": holds adapters; make a whole model of them first (adapter merge)");
    }
    return ModelFolder.open(storage, folder);
  }

  private static List<Parent> parents(Session session, List<String> sources, List<Double> weights) {
    double sum = weights.stream().mapToDouble(Double::doubleValue).sum();
    List<Parent> parents = new ArrayList<>();
    for (int i = 0; i < sources.size(); i++) {
      double weight = i < weights.size() ? weights.get(i) / sum : Double.NaN;
      parents.add(parent(session, sources.get(i), weight));
    }
    return parents;
  }

  private static Parent parent(Session session, String source, double weight) {
    int mark = source.lastIndexOf(VERSION_MARK);
    if (mark > 0
        && source.substring(mark + 1).matches("\\d{1,9}")
        && !session.storage().isFolder(source)) {
      String run = source.substring(0, mark);
      int version = Integer.parseInt(source.substring(mark + 1));
      return PolicyVersions.all(session, run).stream()
          .filter(policy -> policy.version() == version)
          .findFirst()
          .map(
              found ->
                  new Parent(
                      found.checkpoint(),
                      Optional.of(run),
                      OptionalInt.of(version),
                      found.sha256(),
                      weight))
          .orElseThrow(
              () ->
                  new UserError(
                      "%s: warehouse %s has no version %d of run %s"
                          .formatted(source, session.config().warehouse(), version, run)));
    }
    return new Parent(
        source,
        Optional.empty(),
        OptionalInt.empty(),
        open(session.storage(), source).weights().digest(),
        weight);
  }
}
