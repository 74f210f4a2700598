package dev.mirrorspark.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.train.ShardFile.Shard;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;

/**
 * Weights and optimizer state of a phase in progress (the supervised warm-up, or the update of one
 * iteration), on storage that driver and executors share.
 *
 * <p>Under {@code <warehouse>/_steps/<run>/<phase>} lies one folder a step, {@code step-000007},
 * with a file a shard, and {@code _COMPLETE}, which the driver writes last. The shards of the last
 * two complete steps are kept, the markers of all.
 *
 * @param folder the phase's folder
 * @param hadoop the file system's configuration
 */
public record StepStore(String folder, Broadcast<SerializableConfiguration> hadoop)
    implements Serializable {
  private static final String COMPLETE = "_COMPLETE";
  private static final String STEP = "step-";
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * What {@code _COMPLETE} says.
   *
   * @param adamSteps steps since the optimizer's moments were zero
   * @param parameters length of the flat buffer
   * @param checksums CRC-32 of the weights of each shard
   */
  public record Marker(StepRecord step, int adamSteps, long parameters, int[] checksums)
      implements Serializable {
    Shards shards() {
      return new Shards(parameters, checksums.length);
    }
  }

  /** The store of one phase of a run. */
  public static StepStore open(JavaSparkContext spark, String warehouse, String run, String phase) {
    var hadoop = spark.broadcast(new SerializableConfiguration(spark.hadoopConfiguration()));
    return new StepStore(
        new Path(new Path(new Path(warehouse, "_steps"), run), phase).toString(), hadoop);
  }

  /** The store of another phase of the same run. */
  StepStore phase(String phase) {
    return new StepStore(new Path(new Path(folder).getParent(), phase).toString(), hadoop);
  }

  /** Names of the phases of this run that have a folder, in ascending order. */
  List<String> phases() {
    return list(new Path(folder).getParent()).stream()
        .map(status -> status.getPath().getName())
        .sorted()
        .toList();
  }

  /**
   * The complete steps in order, from step 0; whatever an interrupted step left is deleted.
   *
   * @throws UserError if a marker is damaged
   */
  public List<Marker> resume() {
    Map<String, Path> steps = new TreeMap<>();
    for (FileStatus status : list(new Path(folder))) {
      steps.put(status.getPath().getName(), status.getPath());
    }
    List<Marker> complete = new ArrayList<>();
    for (Map.Entry<String, Path> step : steps.entrySet()) {
      Path marker = new Path(step.getValue(), COMPLETE);
      if (step.getKey().equals(name(complete.size())) && exists(marker)) {
        complete.add(read(marker));
      } else {
        delete(step.getValue());
      }
    }
    return complete;
  }

  private Marker read(Path file) {
    try (var in = fileSystem().open(file)) {
      return JSON.readValue(in.readAllBytes(), Marker.class);
    } catch (JsonProcessingException e) {
      throw new UserError(
          file + ": damaged; delete its folder to go on from the step before it", e);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  /**
   * Writes a shard of a step; safe to repeat, and in two attempts of a task at once.
   *
   * @param attempt distinguishes attempts of the same task
   * @return the checksum for the marker
   * @throws UserError if it cannot be written, for instance on a full disk
   */
  int write(int step, int shard, long attempt, Shard content) {
    Path target = shard(step, shard);
    Path temporary = new Path(target.getParent(), "." + target.getName() + "." + attempt);
    try {
      int crc;
      try (var out = create(temporary)) {
        crc = ShardFile.write(out, content);
      }
      // Another attempt's file has the same content: either may stay.
      if (!fileSystem().rename(temporary, target) && !exists(target)) {
        throw new IOException("renaming " + temporary + " failed");
      }
      return crc;
    } catch (IOException | FSError e) {
      throw unwritable(target, e);
    }
  }

  /**
   * Marks a step as complete, once all its shards are written, and drops the shards of the step
   * before the last.
   *
   * @throws UserError if it cannot be written
   */
  void complete(Marker marker) {
    int step = marker.step().step();
    Path target = new Path(step(step), COMPLETE);
    Path temporary = new Path(step(step), ".marker");
    try {
      try (var out = create(temporary)) {
        out.write(JSON.writeValueAsString(marker).getBytes(StandardCharsets.UTF_8));
      }
      if (!fileSystem().rename(temporary, target)) {
        throw new IOException("renaming " + temporary + " failed");
      }
    } catch (IOException | FSError e) {
      throw unwritable(target, e);
    }
    for (FileStatus file : list(step(step - 2))) {
      if (!file.getPath().getName().equals(COMPLETE)) {
        delete(file.getPath());
      }
    }
  }

  /**
   * A shard of a complete step.
   *
   * @throws UserError if it is missing or damaged
   */
  Shard read(Marker marker, int shard) {
    Path file = shard(marker.step().step(), shard);
    int n = marker.shards().length(shard);
    try (var in = fileSystem().open(file)) {
      return ShardFile.read(in, file.toString(), n, marker.checksums()[shard]);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  /**
   * The weights after a complete step, all shards in their places {@code [parameters]}.
   *
   * @throws UserError if a shard is missing or damaged
   */
  public float[] weights(Marker marker) {
    Shards shards = marker.shards();
    float[] flat = new float[Math.toIntExact(marker.parameters())];
    for (int s = 0; s < shards.count(); s++) {
      Path file = shard(marker.step().step(), s);
      try (var in = fileSystem().open(file)) {
        int n = shards.length(s);
        int crc = marker.checksums()[s];
        ShardFile.readWeights(in, file.toString(), n, crc, flat, shards.from(s));
      } catch (IOException e) {
        throw unreadable(file, e);
      }
    }
    return flat;
  }

  /** Names the weights after a complete step. */
  String key(Marker marker) {
    return step(marker.step().step()) + "@" + Arrays.toString(marker.checksums());
  }

  /** Deletes the phase, once its result is committed elsewhere. */
  public void deleteAll() {
    delete(new Path(folder));
  }

  private static String name(int step) {
    return STEP + "%06d".formatted(step);
  }

  private Path step(int step) {
    return new Path(folder, name(step));
  }

  private Path shard(int step, int shard) {
    return new Path(step(step), "shard-" + shard + ".bin");
  }

  /** A local file system without Hadoop's checksum files: shards have their own. */
  private FileSystem fileSystem() throws IOException {
    FileSystem found = new Path(folder).getFileSystem(hadoop.value().value());
    return found instanceof LocalFileSystem local ? local.getRaw() : found;
  }

  /**
   * Opens a file for writing; without a permission, which a local file system sets by a process.
   */
  private java.io.OutputStream create(Path file) throws IOException {
    FileSystem files = fileSystem();
    int buffer = 1 << 16;
    short copies = files.getDefaultReplication(file);
    return files.create(file, true, buffer, copies, files.getDefaultBlockSize(file), null);
  }

  private List<FileStatus> list(Path path) {
    try {
      return List.of(fileSystem().listStatus(path));
    } catch (FileNotFoundException e) {
      return List.of();
    } catch (IOException e) {
      throw unreadable(path, e);
    }
  }

  private boolean exists(Path path) {
    try {
      return fileSystem().exists(path);
    } catch (IOException e) {
      throw unreadable(path, e);
    }
  }

  private void delete(Path path) {
    try {
      fileSystem().delete(path, true);
    } catch (IOException e) {
      throw unwritable(path, e);
    }
  }

  private static UserError unreadable(Path file, IOException e) {
    String why = e instanceof FileNotFoundException ? "missing" : e.getMessage();
    return new UserError(
        file
            + ": cannot be read: "
            + why
            + "; every executor must see this folder, and a step without all its shards goes away"
            + " with its folder",
        e);
  }

  private static UserError unwritable(Path file, Throwable e) {
    return new UserError(
        file
            + ": cannot be written: "
            + e.getMessage()
            + "; make room or set another warehouse, then start again: the run goes on from the"
            + " last complete step",
        e);
  }
}
