package dev.mirrorspark.model;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** Qwen2-VL: a Qwen2 that sees pictures; its encoder is read by {@link VisionJson}. */
record Qwen2VlFamily() implements Family {
  @Override
  public String name() {
    return "qwen2_vl";
  }

  @Override
  public String architecture() {
    return "Qwen2VLForConditionalGeneration";
  }

  @Override
  public boolean seesPictures() {
    return true;
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
    new Qwen2Family().write(attention, root);
  }
}
