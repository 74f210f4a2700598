package dev.mirrorspark.model;

import dev.mirrorspark.files.Storage;
import dev.mirrorspark.model.FolderPlan.PlannedFile;
import java.io.Serializable;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/**
 * Writes {@link ModelFolder}s in two halves: executors write the files of weights side by side, the
 * driver commits. {@code config.json} is written last: without it the folder is incomplete, and
 * whoever wants it writes it again.
 */
public final class FolderWriter {
  private static final List<String> TOKENIZER_FILES =
      List.of(
          "tokenizer.json",
          "tokenizer_config.json",
          "special_tokens_map.json",
          "added_tokens.json",
          "vocab.json",
          "merges.txt",
          "tokenizer.model",
          "chat_template.jinja",
          "generation_config.json");

  private FolderWriter() {}

  /**
   * A file of weights that was written.
   *
   * @param file its index in {@link FolderPlan#files}
   * @param sha256 hash of the bytes of each of its tensors, by name
   */
  public record Written(int file, LinkedHashMap<String, String> sha256) implements Serializable {}

  /**
   * What a folder holds now.
   *
   * @param sha256 {@link ModelFolder#digest} of the values that training goes on from: of the state
   *     if there is one, else of the folder
   * @param export the digest of the folder itself where there is a state
   */
  public record Digests(String sha256, Optional<String> export) {}

  /** Takes away what tells readers that the folder is complete; before it is written again. */
  public static void begin(Storage storage, String folder) {
    storage.delete(Storage.child(folder, ModelFolder.CONFIG));
  }

  /**
   * Writes one file of weights, on any executor; safe in two attempts at once.
   *
   * @param file index in {@link FolderPlan#files}
   * @throws dev.mirrorspark.config.UserError if it cannot be written, for instance on a full disk
   */
  public static Written write(
      Storage storage, String folder, FolderPlan plan, int file, FlatRange flat) {
    PlannedFile planned = plan.files().get(file);
    var parts =
        planned.tensors().stream()
            .map(e -> new SafeTensors.Part(e.name(), ModelFolder.extents(e), flat, e.offset()))
            .toList();
    String path = Storage.child(folder, planned.name());
    return new Written(file, SafeTensors.write(storage, path, parts, planned.dtype()));
  }

  /** As above, from all parameters {@code [layout.size()]} on any device. */
  public static Written write(
      Storage storage, String folder, FolderPlan plan, int file, Tensor flat) {
    return write(storage, folder, plan, file, FlatRange.of(flat));
  }

  /**
   * Completes a folder whose files of weights are written: index, tokenizer, and {@code
   * config.json} last. What else of weights lies there goes away.
   *
   * @param tokenizer folder whose tokenizer files are copied; {@code generation_config.json} is
   *     written where it has none
   * @param written every file of the plan, in any order
   * @throws dev.mirrorspark.config.UserError if the folder cannot be written
   */
  public static Digests commit(
      Storage storage,
      String folder,
      ModelShape shape,
      FolderPlan plan,
      String tokenizer,
      List<Written> written) {
    var missing =
        IntStream.range(0, plan.files().size())
            .filter(i -> written.stream().noneMatch(w -> w.file() == i))
            .mapToObj(i -> plan.files().get(i).name())
            .toList();
    if (!missing.isEmpty()) {
      throw new IllegalArgumentException("not written: " + missing);
    }
    removeOthers(storage, folder, plan);
    index(storage, folder, plan.files(false));
    index(storage, folder, plan.files(true));
    try (var text = TextTokenizer.of(storage, tokenizer)) {
      copyTokenizer(storage, tokenizer, folder);
      nameLength(storage, tokenizer, folder, shape.maxPositions());
      writeMissingTokenFiles(storage, folder, text);
      if (shape.vision().present()) {
        VisionJson.writePreprocessor(storage, folder, shape.vision().preprocessing());
      }
      ModelConfigJson.write(
          storage,
          Storage.child(folder, ModelFolder.CONFIG),
          shape,
          plan.dtype(),
          text.bos(),
          text.eosIds());
    }
    return digests(plan, written);
  }

  /** What a folder holds whose files of weights are these. */
  public static Digests digests(FolderPlan plan, List<Written> written) {
    String own = digest(plan, written, false);
    return plan.files(true).isEmpty()
        ? new Digests(own, Optional.empty())
        : new Digests(digest(plan, written, true), Optional.of(own));
  }

  /**
   * Writes a whole folder from one process.
   *
   * @param flat is read once, from the first element to the last, unless the plan has a state
   * @throws dev.mirrorspark.config.UserError if the folder cannot be written
   */
  public static Digests save(
      Storage storage,
      String folder,
      ModelShape shape,
      FolderPlan plan,
      String tokenizer,
      FlatRange flat) {
    begin(storage, folder);
    var written =
        IntStream.range(0, plan.files().size())
            .mapToObj(file -> write(storage, folder, plan, file, flat))
            .toList();
    return commit(storage, folder, shape, plan, tokenizer, written);
  }

  private static String digest(FolderPlan plan, List<Written> written, boolean ofState) {
    var sha256 = new HashMap<String, String>();
    var dtypes = new HashMap<String, String>();
    for (Written one : written) {
      PlannedFile file = plan.files().get(one.file());
      if (file.ofState() == ofState) {
        sha256.putAll(one.sha256());
        file.tensors().forEach(e -> dtypes.put(e.name(), file.dtype().name()));
      }
    }
    return SafeTensors.digest(sha256, dtypes);
  }

  /** Files of weights of an earlier attempt with another plan, and what dead attempts left. */
  static void removeOthers(Storage storage, String folder, FolderPlan plan) {
    Set<String> planned =
        plan.files().stream().map(PlannedFile::name).collect(Collectors.toCollection(HashSet::new));
    for (String below : List.of("", ModelFolder.STATE + "/")) {
      String place = below.isEmpty() ? folder : Storage.child(folder, ModelFolder.STATE);
      for (String name : storage.list(place)) {
        boolean weights = name.endsWith(".safetensors") || name.equals(ModelFolder.INDEX);
        boolean left = name.startsWith(".") && name.contains(".safetensors.");
        if (left || weights && !planned.contains(below + name)) {
          storage.delete(Storage.child(place, name));
        }
      }
    }
    if (plan.files(true).isEmpty()) {
      storage.delete(Storage.child(folder, ModelFolder.STATE));
    }
  }

  private static void index(Storage storage, String folder, List<PlannedFile> files) {
    if (files.size() < 2) {
      return;
    }
    var index = JsonFiles.object();
    long bytes = files.stream().mapToLong(PlannedFile::bytes).sum();
    index.putObject("metadata").put("total_size", bytes);
    var map = index.putObject("weight_map");
    for (PlannedFile file : files) {
      file.tensors().forEach(e -> map.put(e.name(), Storage.name(file.name())));
    }
    String first = Storage.child(folder, files.get(0).name());
    JsonFiles.write(storage, Storage.child(Storage.parent(first), ModelFolder.INDEX), index);
  }

  static void copyTokenizer(Storage storage, String source, String folder) {
    for (String name : TOKENIZER_FILES) {
      String from = Storage.child(source, name);
      if (name.equals("tokenizer.json") || storage.exists(from)) {
        storage.copy(from, Storage.child(folder, name));
      }
    }
  }

  /** Where the tokenizer names the length of the model before, it names the new one. */
  private static void nameLength(Storage storage, String before, String folder, int positions) {
    String file = Storage.child(folder, "tokenizer_config.json");
    long was =
        JsonFiles.readIfPresent(storage, Storage.child(before, ModelFolder.CONFIG))
            .map(config -> config.path("max_position_embeddings").asLong())
            .orElse((long) positions);
    if (was != positions) {
      JsonFiles.readIfPresent(storage, file)
          .filter(config -> config.path("model_max_length").asLong() == was)
          .ifPresent(
              config -> JsonFiles.write(storage, file, config.put("model_max_length", positions)));
    }
  }

  static void writeMissingTokenFiles(Storage storage, String folder, TextTokenizer tokenizer) {
    String generation = Storage.child(folder, "generation_config.json");
    if (!storage.exists(generation)) {
      var root = JsonFiles.object();
      TokenIds.put(root, tokenizer.bos(), tokenizer.eosIds());
      JsonFiles.write(storage, generation, root.put("do_sample", true));
    }
    String special = Storage.child(folder, "special_tokens_map.json");
    if (!storage.exists(special)) {
      var root = JsonFiles.object();
      tokenizer.specialTokens().forEach(root::put);
      JsonFiles.write(storage, special, root);
    }
  }
}
