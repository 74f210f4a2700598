package dev.mirrorspark.model;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** Qwen3: a norm of each query and key head, heads of a width of their own. */
record Qwen3Family() implements Family {
  @Override
  public String name() {
    return "qwen3";
  }

  @Override
  public String architecture() {
    return "Qwen3ForCausalLM";
  }

  @Override
  public int headDim(int hidden, int heads) {
    return 128;
  }

  @Override
  public AttentionTraits read(ConfigFields config, int layers) {
    boolean bias = config.flag("attention_bias");
    return new AttentionTraits(bias, bias, true, Windows.ofQwen(config, layers));
  }

  @Override
  public AttentionTraits fresh(int layers, boolean bias) {
    return new AttentionTraits(bias, bias, true, LayerAttention.full(layers));
  }

  @Override
  public void write(AttentionTraits attention, ObjectNode root) {
    require(attention.qkvBias() == attention.outputBias() && attention.qkNorm(), attention);
    require(Windows.one(attention) && Windows.allRotary(attention), attention);
    root.put("attention_bias", attention.qkvBias());
    Windows.writeQwen(attention, root);
  }
}
