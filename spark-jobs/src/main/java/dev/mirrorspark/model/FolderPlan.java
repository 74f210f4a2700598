package dev.mirrorspark.model;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * Which tensors of a model go into which file of its folder; a tensor is never split.
 *
 * @param dtype the type of the folder's own tensors
 * @param files the files in the order of the flat buffer, those of the state last
 */
public record FolderPlan(ParameterLayout layout, DType dtype, List<PlannedFile> files)
    implements Serializable {
  public FolderPlan {
    files = List.copyOf(files);
  }

  /**
   * One file.
   *
   * @param name its path below the folder
   */
  public record PlannedFile(String name, DType dtype, List<ParameterLayout.Entry> tensors)
      implements Serializable {
    public PlannedFile {
      tensors = List.copyOf(tensors);
    }

    boolean ofState() {
      return name.startsWith(ModelFolder.STATE + "/");
    }

    /** Bytes of its tensors. */
    public long bytes() {
      return dtype.bytes() * tensors.stream().mapToLong(ParameterLayout.Entry::size).sum();
    }
  }

  /**
   * The plan of a folder.
   *
   * @param maxShardBytes most bytes of tensors in a file, unless a single tensor has more
   */
  public static FolderPlan of(ParameterLayout layout, DType dtype, long maxShardBytes) {
    return new FolderPlan(layout, dtype, files("", layout, dtype, maxShardBytes));
  }

  /**
   * The plan of a folder that training goes on from: of 16 bits it has a {@link ModelFolder#state
   * state} too.
   *
   * @param maxShardBytes as in {@link #of}
   */
  public static FolderPlan withState(ParameterLayout layout, DType dtype, long maxShardBytes) {
    var files = new ArrayList<>(files("", layout, dtype, maxShardBytes));
    if (dtype != DType.F32) {
      files.addAll(files(ModelFolder.STATE + "/", layout, DType.F32, maxShardBytes));
    }
    return new FolderPlan(layout, dtype, files);
  }

  /** The plan of an {@link AdapterFolder}: one file, in F32. */
  public static FolderPlan ofAdapters(ParameterLayout layout) {
    var file = new PlannedFile(AdapterFolder.WEIGHTS, DType.F32, layout.entries());
    return new FolderPlan(layout, DType.F32, List.of(file));
  }

  private static List<PlannedFile> files(
      String folder, ParameterLayout layout, DType dtype, long maxShardBytes) {
    var shards = new ArrayList<List<ParameterLayout.Entry>>();
    long shardBytes = 0;
    for (var entry : layout.entries()) {
      long bytes = entry.size() * dtype.bytes();
      if (shards.isEmpty() || shardBytes + bytes > maxShardBytes) {
        shards.add(new ArrayList<>());
        shardBytes = 0;
      }
      shardBytes += bytes;
      shards.get(shards.size() - 1).add(entry);
    }
    var files = new ArrayList<PlannedFile>();
    for (int i = 0; i < shards.size(); i++) {
      String name =
          shards.size() == 1
              ? ModelFolder.WEIGHTS
              : "model-%05d-of-%05d.safetensors".formatted(i + 1, shards.size());
      files.add(new PlannedFile(folder + name, dtype, shards.get(i)));
    }
    return files;
  }

  /** The files of the folder itself, or those of its state. */
  List<PlannedFile> files(boolean ofState) {
    return files.stream().filter(file -> file.ofState() == ofState).toList();
  }
}
