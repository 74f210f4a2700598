package dev.mirrorspark.policy;

import dev.mirrorspark.files.Storage;
import dev.mirrorspark.model.ModelConfigJson;
import dev.mirrorspark.model.ModelFolder;
import dev.mirrorspark.model.ModelShape;
import java.nio.file.Path;
import org.bytedeco.pytorch.Tensor;

/**
 * The weights of a checkpoint folder that every executor can read, its F32 state where it has one.
 *
 * @param folder the Hugging Face folder
 * @param sha256 hash of its tensors, as in table {@code policies}; tells versions apart that lay in
 *     one folder after another
 */
public record FolderWeights(Storage storage, String folder, String sha256, ModelShape shape)
    implements WeightSource {

  /** The weights of a folder whose hash is known. */
  public static FolderWeights of(Storage storage, String folder, String sha256) {
    var shape = ModelConfigJson.read(storage, Storage.child(folder, "config.json"));
    return new FolderWeights(storage, folder, sha256, shape);
  }

  /** As {@link #of(Storage, String, String)}, of a folder of this machine. */
  public static FolderWeights of(Path folder, String sha256) {
    return of(Storage.local(), folder.toString(), sha256);
  }

  /** The key of the weights of that hash in a folder. */
  public static String key(String folder, String sha256) {
    return folder + "@" + sha256;
  }

  @Override
  public String key() {
    return key(folder, sha256);
  }

  @Override
  public void read(Tensor flat) {
    ModelFolder.open(storage, folder).weights().readInto(flat);
  }
}
