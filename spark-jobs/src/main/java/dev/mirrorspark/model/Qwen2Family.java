package dev.mirrorspark.model;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** Qwen2, Qwen2.5 and what was distilled into them: always biases of queries, keys and values. */
record Qwen2Family() implements Family {
  @Override
  public String name() {
    return "qwen2";
  }

  @Override
  public String architecture() {
    return "Qwen2ForCausalLM";
  }

  @Override
  public AttentionTraits read(ConfigFields config, int layers) {
    return new AttentionTraits(true, false, false, Windows.ofQwen(config, layers));
  }

  @Override
  public AttentionTraits fresh(int layers, boolean bias) {
    return AttentionTraits.plain(true, false, layers);
  }

  @Override
  public void write(AttentionTraits attention, ObjectNode root) {
    require(attention.qkvBias() && !attention.outputBias() && !attention.qkNorm(), attention);
    require(Windows.one(attention) && Windows.allRotary(attention), attention);
    Windows.writeQwen(attention, root);
  }
}
