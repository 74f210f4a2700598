package dev.mirrorspark.model;

import dev.mirrorspark.config.ChatConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.files.FileInput;
import dev.mirrorspark.files.Storage;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * The Hugging Face folder, the only checkpoint format: {@code config.json}, {@code
 * model.safetensors} or its sharded form with an index, {@code generation_config.json} and the
 * tokenizer's files.
 *
 * <p>This is what is known of it without its weights, which are read by ranges of the flat buffer
 * of {@link ParameterLayout}; it goes to executors with a task. {@link FolderWriter} writes such
 * folders.
 *
 * <p>A folder whose tensors have 16 bits may have a subfolder {@code state}, with the same tensors
 * in F32: the values that training goes on from, of which the folder itself is an export.
 */
public final class ModelFolder implements FlatRange, Serializable {
  static final String CONFIG = "config.json";
  static final String WEIGHTS = "model.safetensors";
  static final String INDEX = "model.safetensors.index.json";
  static final String STATE = "state";
  private static final long serialVersionUID = 1L;

  private final Storage storage;
  private final String folder;
  private final ModelShape shape;
  private final ParameterLayout layout;
  private final ArrayList<ParameterLayout.Entry> entries;
  private final ArrayList<SafeTensors.Header> headers;

  private ModelFolder(Storage storage, String folder, ModelShape shape) {
    this.storage = storage;
    this.folder = folder;
    this.shape = shape;
    this.layout = ParameterLayout.of(shape);
    this.entries = new ArrayList<>(layout.entries());
    this.headers = new ArrayList<>(found());
    checkTensors();
  }

  /**
   * Reads and checks all but the weights.
   *
   * @throws UserError if a file or tensor is missing, truncated, unknown or of another shape than
   *     {@code config.json} says, or if the tokenizer has more tokens than the model; the message
   *     names file and tensor
   */
  public static ModelFolder open(Storage storage, String folder) {
    requireFolder(storage, folder);
    return new ModelFolder(storage, folder, shape(storage, folder));
  }

  /** Whether the folder is there, complete. */
  public static boolean exists(Storage storage, String folder) {
    return storage.exists(Storage.child(folder, CONFIG));
  }

  /** Where it lies; its tokenizer lies there too. */
  public String folder() {
    return folder;
  }

  Storage storage() {
    return storage;
  }

  /** The shape of the model. */
  public ModelShape shape() {
    return shape;
  }

  /** Where each tensor lies in the flat buffer. */
  public ParameterLayout layout() {
    return layout;
  }

  /** The headers of all weight files. */
  public List<SafeTensors.Header> headers() {
    return List.copyOf(headers);
  }

  /**
   * The type in which the folder can be written again without loss: a 16-bit one if every tensor
   * was of it, else F32.
   */
  public DType dtype() {
    var types =
        headers.stream()
            .flatMap(header -> header.tensors().values().stream())
            .filter(entry -> layout.byName().containsKey(entry.name()))
            .map(SafeTensors.Entry::dtype)
            .distinct()
            .toList();
    return types.equals(List.of("BF16"))
        ? DType.BF16
        : types.equals(List.of("F16")) ? DType.F16 : DType.F32;
  }

  /**
   * The F32 values that this folder is an export of, if it is one.
   *
   * @throws UserError as {@link #open}
   */
  public Optional<ModelFolder> state() {
    String state = Storage.child(folder, STATE);
    return storage.isFolder(state)
        ? Optional.of(new ModelFolder(storage, state, shape))
        : Optional.empty();
  }

  /** The most precise values: {@link #state} if there is one, else this folder. */
  public ModelFolder weights() {
    return state().orElse(this);
  }

  /**
   * Reads all weights, each byte once.
   *
   * @param flat contiguous tensor {@code [layout.size()]} in host memory
   * @throws UserError if a file changed, or a value is not finite; the message names file, tensor
   *     and element
   */
  public void readInto(Tensor flat) {
    if (flat.numel() != layout.size()) {
      throw new IllegalArgumentException(
          flat.numel() + " parameters, the shape needs " + layout.size());
    }
    read(0, flat);
  }

  /**
   * Reads the weights {@code [from, from + into.numel())} of the flat buffer, each byte once.
   *
   * @param into contiguous tensor in host memory
   * @throws UserError as {@link #readInto}
   */
  @Override
  public void read(long from, Tensor into) {
    try (var scope = new PointerScope()) {
      Tensor target = into.view(-1);
      long to = from + target.numel();
      for (var header : headers) {
        read(header, from, to, target);
      }
    }
  }

  private void read(SafeTensors.Header header, long from, long to, Tensor target) {
    var wanted =
        entries.stream()
            .filter(e -> e.offset() < to && e.offset() + e.size() > from)
            .filter(e -> header.tensors().containsKey(e.name()))
            .toList();
    if (wanted.isEmpty()) {
      return;
    }
    try (var in = storage.open(header.file())) {
      for (var entry : wanted) {
        try (var scope = new PointerScope()) {
          long first = Math.max(from, entry.offset());
          long last = Math.min(to, entry.offset() + entry.size());
          SafeTensors.read(
              in,
              header,
              header.tensors().get(entry.name()),
              first - entry.offset(),
              target.narrow(0, first - from, last - first),
              true);
        }
      }
    } catch (IOException e) {
      throw Storage.unreadable(header.file(), e);
    }
  }

  /**
   * Refuses an output projection that the file has and the tied embedding replaces, unless both are
   * the same. Reads both.
   *
   * @throws UserError if they differ
   */
  public void requireTiedHead() {
    if (!shape.tiedEmbeddings()) {
      return;
    }
    Optional<String> head = sha256("lm_head.weight");
    if (head.isPresent() && !head.equals(sha256("model.embed_tokens.weight"))) {
      throw new UserError(
          Storage.child(folder, CONFIG)
              + ": tie_word_embeddings: true, but the file has a tensor lm_head.weight that differs"
              + " from model.embed_tokens.weight; set it to false, or take the tensor out");
    }
  }

  /** The hash of the stored bytes of a tensor, if a file has it. */
  private Optional<String> sha256(String tensor) {
    for (var header : headers) {
      var entry = header.tensors().get(tensor);
      if (entry != null) {
        try (FileInput in = storage.open(header.file())) {
          return Optional.of(SafeTensors.sha256(in, header, entry));
        } catch (IOException e) {
          throw Storage.unreadable(header.file(), e);
        }
      }
    }
    return Optional.empty();
  }

  /**
   * The SHA-256, in hex, over name, stored type and SHA-256 of the stored bytes of each tensor,
   * ordered by name: the same however the tensors are spread over files. Reads every byte.
   *
   * @throws UserError if a file changed
   */
  public String digest() {
    var sha256 = new HashMap<String, String>();
    var dtypes = new HashMap<String, String>();
    for (var header : headers) {
      try (FileInput in = storage.open(header.file())) {
        for (var entry : header.tensors().values()) {
          if (layout.byName().containsKey(entry.name())) {
            sha256.put(entry.name(), SafeTensors.sha256(in, header, entry));
            dtypes.put(entry.name(), entry.dtype());
          }
        }
      } catch (IOException e) {
        throw Storage.unreadable(header.file(), e);
      }
    }
    return SafeTensors.digest(sha256, dtypes);
  }

  /**
   * Reads everything of a folder but its weights: the shape, whether the tokenizer fits, and
   * whether its chat template can be rendered.
   *
   * @throws UserError if a file is missing or wrong
   */
  public static ModelShape check(Storage storage, String folder, ChatConfig chat) {
    requireFolder(storage, folder);
    ModelShape shape = shape(storage, folder);
    TextTokenizer.of(storage, folder, chat).close();
    return shape;
  }

  private static void requireFolder(Storage storage, String folder) {
    if (!storage.isFolder(folder)) {
      throw new UserError(
          folder + ": no such model folder; name one that exists in model.path, or restore it");
    }
  }

  /**
   * The shape that a folder states, with as many tokens as its tokenizer has.
   *
   * @throws UserError if config or tokenizer are missing or wrong, or do not fit
   */
  public static ModelShape shape(Storage storage, String folder) {
    ModelShape shape = ModelConfigJson.read(storage, Storage.child(folder, CONFIG));
    if (shape.vision().present()) {
      shape = shape.with(VisionJson.preprocessed(storage, folder, shape.vision()));
    }
    String tokenizer = Storage.child(folder, "tokenizer.json");
    int tokens = Vocabulary.read(storage, tokenizer).size();
    if (tokens > shape.vocab()) {
      throw new UserError(
          tokenizer
              + " has "
              + tokens
              + " tokens, but "
              + Storage.child(folder, CONFIG)
              + " says vocab_size "
              + shape.vocab()
              + "; use the tokenizer that the model was trained with");
    }
    return shape.withTokens(tokens);
  }

  /** The headers of all weight files of the folder. */
  private List<SafeTensors.Header> found() {
    String single = Storage.child(folder, WEIGHTS);
    String index = Storage.child(folder, INDEX);
    List<SafeTensors.Header> found;
    if (storage.exists(single)) {
      found = List.of(SafeTensors.header(storage, single));
    } else if (storage.exists(index)) {
      found = shards(index);
    } else {
      throw new UserError(
          folder + ": holds neither " + WEIGHTS + " nor " + INDEX + "; copy the folder again");
    }
    var known = layout.byName().keySet();
    for (var header : found) {
      for (String name : header.tensors().keySet()) {
        if (!known.contains(name) && !ignored(name, shape)) {
          throw new UserError(
              header.file() + ": tensor " + name + " is no part of the model in config.json");
        }
      }
    }
    return found;
  }

  private static boolean ignored(String name, ModelShape shape) {
    return name.endsWith("rotary_emb.inv_freq")
        || shape.tiedEmbeddings() && name.equals("lm_head.weight");
  }

  private List<SafeTensors.Header> shards(String index) {
    var names = new LinkedHashMap<String, List<String>>();
    JsonFiles.read(storage, index)
        .path("weight_map")
        .fields()
        .forEachRemaining(
            e ->
                names
                    .computeIfAbsent(e.getValue().asText(), file -> new ArrayList<>())
                    .add(e.getKey()));
    if (names.isEmpty()) {
      throw new UserError(index + ": weight_map: missing or empty");
    }
    var found = new ArrayList<SafeTensors.Header>();
    names.forEach(
        (file, tensors) -> {
          String shard = Storage.child(folder, file);
          if (!storage.exists(shard)) {
            throw new UserError(
                shard
                    + ": missing; by "
                    + INDEX
                    + " it holds tensor "
                    + tensors.get(0)
                    + ": copy it again");
          }
          var header = SafeTensors.header(storage, shard);
          for (String tensor : tensors) {
            if (!header.tensors().containsKey(tensor)) {
              throw new UserError(
                  shard + ": tensor " + tensor + ": missing, though " + INDEX + " places it here");
            }
          }
          found.add(header);
        });
    return found;
  }

  /** Every tensor of the layout lies in exactly one file, in the expected shape. */
  private void checkTensors() {
    for (var expected : entries) {
      var holders = headers.stream().filter(h -> h.tensors().containsKey(expected.name())).toList();
      if (holders.isEmpty()) {
        String where = headers.size() == 1 ? headers.get(0).file() : Storage.child(folder, INDEX);
        throw new UserError(
            where
                + ": tensor "
                + expected.name()
                + ": missing, though config.json asks for it; both must be of the same model");
      }
      if (holders.size() > 1) {
        throw new UserError(
            holders.get(1).file()
                + ": tensor "
                + expected.name()
                + ": stands in "
                + Storage.name(holders.get(0).file())
                + " too");
      }
      var found = holders.get(0).tensors().get(expected.name());
      if (!found.shape().equals(extents(expected))) {
        throw new UserError(
            holders.get(0).file()
                + ": tensor "
                + expected.name()
                + ": has shape "
                + found.shape()
                + ", by config.json it should be "
                + extents(expected)
                + "; both must be of the same model");
      }
    }
  }

  static List<Long> extents(ParameterLayout.Entry entry) {
    return LongStream.of(entry.shape()).boxed().toList();
  }
}
