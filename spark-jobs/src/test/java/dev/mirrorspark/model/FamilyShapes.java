package dev.mirrorspark.model;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/** Small shapes of every family, with everything that sets a family apart. */
final class FamilyShapes {
  private static final Map<String, ModelShape> SHAPES = new LinkedHashMap<>();

  static {
    scaled("linear", new RopeScaling.Linear(3));
    scaled("dynamic", new RopeScaling.Dynamic(2));
    scaled("llama3", new RopeScaling.Llama3(8, 1, 4, 16));
    scaled("yarn", new RopeScaling.Yarn(4, 16, 32, 1, true, 1.138629436111989));
    scaled("yarn by fractions", new RopeScaling.Yarn(8, 16, 2, 0.25, false, 0.9));
    put("qwen2, window of 5", "qwen2", new AttentionTraits(true, false, false, layers(0, 5, 5)));
    put("qwen3", "qwen3", new AttentionTraits(false, false, true, layers(0, 0, 0)));
    put("qwen3, biases", "qwen3", new AttentionTraits(true, true, true, layers(0, 0, 0)));
    put("qwen3, mixed", "qwen3", new AttentionTraits(false, false, true, layers(6, 0, 6)));
    put("mistral", "mistral", new AttentionTraits(false, false, false, layers(0, 0, 0)));
    put(
        "mistral, window of 7",
        "mistral",
        new AttentionTraits(false, false, false, layers(7, 7, 7)));
    put(
        "mistral, window of 1",
        "mistral",
        new AttentionTraits(false, false, false, layers(1, 1, 1)));
    put("smollm3", "smollm3", smollm3(0, false));
    put("smollm3, windows and biases", "smollm3", smollm3(8, true));
  }

  private FamilyShapes() {}

  private static AttentionTraits smollm3(int window, boolean bias) {
    return new AttentionTraits(
        bias,
        bias,
        false,
        List.of(
            new LayerAttention(0, true),
            new LayerAttention(window, false),
            new LayerAttention(0, true)));
  }

  private static List<LayerAttention> layers(int... windows) {
    return IntStream.of(windows).mapToObj(w -> new LayerAttention(w, true)).toList();
  }

  private static void scaled(String name, RopeScaling scaling) {
    put("llama, " + name, "llama", AttentionTraits.plain(false, false, 3));
    SHAPES.computeIfPresent("llama, " + name, (n, shape) -> shape.with(new Rope(100, scaling)));
  }

  private static void put(String name, String family, AttentionTraits attention) {
    var shape = new ModelShape(family, 40, 24, 3, 4, 2, 10, 44, 64, 1e4, 1e-5, false, false, true);
    SHAPES.put(name, shape.with(attention));
  }

  static ModelShape named(String name) {
    return SHAPES.get(name);
  }

  /** Name and shape of each. */
  static Stream<Arguments> all() {
    return SHAPES.entrySet().stream().map(e -> Arguments.of(e.getKey(), e.getValue()));
  }
}
