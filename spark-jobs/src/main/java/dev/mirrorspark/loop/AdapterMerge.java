package dev.mirrorspark.loop;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.files.Storage;
import dev.mirrorspark.model.AdapterFolder;
import dev.mirrorspark.model.FolderPlan;
import dev.mirrorspark.model.FolderWriter;
import dev.mirrorspark.model.ModelFolder;

/** The `adapter merge` command: a whole model out of adapters and their base. */
public final class AdapterMerge {
  private AdapterMerge() {}

  /**
   * Writes the Hugging Face folder of a model whose weights are those of the base with the
   * adapters' part added, in the precision of the base; a piece of a tensor at a time.
   *
   * @param folder PEFT folder
   * @throws UserError if it is none or damaged, or if the target exists
   */
  public static void merge(Storage storage, String folder, String target) {
    if (!AdapterFolder.exists(storage, folder)) {
      throw new UserError(folder + ": holds no adapter_config.json; name a folder of adapters");
    }
    if (ModelFolder.exists(storage, target) || !storage.list(target).isEmpty()) {
      throw new UserError(target + ": exists already; name a new folder, or remove this one");
    }
    var adapters = AdapterFolder.open(storage, folder);
    ModelFolder base = adapters.base();
    var plan = FolderPlan.of(base.layout(), base.dtype(), PolicyVersions.MAX_SHARD_BYTES);
    FolderWriter.save(storage, target, base.shape(), plan, adapters.tokenizer(), adapters.merged());
  }
}
