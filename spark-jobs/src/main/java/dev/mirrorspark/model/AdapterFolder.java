package dev.mirrorspark.model;

import dev.mirrorspark.config.LoraConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.files.FileInput;
import dev.mirrorspark.files.Storage;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * A folder of adapters as the library PEFT writes it: {@code adapter_config.json}, which names the
 * folder of the base model, and {@code adapter_model.safetensors}.
 *
 * <p>This is what is known of it without its weights, which are read by ranges of the flat buffer
 * of {@link ParameterLayout#ofAdapters}; {@link AdapterWriter} writes such folders.
 */
public final class AdapterFolder implements FlatRange, Serializable {
  static final String CONFIG = "adapter_config.json";
  static final String WEIGHTS = "adapter_model.safetensors";
  private static final long serialVersionUID = 1L;

  private final Storage storage;
  private final String folder;
  private final LoraConfig lora;
  private final ModelFolder base;
  private final ParameterLayout layout;
  private final SafeTensors.Header header;

  private AdapterFolder(Storage storage, String folder, AdapterConfigJson.Found config) {
    this.storage = storage;
    this.folder = folder;
    this.lora = config.lora();
    this.base = base(storage, folder, config.base());
    this.layout = ParameterLayout.ofAdapters(base.shape(), lora);
    String file = Storage.child(folder, WEIGHTS);
    if (!storage.exists(file)) {
      throw new UserError(
          file + ": no such file; save the adapters as safetensors, or copy the folder again");
    }
    this.header = SafeTensors.header(storage, file);
    checkTensors();
  }

  /** Whether the folder holds adapters, complete. */
  public static boolean exists(Storage storage, String folder) {
    return storage.exists(Storage.child(folder, CONFIG));
  }

  /**
   * Reads and checks all but the weights, of the base too.
   *
   * @throws UserError if a file or tensor is missing, unknown or of another shape than the base
   *     asks for, or if a setting changes numbers in a way that is not known here; the message
   *     names file and key
   */
  public static AdapterFolder open(Storage storage, String folder) {
    return new AdapterFolder(
        storage, folder, AdapterConfigJson.read(storage, Storage.child(folder, CONFIG)));
  }

  private static ModelFolder base(Storage storage, String folder, String base) {
    String key = Storage.child(folder, CONFIG) + ": base_model_name_or_path: \"" + base + "\"";
    if (exists(storage, base)) {
      throw new UserError(
          key + " holds adapters itself; merge those first (adapter merge), and name the result");
    }
    if (base.isEmpty() || !storage.isFolder(base)) {
      throw new UserError(key + " is no folder; name the folder of the base model there");
    }
    return ModelFolder.open(storage, base);
  }

  /** Where it lies. */
  public String folder() {
    return folder;
  }

  /** Rank, factor and targets. */
  public LoraConfig lora() {
    return lora;
  }

  /** The model that the adapters were made for. */
  public ModelFolder base() {
    return base;
  }

  /** Where each matrix lies in the flat buffer of adapters. */
  public ParameterLayout layout() {
    return layout;
  }

  /** The folder whose tokenizer is used: this one, or that of the base where it has none. */
  public String tokenizer() {
    return storage.exists(Storage.child(folder, "tokenizer.json")) ? folder : base.folder();
  }

  /**
   * Reads the elements {@code [from, from + into.numel())} of the adapters' flat buffer.
   *
   * @throws UserError if the file changed, or a value is not finite
   */
  @Override
  public void read(long from, Tensor into) {
    long to = from + into.numel();
    try (var scope = new PointerScope();
        var in = storage.open(header.file())) {
      Tensor target = into.view(-1);
      for (var entry : layout.entries()) {
        long first = Math.max(from, entry.offset());
        long last = Math.min(to, entry.offset() + entry.size());
        if (first < last) {
          Tensor part = target.narrow(0, first - from, last - first);
          var stored = header.tensors().get(entry.name());
          SafeTensors.read(in, header, stored, first - entry.offset(), part, true);
        }
      }
    } catch (IOException e) {
      throw Storage.unreadable(header.file(), e);
    }
  }

  /** The weights of the base with the adapters' part added to them. */
  public FlatRange merged() {
    return new MergedWeights(base.weights(), lora, layout, this);
  }

  /**
   * The digest of the adapters, made as {@link ModelFolder#digest}.
   *
   * @throws UserError if the file changed
   */
  public String digest() {
    var sha256 = new HashMap<String, String>();
    var dtypes = new HashMap<String, String>();
    try (FileInput in = storage.open(header.file())) {
      for (var entry : header.tensors().values()) {
        sha256.put(entry.name(), SafeTensors.sha256(in, header, entry));
        dtypes.put(entry.name(), entry.dtype());
      }
    } catch (IOException e) {
      throw Storage.unreadable(header.file(), e);
    }
    return SafeTensors.digest(sha256, dtypes);
  }

  private void checkTensors() {
    var unknown = new ArrayList<>(header.tensors().keySet());
    for (var expected : layout.entries()) {
      var found = header.tensors().get(expected.name());
      String what = header.file() + ": tensor " + expected.name() + ": ";
      if (found == null) {
        throw new UserError(
            what + "missing, though " + CONFIG + " asks for it; both must be of the same adapters");
      }
      if (!found.shape().equals(ModelFolder.extents(expected))) {
        throw new UserError(
            what
                + "has shape "
                + found.shape()
                + ", by "
                + CONFIG
                + " and the base it should be "
                + ModelFolder.extents(expected)
                + "; all must be of the same model");
      }
      unknown.remove(expected.name());
    }
    if (!unknown.isEmpty()) {
      throw new UserError(
          header.file()
              + ": tensor "
              + unknown.get(0)
              + " is no part of the adapters in "
              + CONFIG
              + "; both must be of the same adapters");
    }
  }
}
