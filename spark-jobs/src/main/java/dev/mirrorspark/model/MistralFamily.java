package dev.mirrorspark.model;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.stream.IntStream;

/** Mistral 7B and others of its form: no biases, and one window for all layers or none. */
record MistralFamily() implements Family {
  @Override
  public String name() {
    return "mistral";
  }

  @Override
  public String architecture() {
    return "MistralForCausalLM";
  }

  @Override
  public AttentionTraits read(ConfigFields config, int layers) {
    int window = Windows.isNull(config) ? 0 : config.positive("sliding_window", 4096);
    int[] windows = Windows.read(config, layers, window, i -> window > 0);
    if (windows[0] != 0 != (window > 0 && window < config.positive("max_position_embeddings"))
        || IntStream.of(windows).distinct().count() > 1) {
      throw config.fault("layer_types", "in a MistralForCausalLM sliding_window is for all layers");
    }
    return new AttentionTraits(false, false, false, Windows.turned(windows));
  }

  @Override
  public AttentionTraits fresh(int layers, boolean bias) {
    return AttentionTraits.plain(false, false, layers);
  }

  @Override
  public void write(AttentionTraits attention, ObjectNode root) {
    require(!attention.qkvBias() && !attention.outputBias() && !attention.qkNorm(), attention);
    require(attention.layers().stream().distinct().count() <= 1, attention);
    require(Windows.allRotary(attention), attention);
    if (attention.window() > 0) {
      root.put("sliding_window", attention.window());
    } else {
      root.putNull("sliding_window");
    }
  }
}
