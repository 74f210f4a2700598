package dev.mirrorspark.model;

import dev.mirrorspark.files.Storage;
import java.nio.file.Path;
import org.bytedeco.javacpp.PointerScope;

/**
 * A small checkpoint folder of this machine with its weights as a Java array, for tests.
 *
 * @param flat the most precise values {@code [layout.size()]}, in the order of the layout
 */
public record LoadedModel(
    Path folder, ModelShape shape, ParameterLayout layout, float[] flat, DType dtype) {

  /** Reads a folder. */
  public static LoadedModel load(Path folder) {
    var found = ModelFolder.open(Storage.local(), folder.toString());
    try (var scope = new PointerScope()) {
      var flat = Tensors.emptyFloats(found.layout().size());
      found.weights().readInto(flat);
      return new LoadedModel(
          folder, found.shape(), found.layout(), Tensors.floats(flat), found.dtype());
    }
  }

  /** Writes a folder without state and returns its digest. */
  public static String save(
      Path folder,
      ModelShape shape,
      float[] flat,
      DType dtype,
      Path tokenizer,
      long maxShardBytes) {
    try (var scope = new PointerScope()) {
      return FolderWriter.save(
              Storage.local(),
              folder.toString(),
              shape,
              FolderPlan.of(ParameterLayout.of(shape), dtype, maxShardBytes),
              tokenizer.toString(),
              FlatRange.of(Tensors.ofFloats(flat, flat.length)))
          .sha256();
    }
  }

  /** The hash of a folder's weights, as table {@code policies} holds it. */
  public static String sha256(Path folder) {
    return ModelFolder.open(Storage.local(), folder.toString()).weights().digest();
  }
}
