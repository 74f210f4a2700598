package dev.mirrorspark.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.files.Storage;
import dev.mirrorspark.model.DType;
import dev.mirrorspark.model.FlatRange;
import dev.mirrorspark.model.SafeTensors;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * Weights and moments of a phase in progress (the supervised warm-up, or the update of one
 * iteration), on storage that driver and executors share.
 *
 * <p>Under {@code <warehouse>/_steps/<run>/<phase>} lies one folder a snapshot, {@code
 * step-000007}, with a safetensors file a rank, and {@code _COMPLETE}, which rank 0 writes last;
 * only the newest is kept. {@code _DONE} says that the phase has ended, and what it led to.
 *
 * @param folder the phase's folder
 */
record Snapshots(Storage storage, String folder) implements Serializable {
  private static final String COMPLETE = "_COMPLETE";
  private static final String DONE = "_DONE";
  private static final String STEP = "step-";
  private static final String WEIGHTS = "weights";
  private static final String FIRST = "first_moment";
  private static final String SECOND = "second_moment";
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * How far a phase is.
   *
   * @param steps the steps taken, from step 0
   * @param adamSteps steps since the optimizer's moments were zero
   */
  record Progress(List<StepRecord> steps, int adamSteps) implements Serializable {
    static final Progress NONE = new Progress(List.of(), 0);

    Progress {
      steps = new ArrayList<>(steps);
    }
  }

  /** The snapshots of one phase of a run. */
  static Snapshots of(Storage storage, String warehouse, String run, String phase) {
    String steps = Storage.child(storage.ofTables(warehouse), "_steps");
    return new Snapshots(storage, Storage.child(Storage.child(steps, run), phase));
  }

  /** Those of another phase of the same run. */
  Snapshots phase(String phase) {
    return new Snapshots(storage, Storage.child(Storage.parent(folder), phase));
  }

  /** Names of the phases of this run that have a folder, in ascending order. */
  List<String> phases() {
    return storage.list(Storage.parent(folder));
  }

  /**
   * The newest snapshot; what an interrupted one left is passed over.
   *
   * @throws UserError if its marker is damaged
   */
  Progress newest() {
    List<String> steps =
        storage.list(folder).stream()
            .filter(name -> name.startsWith(STEP) && storage.exists(marker(name)))
            .toList();
    return steps.isEmpty()
        ? Progress.NONE
        : read(marker(steps.get(steps.size() - 1)), Progress.class);
  }

  private String marker(String step) {
    return Storage.child(Storage.child(folder, step), COMPLETE);
  }

  private <T> T read(String file, Class<T> type) {
    try {
      return JSON.readValue(storage.text(file), type);
    } catch (JsonProcessingException e) {
      throw new UserError(
          file + ": damaged; delete the folder that it lies in: the phase starts again", e);
    }
  }

  /**
   * Writes a rank's shard; safe to repeat, and in two attempts of a task at once.
   *
   * @throws UserError if it cannot be written, for instance on a full disk
   */
  void write(int step, int rank, Tensor weights, Tensor first, Tensor second) {
    SafeTensors.write(
        storage,
        file(step, rank),
        List.of(part(WEIGHTS, weights), part(FIRST, first), part(SECOND, second)),
        DType.F32);
  }

  private static SafeTensors.Part part(String name, Tensor values) {
    return new SafeTensors.Part(name, List.of(values.numel()), FlatRange.of(values), 0);
  }

  /**
   * Marks a snapshot as complete, once all its shards are written, and drops the older ones.
   *
   * @throws UserError if it cannot be written
   */
  void complete(Progress progress) {
    String step = name(progress.steps().size() - 1);
    storage.writeText(marker(step), json(progress));
    storage.list(folder).stream()
        .filter(name -> name.startsWith(STEP) && !name.equals(step))
        .forEach(name -> storage.delete(Storage.child(folder, name)));
  }

  private static String json(Object object) {
    try {
      return JSON.writeValueAsString(object);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Reads a rank's shard into its place.
   *
   * @throws UserError if it is missing or damaged
   */
  void read(int step, int rank, Tensor weights, Tensor first, Tensor second) {
    var header = SafeTensors.header(storage, file(step, rank));
    read(header, WEIGHTS, weights);
    read(header, FIRST, first);
    read(header, SECOND, second);
  }

  /**
   * Reads the moments of a rank's shard.
   *
   * @throws UserError if they are missing or damaged
   */
  void readMoments(int step, int rank, Tensor first, Tensor second) {
    var header = SafeTensors.header(storage, file(step, rank));
    read(header, FIRST, first);
    read(header, SECOND, second);
  }

  private void read(SafeTensors.Header header, String name, Tensor into) {
    try (var scope = new PointerScope()) {
      Tensor host = into.is_cuda() ? into.cpu() : into;
      SafeTensors.read(storage, header, name, 0, host);
      if (host != into) {
        into.copy_(host);
      }
    }
  }

  /** What the phase led to, if it has ended. */
  Optional<Trained> done() {
    String file = Storage.child(folder, DONE);
    return storage.exists(file) ? Optional.of(read(file, Trained.class)) : Optional.empty();
  }

  /** Records what the phase led to. */
  void finish(Trained trained) {
    storage.writeText(Storage.child(folder, DONE), json(trained));
  }

  /** Deletes the phase, once its result is committed elsewhere. */
  void deleteAll() {
    storage.delete(folder);
  }

  private static String name(int step) {
    return STEP + "%06d".formatted(step);
  }

  private String file(int step, int rank) {
    return Storage.child(
        Storage.child(folder, name(step)), "rank-%03d.safetensors".formatted(rank));
  }
}
