package dev.mirrorspark.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mirrorspark.config.LoraConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.files.Storage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The file {@code adapter_config.json} of the library PEFT, in and out. */
final class AdapterConfigJson {
  /** Keys that are read, or that change no number of adapters that are made already. */
  private static final Set<String> KNOWN =
      Set.of(
          "peft_type",
          "task_type",
          "r",
          "lora_alpha",
          "target_modules",
          "base_model_name_or_path",
          "bias",
          "init_lora_weights",
          "auto_mapping",
          "revision",
          "inference_mode",
          "lora_dropout",
          "layers_pattern",
          "loftq_config",
          "eva_config",
          "corda_config",
          "runtime_config",
          "megatron_core",
          "qalora_group_size",
          "peft_version");

  private AdapterConfigJson() {}

  /** What the file says; {@code base} is the base model's folder. */
  record Found(LoraConfig lora, String base) {}

  /**
   * Reads the file.
   *
   * @throws UserError if it is missing or malformed, or says something that would change numbers
   *     and is not known here; the message names the key
   */
  static Found read(Storage storage, String file) {
    ObjectNode root = JsonFiles.read(storage, file);
    only(file, root, "peft_type", "LORA");
    only(file, root, "task_type", "CAUSAL_LM");
    only(file, root, "bias", "none");
    JsonNode init = root.path("init_lora_weights");
    if (init.isTextual() && !init.textValue().equals("gaussian")) {
      throw refused(file, "init_lora_weights", init, "true, false or \"gaussian\"");
    }
    for (Map.Entry<String, JsonNode> field : root.properties()) {
      if (!KNOWN.contains(field.getKey()) && !off(field.getValue())) {
        throw refused(file, field.getKey(), field.getValue(), "null or false");
      }
    }
    int rank = root.path("r").asInt();
    if (!root.path("r").isIntegralNumber() || rank < 1) {
      throw refused(file, "r", root.path("r"), "a whole number of at least 1");
    }
    JsonNode alpha = root.path("lora_alpha");
    if (!alpha.isNumber() || !(alpha.doubleValue() > 0)) {
      throw refused(file, "lora_alpha", alpha, "a number above 0");
    }
    return new Found(
        new LoraConfig(rank, alpha.doubleValue(), targets(file, root.path("target_modules"))),
        root.path("base_model_name_or_path").asText(""));
  }

  private static List<String> targets(String file, JsonNode node) {
    var targets = new ArrayList<String>();
    for (JsonNode target : node) {
      String name = target.asText();
      if (!LoraConfig.PROJECTIONS.contains(name) || targets.contains(name)) {
        throw refused(
            file, "target_modules", target, "of " + LoraConfig.PROJECTIONS + ", each once");
      }
      targets.add(name);
    }
    if (!node.isArray() || targets.isEmpty()) {
      throw refused(file, "target_modules", node, "a list of " + LoraConfig.PROJECTIONS);
    }
    targets.sort((a, b) -> place(a) - place(b));
    return targets;
  }

  private static int place(String target) {
    return LoraConfig.PROJECTIONS.indexOf(target);
  }

  private static void only(String file, ObjectNode root, String key, String value) {
    JsonNode node = root.path(key);
    if (!off(node) && !node.asText().equals(value)) {
      throw refused(file, key, node, "\"" + value + "\"");
    }
  }

  private static boolean off(JsonNode node) {
    return node.isMissingNode()
        || node.isNull()
        || node.isBoolean() && !node.booleanValue()
        || node.isContainerNode() && node.isEmpty();
  }

  private static UserError refused(String file, String key, JsonNode value, String accepted) {
    return new UserError(
        "%s: %s: %s is not supported, it must be %s; merge such adapters with the library that made them"
            .formatted(file, key, value.isMissingNode() ? "missing" : value, accepted));
  }

  static void write(Storage storage, String file, LoraConfig lora, String base) {
    var root = JsonFiles.object();
    root.put("peft_type", "LORA");
    root.put("task_type", "CAUSAL_LM");
    root.put("base_model_name_or_path", base);
    root.putNull("revision");
    root.put("inference_mode", true);
    root.put("r", lora.rank());
    if (lora.alpha() == Math.rint(lora.alpha())) {
      root.put("lora_alpha", (long) lora.alpha());
    } else {
      root.put("lora_alpha", lora.alpha());
    }
    root.put("lora_dropout", 0.0);
    var targets = root.putArray("target_modules");
    lora.targets().forEach(targets::add);
    root.put("bias", "none");
    root.put("fan_in_fan_out", false);
    root.put("init_lora_weights", true);
    root.putNull("modules_to_save");
    root.putNull("layers_to_transform");
    root.putNull("layers_pattern");
    root.putObject("rank_pattern");
    root.putObject("alpha_pattern");
    root.put("use_rslora", false);
    root.put("use_dora", false);
    JsonFiles.write(storage, file, root);
  }
}
