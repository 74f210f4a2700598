package dev.mirrorspark.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.stream.IntStream;

/** SmolLM3: some layers have no rotary positions. */
record SmolLm3Family() implements Family {
  private static final int INTERVAL = 4;

  @Override
  public String name() {
    return "smollm3";
  }

  @Override
  public String architecture() {
    return "SmolLM3ForCausalLM";
  }

  @Override
  public double theta() {
    return 2_000_000;
  }

  @Override
  public boolean tied() {
    return true;
  }

  @Override
  public AttentionTraits read(ConfigFields config, int layers) {
    boolean bias = config.flag("attention_bias");
    config.refuse("mlp_bias", "biases in the feed-forward layers are not supported");
    boolean[] rotary = rotary(config, layers);
    config.node("max_window_layers");
    int given = config.positive("sliding_window", 0);
    int window = config.flag("use_sliding_window") ? given : 0;
    int[] windows = Windows.read(config, layers, window, i -> window > 0 && !rotary[i]);
    return new AttentionTraits(
        bias,
        bias,
        false,
        IntStream.range(0, layers)
            .mapToObj(i -> new LayerAttention(windows[i], rotary[i]))
            .toList());
  }

  /** By {@code no_rope_layers}, in which 1 means rotary, or every fourth layer without. */
  private static boolean[] rotary(ConfigFields config, int layers) {
    int interval = config.positive("no_rope_layer_interval", INTERVAL);
    boolean[] rotary = new boolean[layers];
    JsonNode listed = config.node("no_rope_layers");
    if (config.present("no_rope_layers") && listed.size() < layers) {
      throw config.fault("no_rope_layers", "must name " + layers + " layers");
    }
    for (int i = 0; i < layers; i++) {
      int turns = listed.isArray() ? listed.get(i).asInt(-1) : (i + 1) % interval == 0 ? 0 : 1;
      if (turns != 0 && turns != 1) {
        throw config.fault("no_rope_layers", "must be a list of 0 and 1");
      }
      rotary[i] = turns == 1;
    }
    return rotary;
  }

  @Override
  public AttentionTraits fresh(int layers, boolean bias) {
    List<LayerAttention> each =
        IntStream.rangeClosed(1, layers)
            .mapToObj(i -> new LayerAttention(0, i % INTERVAL != 0))
            .toList();
    return new AttentionTraits(bias, bias, false, each);
  }

  @Override
  public void write(AttentionTraits attention, ObjectNode root) {
    require(attention.qkvBias() == attention.outputBias() && !attention.qkNorm(), attention);
    require(Windows.one(attention), attention);
    root.put("attention_bias", attention.qkvBias());
    root.put("mlp_bias", false);
    var rotary = root.putArray("no_rope_layers");
    attention.layers().forEach(layer -> rotary.add(layer.rotary() ? 1 : 0));
    root.put("use_sliding_window", attention.window() > 0);
    if (attention.window() > 0) {
      root.put("sliding_window", attention.window());
      Windows.writeTypes(attention, root);
    } else {
      root.putNull("sliding_window");
    }
  }
}
