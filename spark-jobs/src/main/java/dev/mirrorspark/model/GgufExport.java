package dev.mirrorspark.model;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.files.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A model folder as a GGUF file, which llama.cpp loads; vectors stay F32.
 *
 * <p>llama.cpp turns neighbouring elements of a head of the Llama family, Hugging Face's weights an
 * element of its first half with one of the second: rows of queries and keys change places.
 */
public final class GgufExport {
  private static final Map<String, String> ARCHITECTURES =
      Map.of("llama", "llama", "mistral", "llama", "qwen2", "qwen2", "qwen3", "qwen3");

  private static final Map<String, String> PARTS =
      Map.ofEntries(
          Map.entry("input_layernorm", "attn_norm"),
          Map.entry("self_attn.q_proj", "attn_q"),
          Map.entry("self_attn.k_proj", "attn_k"),
          Map.entry("self_attn.v_proj", "attn_v"),
          Map.entry("self_attn.q_norm", "attn_q_norm"),
          Map.entry("self_attn.k_norm", "attn_k_norm"),
          Map.entry("self_attn.o_proj", "attn_output"),
          Map.entry("post_attention_layernorm", "ffn_norm"),
          Map.entry("mlp.gate_proj", "ffn_gate"),
          Map.entry("mlp.up_proj", "ffn_up"),
          Map.entry("mlp.down_proj", "ffn_down"),
          Map.entry("model.embed_tokens", "token_embd"),
          Map.entry("model.norm", "output_norm"),
          Map.entry("lm_head", "output"));

  /** A tensor of the file. */
  private record Part(String name, long[] shape, DType type, Values values) {
    long bytes() {
      long size = type.bytes();
      for (long extent : shape) {
        size *= extent;
      }
      return size;
    }
  }

  /** Gives the fp32 values of a tensor. */
  private interface Values {
    Tensor read();
  }

  private final ModelShape shape;
  private final FlatRange weights;
  private final String architecture;

  private GgufExport(ModelShape shape, FlatRange weights, String architecture) {
    this.shape = shape;
    this.weights = weights;
    this.architecture = architecture;
  }

  /**
   * Writes the file, complete or not at all.
   *
   * @param folder Hugging Face folder; its F32 state where it has one
   * @param name what the file says it is
   * @param type of matrices
   * @return whether llama.cpp reads texts as the folder's tokenizer does; ids mean the same anyhow
   * @throws UserError if the folder is damaged, or of a kind that is not exported
   */
  public static boolean write(
      Storage storage, String folder, String file, String name, DType type) {
    ModelFolder source = ModelFolder.open(storage, folder);
    source.requireTiedHead();
    ModelShape shape = source.shape();
    String architecture = ARCHITECTURES.get(shape.family());
    boolean windows = shape.attention().layers().stream().anyMatch(layer -> layer.window() > 0);
    if (architecture == null || windows || shape.rope().scaling().attentionFactor() != 1) {
      throw new UserError(
          "%s: a model of family %s%s is not exported; llama, mistral, qwen2 and qwen3 are, without sliding windows and YaRN"
              .formatted(folder, shape.family(), windows ? " with sliding windows" : ""));
    }
    var export = new GgufExport(shape, source.weights(), architecture);
    var vocabulary =
        GgufVocabulary.read(storage, Storage.child(folder, "tokenizer.json"), shape.vocab());
    List<Part> parts = export.parts(source.layout(), type);
    GgufHeader header = export.header(name, type);
    try (var tokenizer = TextTokenizer.of(storage, folder)) {
      vocabulary.put(header, tokenizer);
    }
    template(storage, folder).ifPresent(text -> header.put("tokenizer.chat_template", text));
    parts.forEach(
        part -> header.tensor(part.name(), part.shape(), code(part.type()), part.bytes()));
    storage.publish(
        file,
        out -> {
          drain(out, ByteBuffer.wrap(header.bytes()));
          for (Part part : parts) {
            write(out, part);
          }
        });
    return vocabulary.knowsTexts();
  }

  private static Optional<String> template(Storage storage, String folder) {
    String own = Storage.child(folder, "chat_template.jinja");
    if (storage.exists(own)) {
      return Optional.of(storage.text(own));
    }
    return JsonFiles.readIfPresent(storage, Storage.child(folder, "tokenizer_config.json"))
        .map(config -> config.path("chat_template"))
        .filter(JsonNode::isTextual)
        .map(JsonNode::textValue);
  }

  private static int code(DType type) {
    return switch (type) {
      case F32 -> 0;
      case F16 -> 1;
      case BF16 -> 30;
    };
  }

  private GgufHeader header(String name, DType type) {
    String of = architecture + ".";
    return new GgufHeader()
        .put("general.architecture", architecture)
        .put("general.name", name)
        .put("general.alignment", GgufHeader.ALIGNMENT)
        .put("general.file_type", type == DType.F32 ? 0 : type == DType.F16 ? 1 : 32)
        .put(of + "context_length", shape.maxPositions())
        .put(of + "embedding_length", shape.hidden())
        .put(of + "block_count", shape.layers())
        .put(of + "feed_forward_length", shape.intermediate())
        .put(of + "attention.head_count", shape.heads())
        .put(of + "attention.head_count_kv", shape.kvHeads())
        .put(of + "attention.key_length", shape.headDim())
        .put(of + "attention.value_length", shape.headDim())
        .put(of + "attention.layer_norm_rms_epsilon", (float) shape.rmsNormEps())
        .put(of + "rope.dimension_count", shape.headDim())
        .put(of + "rope.freq_base", (float) shape.rope().theta())
        .put(of + "vocab_size", shape.vocab());
  }

  private List<Part> parts(ParameterLayout layout, DType type) {
    List<Part> parts = new ArrayList<>();
    for (var entry : layout.entries()) {
      parts.add(
          new Part(
              name(entry.name()),
              entry.shape(),
              entry.shape().length == 1 ? DType.F32 : type,
              () -> turned(entry)));
    }
    double[] plain = Rope.plain(shape.rope().theta()).frequencies(shape.headDim());
    double[] scaled = shape.rope().frequencies(shape.headDim());
    float[] divisors = new float[plain.length];
    boolean any = false;
    for (int i = 0; i < plain.length; i++) {
      divisors[i] = (float) (plain[i] / scaled[i]);
      any |= plain[i] != scaled[i];
    }
    if (any) {
      parts.add(
          new Part(
              "rope_freqs.weight",
              new long[] {divisors.length},
              DType.F32,
              () -> Tensors.ofFloats(divisors, divisors.length)));
    }
    return parts;
  }

  private static String name(String tensor) {
    int dot = tensor.lastIndexOf('.');
    String kind = tensor.substring(dot);
    String module = tensor.substring(0, dot);
    if (!module.startsWith("model.layers.")) {
      return PARTS.get(module) + kind;
    }
    String[] path = module.split("\\.", 4);
    return "blk." + path[2] + "." + PARTS.get(path[3]) + kind;
  }

  /** The values of a tensor; queries and keys of the Llama family in llama.cpp's order of rows. */
  private Tensor turned(ParameterLayout.Entry entry) {
    Tensor values = NativeBytes.empty(entry.size(), ScalarType.Float);
    weights.read(entry.offset(), values);
    boolean queries = entry.name().contains(".q_proj.");
    if (!architecture.equals("llama") || !queries && !entry.name().contains(".k_proj.")) {
      return values;
    }
    long heads = queries ? shape.heads() : shape.kvHeads();
    return values.view(heads, 2, shape.headDim() / 2, -1).transpose(1, 2).contiguous().view(-1);
  }

  private static void write(WritableByteChannel out, Part part) throws IOException {
    try (var scope = new PointerScope()) {
      Tensor wide = part.values().read();
      Tensor stored =
          part.type() == DType.F32 ? wide : wide.to(NativeBytes.type(part.type())).contiguous();
      if (!Double.isFinite(stored.to(ScalarType.Double).sum().item_double())) {
        throw new UserError(
            part.name() + ": a value is beyond " + part.type() + "; export in another type");
      }
      int step = NativeBytes.CHUNK / Float.BYTES;
      long size = stored.numel();
      for (long done = 0; done < size; done += step) {
        drain(out, NativeBytes.of(stored, done, (int) Math.min(step, size - done)));
      }
      long padding = GgufHeader.aligned(part.bytes()) - part.bytes();
      drain(out, ByteBuffer.allocate((int) padding).order(ByteOrder.LITTLE_ENDIAN));
    }
  }

  private static void drain(WritableByteChannel out, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
  }
}
