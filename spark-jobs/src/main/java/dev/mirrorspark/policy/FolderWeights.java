package dev.mirrorspark.policy;

import dev.mirrorspark.model.ModelConfigJson;
import dev.mirrorspark.model.ModelFolder;
import dev.mirrorspark.model.ModelShape;
import java.nio.file.Path;

/**
 * The weights of a checkpoint folder that every executor can read.
 *
 * @param folder the Hugging Face folder
 * @param sha256 hash of its tensors, as in table {@code policies}; tells versions apart that lay in
 *     one folder after another
 */
public record FolderWeights(String folder, String sha256, ModelShape shape)
    implements WeightSource {

  /** The weights of a folder whose hash is known. */
  public static FolderWeights of(Path folder, String sha256) {
    var shape = ModelConfigJson.read(folder.resolve("config.json"));
    return new FolderWeights(folder.toString(), sha256, shape);
  }

  @Override
  public String key() {
    return folder + "@" + sha256;
  }

  @Override
  public Weights load() {
    var model = ModelFolder.load(Path.of(folder));
    return new Weights(model.shape(), model.flat());
  }
}
