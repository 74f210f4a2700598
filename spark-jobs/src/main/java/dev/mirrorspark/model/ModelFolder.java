package dev.mirrorspark.model;

import dev.mirrorspark.config.UserError;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/**
 * The Hugging Face folder, the only checkpoint format: {@code config.json}, {@code
 * model.safetensors} or its sharded form with an index, {@code generation_config.json} and the
 * tokenizer's files.
 */
public final class ModelFolder {
  private static final String WEIGHTS = "model.safetensors";
  private static final String INDEX = "model.safetensors.index.json";
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

  private ModelFolder() {}

  /**
   * Reads a folder.
   *
   * @throws UserError if a file or tensor is missing, truncated, unknown or of another shape than
   *     {@code config.json} says, if the tokenizer has more tokens than the model, or if the model
   *     has more than 2³¹ − 1 parameters; the message names file and tensor
   */
  public static LoadedModel load(Path folder) {
    Path source = FolderSwap.readable(folder);
    if (!Files.isDirectory(source)) {
      throw new UserError(
          folder + ": no such model folder; name one that exists in model.path, or restore it");
    }
    ModelShape shape = ModelConfigJson.read(source.resolve("config.json"));
    var layout = ParameterLayout.of(shape);
    checkVocabulary(source, shape);
    if (layout.size() > Integer.MAX_VALUE) {
      throw new UserError(
          source.resolve("config.json")
              + ": a model of "
              + layout.size()
              + " parameters; at most "
              + Integer.MAX_VALUE
              + " are supported");
    }
    var headers = headers(source, shape, layout);
    checkTensors(source, layout, headers);
    float[] flat = new float[(int) layout.size()];
    var offsets = new HashMap<String, Integer>();
    layout.entries().forEach(e -> offsets.put(e.name(), (int) e.offset()));
    headers.forEach(header -> SafeTensors.readInto(header, offsets, flat));
    checkFinite(headers, offsets, flat);
    boolean allBf16 =
        headers.stream()
            .flatMap(header -> header.tensors().values().stream())
            .filter(entry -> offsets.containsKey(entry.name()))
            .allMatch(entry -> entry.dtype().equals("BF16"));
    return new LoadedModel(folder, shape, layout, flat, allBf16 ? DType.BF16 : DType.F32);
  }

  /**
   * Reads everything of a folder but its weights: the shape, and whether the tokenizer fits.
   *
   * @throws UserError if a file is missing or wrong
   */
  public static ModelShape check(Path folder) {
    Path source = FolderSwap.readable(folder);
    ModelShape shape = ModelConfigJson.read(source.resolve("config.json"));
    checkVocabulary(source, shape);
    TextTokenizer.of(folder).close();
    return shape;
  }

  private static void checkVocabulary(Path folder, ModelShape shape) {
    Path tokenizer = folder.resolve("tokenizer.json");
    int tokens = Vocabulary.read(tokenizer).size();
    if (tokens > shape.vocab()) {
      throw new UserError(
          tokenizer
              + " has "
              + tokens
              + " tokens, but "
              + folder.resolve("config.json")
              + " says vocab_size "
              + shape.vocab()
              + "; use the tokenizer that the model was trained with");
    }
  }

  /** The headers of all weight files of the folder. */
  private static List<SafeTensors.Header> headers(
      Path folder, ModelShape shape, ParameterLayout layout) {
    Path single = folder.resolve(WEIGHTS);
    Path index = folder.resolve(INDEX);
    List<SafeTensors.Header> headers;
    if (Files.exists(single)) {
      headers = List.of(SafeTensors.read(single));
    } else if (Files.exists(index)) {
      headers = shards(folder, index);
    } else {
      throw new UserError(
          folder + ": holds neither " + WEIGHTS + " nor " + INDEX + "; copy the folder again");
    }
    var known = layout.byName().keySet();
    for (var header : headers) {
      for (String name : header.tensors().keySet()) {
        if (!known.contains(name) && !ignored(name, shape)) {
          throw new UserError(
              header.file() + ": tensor " + name + " is no part of the model in config.json");
        }
      }
    }
    return headers;
  }

  private static boolean ignored(String name, ModelShape shape) {
    return name.endsWith("rotary_emb.inv_freq")
        || shape.tiedEmbeddings() && name.equals("lm_head.weight");
  }

  private static List<SafeTensors.Header> shards(Path folder, Path index) {
    var names = new LinkedHashMap<String, List<String>>();
    JsonFiles.read(index)
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
    var headers = new ArrayList<SafeTensors.Header>();
    names.forEach(
        (file, tensors) -> {
          Path shard = folder.resolve(file);
          if (!Files.exists(shard)) {
            throw new UserError(
                shard
                    + ": missing; by "
                    + INDEX
                    + " it holds tensor "
                    + tensors.get(0)
                    + ": copy it again");
          }
          var header = SafeTensors.read(shard);
          for (String tensor : tensors) {
            if (!header.tensors().containsKey(tensor)) {
              throw new UserError(
                  shard + ": tensor " + tensor + ": missing, though " + INDEX + " places it here");
            }
          }
          headers.add(header);
        });
    return headers;
  }

  /** Every tensor of the layout lies in exactly one file, in the expected shape. */
  private static void checkTensors(
      Path folder, ParameterLayout layout, List<SafeTensors.Header> headers) {
    for (var expected : layout.entries()) {
      var holders = headers.stream().filter(h -> h.tensors().containsKey(expected.name())).toList();
      if (holders.isEmpty()) {
        Path where = headers.size() == 1 ? headers.get(0).file() : folder.resolve(INDEX);
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
                + holders.get(0).file().getFileName()
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

  private static void checkFinite(
      List<SafeTensors.Header> headers, Map<String, Integer> offsets, float[] flat) {
    for (var header : headers) {
      for (var tensor : header.tensors().values()) {
        int from = offsets.getOrDefault(tensor.name(), 0);
        int to = offsets.containsKey(tensor.name()) ? from + (int) tensor.size() : from;
        for (int i = from; i < to; i++) {
          if (!Float.isFinite(flat[i])) {
            throw new UserError(
                header.file()
                    + ": tensor "
                    + tensor.name()
                    + ": element "
                    + (i - from)
                    + " is "
                    + flat[i]
                    + "; such a model computes nothing: start from a sound copy or an earlier one");
          }
        }
      }
    }
  }

  private static List<Long> extents(ParameterLayout.Entry entry) {
    return LongStream.of(entry.shape()).boxed().toList();
  }

  /**
   * Writes a folder so that it is complete or absent at every moment; a folder already there is
   * replaced.
   *
   * @param flat all parameters in the order of {@link ParameterLayout#of}
   * @param dtype the type of the written tensors; bf16 rounds to nearest even
   * @param tokenizer whose files are copied; {@code generation_config.json} is written where its
   *     folder has none
   * @param maxShardBytes longest weight file; a model with more bytes of tensors is sharded, a
   *     single tensor is never split
   * @throws UserError if the folder cannot be written, for instance on a full disk
   */
  public static void save(
      Path folder,
      ModelShape shape,
      float[] flat,
      DType dtype,
      TextTokenizer tokenizer,
      long maxShardBytes) {
    var layout = ParameterLayout.of(shape);
    if (flat.length != layout.size()) {
      throw new IllegalArgumentException(
          flat.length + " parameters, the shape needs " + layout.size());
    }
    FolderSwap.replace(
        folder,
        temporary -> {
          ModelConfigJson.write(
              temporary.resolve("config.json"), shape, dtype, tokenizer.bos(), tokenizer.eosIds());
          writeWeights(temporary, layout, flat, dtype, maxShardBytes);
          Path source = FolderSwap.readable(tokenizer.folder());
          for (String name : TOKENIZER_FILES) {
            if (name.equals("tokenizer.json") || Files.exists(source.resolve(name))) {
              FolderSwap.copy(source.resolve(name), temporary.resolve(name));
            }
          }
          writeMissingTokenFiles(temporary, tokenizer);
        });
  }

  private static void writeMissingTokenFiles(Path folder, TextTokenizer tokenizer) {
    Path generation = folder.resolve("generation_config.json");
    if (!Files.exists(generation)) {
      var root = JsonFiles.object();
      TokenIds.put(root, tokenizer.bos(), tokenizer.eosIds());
      JsonFiles.write(generation, root.put("do_sample", true));
    }
    Path special = folder.resolve("special_tokens_map.json");
    if (!Files.exists(special)) {
      var root = JsonFiles.object();
      tokenizer.specialTokens().forEach(root::put);
      JsonFiles.write(special, root);
    }
  }

  private static void writeWeights(
      Path folder, ParameterLayout layout, float[] flat, DType dtype, long maxShardBytes) {
    var shards = new ArrayList<List<SafeTensors.Slice>>();
    long shardBytes = 0;
    for (var entry : layout.entries()) {
      long bytes = entry.size() * dtype.bytes();
      if (shards.isEmpty() || shardBytes + bytes > maxShardBytes) {
        shards.add(new ArrayList<>());
        shardBytes = 0;
      }
      shardBytes += bytes;
      shards
          .get(shards.size() - 1)
          .add(new SafeTensors.Slice(entry.name(), extents(entry), (int) entry.offset()));
    }
    if (shards.size() == 1) {
      SafeTensors.write(folder.resolve(WEIGHTS), shards.get(0), dtype, flat);
      return;
    }
    var index = JsonFiles.object();
    index.putObject("metadata").put("total_size", layout.size() * dtype.bytes());
    var map = index.putObject("weight_map");
    for (int i = 0; i < shards.size(); i++) {
      String file = "model-%05d-of-%05d.safetensors".formatted(i + 1, shards.size());
      SafeTensors.write(folder.resolve(file), shards.get(i), dtype, flat);
      shards.get(i).forEach(slice -> map.put(slice.name(), file));
    }
    JsonFiles.write(folder.resolve(INDEX), index);
  }

  /** The sha256, in hex, over the tensors sorted by name: name, then little-endian fp32 values. */
  public static String sha256(ParameterLayout layout, float[] flat) {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JVM has SHA-256", e);
    }
    var buffer = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
    var sorted = new ArrayList<>(layout.entries());
    sorted.sort(Comparator.comparing(ParameterLayout.Entry::name));
    for (var entry : sorted) {
      digest.update(entry.name().getBytes(StandardCharsets.UTF_8));
      int end = Math.toIntExact(entry.offset() + entry.size());
      int from = (int) entry.offset();
      while (from < end) {
        int count = Math.min(buffer.capacity() / Float.BYTES, end - from);
        buffer.clear().asFloatBuffer().put(flat, from, count);
        digest.update(buffer.limit(count * Float.BYTES));
        from += count;
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
