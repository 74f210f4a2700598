package dev.mirrorspark.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashSet;
import java.util.Set;

/**
 * Rotary positions in {@code config.json}: {@code rope_theta} with {@code rope_scaling} as older
 * folders spell them, or {@code rope_parameters}.
 */
final class RopeJson {
  private final ConfigFields config;
  private final int maxPositions;
  private final double familyTheta;

  private RopeJson(ConfigFields config, int maxPositions, double familyTheta) {
    this.config = config;
    this.maxPositions = maxPositions;
    this.familyTheta = familyTheta;
  }

  /**
   * Reads the rotary positions; both spellings may stand side by side if they say the same.
   *
   * @param familyTheta the base where none is named
   */
  static Rope read(ConfigFields config, int maxPositions, double familyTheta) {
    if (config.number("partial_rotary_factor", 1) != 1) {
      throw config.fault("partial_rotary_factor", "only 1 is supported");
    }
    return new RopeJson(config, maxPositions, familyTheta).rope();
  }

  private Rope rope() {
    var found = new HashSet<Rope>();
    for (String key : new String[] {"rope_scaling", "rope_parameters"}) {
      if (config.present(key)) {
        found.add(stated(key));
      }
    }
    if (found.size() > 1) {
      throw config.fault("rope_parameters", "says other than rope_scaling; keep one of them");
    }
    return found.isEmpty()
        ? Rope.plain(config.number("rope_theta", familyTheta))
        : found.iterator().next();
  }

  /** What the object under that key says; one object a layer type if all say the same. */
  private Rope stated(String key) {
    ConfigFields fields = config.inside(key);
    if (!fields.holdObjects()) {
      return one(fields);
    }
    var found = new HashSet<Rope>();
    fields.keys().forEach(layerType -> found.add(one(fields.inside(layerType))));
    if (found.size() > 1) {
      throw config.fault(key, "positions that differ by layer type are not supported");
    }
    return found.iterator().next();
  }

  private Rope one(ConfigFields rope) {
    RopeScaling scaling = scaling(rope);
    double theta = rope.number("rope_theta", config.number("rope_theta", familyTheta));
    if (config.number("rope_theta", theta) != theta) {
      throw rope.fault(
          "rope_theta",
          "differs from the top-level rope_theta " + config.node("rope_theta") + "; keep one");
    }
    if (rope.number("partial_rotary_factor", 1) != 1) {
      throw rope.fault("partial_rotary_factor", "only 1 is supported");
    }
    rope.refuseOthers(Set.of());
    return new Rope(theta, scaling);
  }

  private RopeScaling scaling(ConfigFields rope) {
    String key = rope.present("rope_type") ? "rope_type" : "type";
    String type = rope.present(key) ? rope.node(key).asText() : "default";
    if (rope.present("type") && !rope.node("type").asText().equals(type)) {
      throw rope.fault("type", "differs from rope_type " + type + "; keep rope_type");
    }
    return switch (type) {
      case "default" -> {
        if (rope.number("factor", 1) != 1) {
          throw rope.fault("factor", "a factor needs a rope_type that uses it");
        }
        yield new RopeScaling.Plain();
      }
      case "linear" -> new RopeScaling.Linear(rope.number("factor"));
      case "dynamic" -> {
        if (originalPositions(rope) != maxPositions) {
          throw rope.fault(
              "original_max_position_embeddings",
              "must be max_position_embeddings " + maxPositions + " where rope_type is dynamic");
        }
        yield new RopeScaling.Dynamic(rope.number("factor"));
      }
      case "llama3" -> llama3(rope);
      case "yarn" -> yarn(rope);
      default ->
          throw rope.fault(key, "not supported; default, linear, dynamic, llama3 and yarn are");
    };
  }

  private int originalPositions(ConfigFields rope) {
    String key = "original_max_position_embeddings";
    return rope.present(key) ? rope.positive(key) : config.positive(key, maxPositions);
  }

  private RopeScaling llama3(ConfigFields rope) {
    double low = rope.number("low_freq_factor");
    double high = rope.number("high_freq_factor");
    if (high <= low) {
      throw rope.fault("high_freq_factor", "must be more than low_freq_factor " + low);
    }
    return new RopeScaling.Llama3(rope.number("factor"), low, high, originalPositions(rope));
  }

  private RopeScaling yarn(ConfigFields rope) {
    int original = originalPositions(rope);
    double factor = rope.number("factor", (double) maxPositions / original);
    double weight = orAbsent(rope, "mscale");
    double weightOfAll = orAbsent(rope, "mscale_all_dim");
    double advised =
        weight > 0 && weightOfAll > 0
            ? RopeScaling.Yarn.advisedFactor(factor, weight)
                / RopeScaling.Yarn.advisedFactor(factor, weightOfAll)
            : RopeScaling.Yarn.advisedFactor(factor, 1);
    return new RopeScaling.Yarn(
        factor,
        original,
        rope.number("beta_fast", 32),
        rope.number("beta_slow", 1),
        rope.flag("truncate", true),
        rope.number("attention_factor", advised));
  }

  /** A number that is absent when it is 0, as Transformers has it. */
  private static double orAbsent(ConfigFields rope, String key) {
    JsonNode value = rope.node(key);
    return value.isNumber() && value.doubleValue() == 0 ? 0 : rope.number(key, 0);
  }

  /** Writes the older spelling, which every reader knows. */
  static void write(Rope rope, ObjectNode root) {
    root.put("rope_theta", rope.theta());
    if (rope.scaling() instanceof RopeScaling.Plain) {
      return;
    }
    ObjectNode scaling = root.putObject("rope_scaling").put("rope_type", rope.scaling().type());
    if (rope.scaling() instanceof RopeScaling.Linear linear) {
      scaling.put("factor", linear.factor());
    } else if (rope.scaling() instanceof RopeScaling.Dynamic dynamic) {
      scaling.put("factor", dynamic.factor());
    } else if (rope.scaling() instanceof RopeScaling.Llama3 llama3) {
      scaling.put("factor", llama3.factor());
      scaling.put("low_freq_factor", llama3.lowFactor());
      scaling.put("high_freq_factor", llama3.highFactor());
      scaling.put("original_max_position_embeddings", llama3.originalPositions());
    } else if (rope.scaling() instanceof RopeScaling.Yarn yarn) {
      scaling.put("factor", yarn.factor());
      scaling.put("original_max_position_embeddings", yarn.originalPositions());
      scaling.put("beta_fast", yarn.fastTurns());
      scaling.put("beta_slow", yarn.slowTurns());
      scaling.put("truncate", yarn.truncate());
      scaling.put("attention_factor", yarn.attentionFactor());
    }
  }
}
