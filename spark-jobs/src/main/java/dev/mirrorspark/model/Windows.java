package dev.mirrorspark.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/** Sliding windows in {@code config.json}: the width and the layers that have one. */
final class Windows {
  private static final String SLIDING = "sliding_attention";
  private static final String FULL = "full_attention";

  private Windows() {}

  /**
   * The window of each layer; 0 where it sees everything.
   *
   * @param window the width that the file names; 0 for none
   * @param slides the layers with a window, where the file has no {@code layer_types}
   */
  static int[] read(ConfigFields config, int layers, int window, IntPredicate slides) {
    JsonNode types = config.node("layer_types");
    boolean listed = config.present("layer_types");
    if (listed && types.size() != layers) {
      throw config.fault("layer_types", "must name " + layers + " layers");
    }
    int reach = config.positive("max_position_embeddings");
    int[] windows = new int[layers];
    for (int i = 0; i < layers; i++) {
      String type = listed ? types.get(i).asText() : slides.test(i) ? SLIDING : FULL;
      if (!type.equals(FULL) && !type.equals(SLIDING)) {
        throw config.fault("layer_types", "only " + FULL + " and " + SLIDING + " are supported");
      }
      if (listed && type.equals(SLIDING) && window == 0) {
        throw config.fault("layer_types", SLIDING + " needs a sliding_window that is in use");
      }
      windows[i] = type.equals(SLIDING) && window < reach ? window : 0;
    }
    return windows;
  }

  /**
   * As Qwen2 and Qwen3 have it: in use by {@code use_sliding_window}, in the layers from {@code
   * max_window_layers} on.
   */
  static List<LayerAttention> ofQwen(ConfigFields config, int layers) {
    boolean used = config.flag("use_sliding_window");
    config.node("sliding_window");
    config.node("max_window_layers");
    int window = used && !isNull(config) ? config.positive("sliding_window", 4096) : 0;
    JsonNode first = config.node("max_window_layers");
    if (window > 0 && config.present("max_window_layers") && !first.canConvertToInt()) {
      throw config.fault("max_window_layers", "must be a whole number");
    }
    int from = first.asInt(28);
    return turned(read(config, layers, window, i -> window > 0 && i >= from));
  }

  /** Whether the file says null, which means none, unlike a missing key. */
  static boolean isNull(ConfigFields config) {
    return config.node("sliding_window").isNull();
  }

  static List<LayerAttention> turned(int[] windows) {
    return IntStream.of(windows).mapToObj(window -> new LayerAttention(window, true)).toList();
  }

  /** The keys that Qwen2 and Qwen3 share. */
  static void writeQwen(AttentionTraits attention, ObjectNode root) {
    int window = attention.window();
    root.put("use_sliding_window", window > 0);
    if (window > 0) {
      root.put("sliding_window", window);
      int first = 0;
      while (attention.layers().get(first).window() == 0) {
        first++;
      }
      root.put("max_window_layers", first);
      writeTypes(attention, root);
    } else {
      root.putNull("sliding_window");
    }
  }

  static void writeTypes(AttentionTraits attention, ObjectNode root) {
    var types = root.putArray("layer_types");
    attention.layers().forEach(layer -> types.add(layer.window() > 0 ? SLIDING : FULL));
  }

  /** Whether every layer that has a window has the same. */
  static boolean one(AttentionTraits attention) {
    var widths = new ArrayList<Integer>();
    attention.layers().forEach(layer -> widths.add(layer.window()));
    return widths.stream().filter(w -> w > 0).distinct().count() <= 1;
  }

  static boolean none(AttentionTraits attention) {
    return attention.window() == 0;
  }

  static boolean allRotary(AttentionTraits attention) {
    return attention.layers().stream().allMatch(LayerAttention::rotary);
  }
}
