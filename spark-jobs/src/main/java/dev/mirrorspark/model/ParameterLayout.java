package dev.mirrorspark.model;

import dev.mirrorspark.config.LoraConfig;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where each named tensor lies in the one flat parameter buffer that the optimizer and the gradient
 * reduce see.
 *
 * <p>Names are those of the Hugging Face checkpoint. Query, key and value weights of a layer are
 * neighbours, and so are gate and up: one product serves each group. The norms of queries and keys
 * are neighbours too.
 */
public final class ParameterLayout implements Serializable {
  private static final long serialVersionUID = 1L;

  /** One named tensor: its shape and its first element in the flat buffer. */
  public record Entry(String name, long[] shape, long offset) implements Serializable {
    /** Number of elements. */
    public long size() {
      long size = 1;
      for (long extent : shape) {
        size *= extent;
      }
      return size;
    }
  }

  private final LinkedHashMap<String, Entry> entries = new LinkedHashMap<>();
  private long size;

  private ParameterLayout() {}

  /** The layout of a decoder of the given shape. */
  public static ParameterLayout of(ModelShape shape) {
    var layout = new ParameterLayout();
    long hidden = shape.hidden();
    layout.add("model.embed_tokens.weight", shape.vocab(), hidden);
    for (int i = 0; i < shape.layers(); i++) {
      String layer = "model.layers." + i + ".";
      String attention = layer + "self_attn.";
      layout.add(layer + "input_layernorm.weight", hidden);
      layout.add(attention + "q_proj.weight", shape.queryWidth(), hidden);
      layout.add(attention + "k_proj.weight", shape.keyWidth(), hidden);
      layout.add(attention + "v_proj.weight", shape.keyWidth(), hidden);
      if (shape.qkvBias()) {
        layout.add(attention + "q_proj.bias", shape.queryWidth());
        layout.add(attention + "k_proj.bias", shape.keyWidth());
        layout.add(attention + "v_proj.bias", shape.keyWidth());
      }
      if (shape.qkNorm()) {
        layout.add(attention + "q_norm.weight", shape.headDim());
        layout.add(attention + "k_norm.weight", shape.headDim());
      }
      layout.add(attention + "o_proj.weight", hidden, shape.queryWidth());
      if (shape.outputBias()) {
        layout.add(attention + "o_proj.bias", hidden);
      }
      layout.add(layer + "post_attention_layernorm.weight", hidden);
      layout.add(layer + "mlp.gate_proj.weight", shape.intermediate(), hidden);
      layout.add(layer + "mlp.up_proj.weight", shape.intermediate(), hidden);
      layout.add(layer + "mlp.down_proj.weight", hidden, shape.intermediate());
    }
    layout.add("model.norm.weight", hidden);
    if (!shape.tiedEmbeddings()) {
      layout.add("lm_head.weight", shape.vocab(), hidden);
    }
    if (shape.vision().present()) {
      layout.addVision(shape.vision(), hidden);
    }
    return layout;
  }

  /**
   * The layout of the adapters alone, by the names of PEFT: of each target the matrix A {@code
   * [rank, inputs]}, then B {@code [outputs, rank]}.
   */
  public static ParameterLayout ofAdapters(ModelShape shape, LoraConfig lora) {
    var layout = new ParameterLayout();
    for (Entry entry : of(shape).entries()) {
      if (Adapters.target(entry.name()).filter(lora.targets()::contains).isPresent()) {
        layout.add(Adapters.nameOfA(entry.name()), lora.rank(), entry.shape()[1]);
        layout.add(Adapters.nameOfB(entry.name()), entry.shape()[0], lora.rank());
      }
    }
    return layout;
  }

  private void addVision(VisionShape vision, long hidden) {
    var patch = vision.preprocessing();
    long width = vision.width();
    long merged = vision.mergedWidth();
    add("visual.patch_embed.proj.weight", width, 3, patch.frames(), patch.patch(), patch.patch());
    for (int i = 0; i < vision.depth(); i++) {
      String block = "visual.blocks." + i + ".";
      addWithBias(block + "norm1", width);
      addWithBias(block + "attn.qkv", 3 * width, width);
      addWithBias(block + "attn.proj", width, width);
      addWithBias(block + "norm2", width);
      addWithBias(block + "mlp.fc1", vision.inner(), width);
      addWithBias(block + "mlp.fc2", width, vision.inner());
    }
    addWithBias("visual.merger.ln_q", width);
    addWithBias("visual.merger.mlp.0", merged, merged);
    addWithBias("visual.merger.mlp.2", hidden, merged);
  }

  private void addWithBias(String name, long... shape) {
    add(name + ".weight", shape);
    add(name + ".bias", shape[0]);
  }

  private void add(String name, long... shape) {
    var entry = new Entry(name, shape, size);
    entries.put(name, entry);
    size += entry.size();
  }

  /** Number of parameters. */
  public long size() {
    return size;
  }

  /** All tensors in the order of the flat buffer. */
  public List<Entry> entries() {
    return new ArrayList<>(entries.values());
  }

  /** All tensors by name, in the order of the flat buffer. */
  public Map<String, Entry> byName() {
    return Map.copyOf(entries);
  }

  /**
   * The tensor of that name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public Entry entry(String name) {
    Entry entry = entries.get(name);
    if (entry == null) {
      throw new IllegalArgumentException("no parameter named " + name);
    }
    return entry;
  }
}
