package dev.mirrorspark.policy;

import dev.mirrorspark.config.LoraConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.files.Storage;
import dev.mirrorspark.model.AdapterFolder;
import dev.mirrorspark.model.AdapterInit;
import dev.mirrorspark.model.FlatRange;
import dev.mirrorspark.model.ModelFolder;
import dev.mirrorspark.model.ModelShape;
import java.nio.file.Path;
import org.bytedeco.pytorch.Tensor;

/**
 * The weights of a checkpoint folder that every executor can read, its F32 state where it has one:
 * a whole model, or the adapters of one.
 *
 * @param folder the Hugging Face folder, or the PEFT folder
 * @param sha256 hash of its tensors, as in table {@code policies}; tells versions apart that lay in
 *     one folder after another
 * @param lora adapters that training from here changes
 * @param seed of new adapters beside a whole model
 */
public record FolderWeights(
    Storage storage, String folder, String sha256, ModelShape shape, LoraConfig lora, long seed)
    implements WeightSource {

  /** The weights of a folder whose hash is known. */
  public static FolderWeights of(Storage storage, String folder, String sha256) {
    if (AdapterFolder.exists(storage, folder)) {
      var found = AdapterFolder.open(storage, folder);
      return new FolderWeights(storage, folder, sha256, found.base().shape(), found.lora(), 0);
    }
    var shape = ModelFolder.shape(storage, folder);
    return new FolderWeights(storage, folder, sha256, shape, LoraConfig.NONE, 0);
  }

  /** As {@link #of(Storage, String, String)}, of a folder of this machine. */
  public static FolderWeights of(Path folder, String sha256) {
    return of(Storage.local(), folder.toString(), sha256);
  }

  /**
   * The same weights, to be trained by section {@code model.lora}: new adapters beside a whole
   * model, and the folder's own where it has some.
   *
   * @param seed of new adapters
   * @throws UserError if the folder's adapters are others than the settings ask for
   */
  public FolderWeights training(LoraConfig settings, long seed) {
    if (settings.present() && shape.vision().present()) {
      throw new UserError(
          "model.lora.rank = %d: %s sees pictures, and adapters beside such a model are not trained yet; set 0"
              .formatted(settings.rank(), folder));
    }
    if (!lora.present()) {
      return new FolderWeights(storage, folder, sha256, shape, settings, seed);
    }
    if (settings.present() && !settings.sameAs(lora)) {
      throw new UserError(
          "model.lora = %s: the adapters in %s are %s; set the same, or model.lora.rank=0 to take theirs"
              .formatted(text(settings), folder, text(lora)));
    }
    return this;
  }

  private static String text(LoraConfig lora) {
    return "{rank: %d, alpha: %s, targets: %s}"
        .formatted(lora.rank(), lora.alpha(), lora.targets());
  }

  /** The key of the weights of that hash in a folder. */
  public static String key(String folder, String sha256) {
    return folder + "@" + sha256;
  }

  /**
   * The hash of the tensors that training from a folder goes on from.
   *
   * @throws UserError if the folder is damaged
   */
  public static String digest(Storage storage, String folder) {
    if (AdapterFolder.exists(storage, folder)) {
      return AdapterFolder.open(storage, folder).digest();
    }
    ModelFolder whole = ModelFolder.open(storage, folder);
    whole.requireTiedHead();
    return whole.weights().digest();
  }

  @Override
  public String key() {
    return key(folder, sha256);
  }

  @Override
  public void read(Tensor flat) {
    if (holdsAdapters()) {
      AdapterFolder.open(storage, folder).merged().read(0, flat);
    } else {
      ModelFolder.open(storage, folder).weights().readInto(flat);
    }
  }

  @Override
  public void readBase(Tensor flat) {
    base().weights().readInto(flat);
  }

  /** The whole model that adapters lie beside. */
  public ModelFolder base() {
    return holdsAdapters()
        ? AdapterFolder.open(storage, folder).base()
        : ModelFolder.open(storage, folder);
  }

  /** The folder whose tokenizer is used. */
  public String tokenizer() {
    return holdsAdapters() ? AdapterFolder.open(storage, folder).tokenizer() : folder;
  }

  @Override
  public FlatRange adapters() {
    return holdsAdapters()
        ? AdapterFolder.open(storage, folder)
        : AdapterInit.values(shape, lora, seed);
  }

  private boolean holdsAdapters() {
    return AdapterFolder.exists(storage, folder);
  }
}
