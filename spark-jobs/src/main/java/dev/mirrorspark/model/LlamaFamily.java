package dev.mirrorspark.model;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** Llama 2 and 3, TinyLlama, SmolLM2 and others of their form. */
record LlamaFamily() implements Family {
  @Override
  public String name() {
    return "llama";
  }

  @Override
  public String architecture() {
    return "LlamaForCausalLM";
  }

  @Override
  public boolean everyHeadHasKeys() {
    return true;
  }

  @Override
  public AttentionTraits read(ConfigFields config, int layers) {
    boolean bias = config.flag("attention_bias");
    config.refuse("mlp_bias", "biases in the feed-forward layers are not supported");
    int window = config.positive("sliding_window", 0);
    if (window > 0 && window < config.positive("max_position_embeddings")) {
      throw config.fault("sliding_window", "no LlamaForCausalLM has a window; remove the key");
    }
    Windows.read(config, layers, 0, i -> false);
    return AttentionTraits.plain(bias, bias, layers);
  }

  @Override
  public AttentionTraits fresh(int layers, boolean bias) {
    return AttentionTraits.plain(bias, bias, layers);
  }

  @Override
  public void write(AttentionTraits attention, ObjectNode root) {
    boolean bias = attention.qkvBias();
    require(
        attention.equals(AttentionTraits.plain(bias, bias, attention.layers().size())), attention);
    root.put("attention_bias", bias);
    root.put("mlp_bias", false);
  }
}
