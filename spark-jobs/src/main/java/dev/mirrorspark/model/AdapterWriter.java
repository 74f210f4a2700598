package dev.mirrorspark.model;

import dev.mirrorspark.config.LoraConfig;
import dev.mirrorspark.files.Storage;
import dev.mirrorspark.model.FolderWriter.Digests;
import dev.mirrorspark.model.FolderWriter.Written;
import java.util.List;

/**
 * Writes {@link AdapterFolder}s, as {@link FolderWriter} does folders of whole models: {@code
 * adapter_config.json} comes last.
 *
 * @param folder the folder to write
 * @param base folder of the base model, as {@code adapter_config.json} will name it
 * @param tokenizer folder whose tokenizer files are copied
 */
public record AdapterWriter(
    Storage storage,
    String folder,
    LoraConfig lora,
    ModelShape shape,
    String base,
    String tokenizer) {

  /** The folder's one file of weights. */
  public FolderPlan plan() {
    return FolderPlan.ofAdapters(ParameterLayout.ofAdapters(shape, lora));
  }

  /**
   * Completes a folder whose file of weights is written.
   *
   * @throws dev.mirrorspark.config.UserError if the folder cannot be written
   */
  public Digests commit(List<Written> written) {
    FolderPlan plan = plan();
    if (written.size() != plan.files().size()) {
      throw new IllegalArgumentException("not written: " + AdapterFolder.WEIGHTS);
    }
    FolderWriter.removeOthers(storage, folder, plan);
    try (var text = TextTokenizer.of(storage, tokenizer)) {
      FolderWriter.copyTokenizer(storage, tokenizer, folder);
      FolderWriter.writeMissingTokenFiles(storage, folder, text);
      // Without config.json beside it, this file alone says which tokens end a response.
      String generation = Storage.child(folder, "generation_config.json");
      var root = JsonFiles.read(storage, generation);
      TokenIds.put(root, text.bos(), text.eosIds());
      JsonFiles.write(storage, generation, root);
    }
    AdapterConfigJson.write(storage, Storage.child(folder, AdapterFolder.CONFIG), lora, base);
    return FolderWriter.digests(plan, written);
  }

  /**
   * Writes the whole folder.
   *
   * @param adapters the flat buffer of {@link ParameterLayout#ofAdapters}
   * @throws dev.mirrorspark.config.UserError if the folder cannot be written
   */
  public Digests save(FlatRange adapters) {
    storage.delete(Storage.child(folder, AdapterFolder.CONFIG));
    return commit(List.of(FolderWriter.write(storage, folder, plan(), 0, adapters)));
  }
}
