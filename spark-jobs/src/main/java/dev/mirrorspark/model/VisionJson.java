package dev.mirrorspark.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.files.Storage;
import dev.mirrorspark.vision.Preprocessing;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The encoder of pictures in a folder of the Qwen2-VL kind: {@code vision_config}, the ids of its
 * tokens and {@code rope_scaling} in {@code config.json}, and {@code preprocessor_config.json}.
 */
final class VisionJson {
  static final String PREPROCESSOR = "preprocessor_config.json";

  /** What a folder without these two sizes means. */
  private static final int MIN_PIXELS = 56 * 56;

  private static final int MAX_PIXELS = 28 * 28 * 1280;

  private static final int CUBIC = 3;

  /** Keys of {@code vision_config} that change no number. */
  private static final Set<String> HARMLESS =
      Set.of("model_type", "initializer_range", "torch_dtype", "dtype", "transformers_version");

  /** Keys of the preprocessor that change nothing for a picture. */
  private static final Set<String> HARMLESS_TO_PICTURES =
      Set.of(
          "image_processor_type",
          "processor_class",
          "data_format",
          "input_data_format",
          "default_to_square",
          "device",
          "return_tensors",
          "video_processor_type",
          "disable_grouping",
          "chat_template");

  private VisionJson() {}

  /** The encoder that a {@code config.json} states, with the reference's own preprocessing. */
  static VisionShape read(ConfigFields config, int hidden, int headDim) {
    ConfigFields vision = config.inside("vision_config");
    int width = vision.positive("embed_dim", 1280);
    int heads = vision.positive("num_heads", 16);
    if (width % heads != 0 || width / heads % 4 != 0) {
      throw vision.fault("num_heads", "must cut embed_dim into heads whose width 4 divides");
    }
    if (vision.positive("hidden_size", hidden) != hidden) {
      throw vision.fault("hidden_size", "must be the decoder's hidden_size " + hidden);
    }
    if (!vision.node("hidden_act").asText("quick_gelu").equals("quick_gelu")) {
      throw vision.fault("hidden_act", "only quick_gelu is supported");
    }
    for (String channels : List.of("in_channels", "in_chans")) {
      if (vision.positive(channels, 3) != 3) {
        throw vision.fault(channels, "only 3 is supported");
      }
    }
    int patch = vision.positive("patch_size", 14);
    if (vision.positive("spatial_patch_size", patch) != patch) {
      throw vision.fault("spatial_patch_size", "must be patch_size " + patch);
    }
    double ratio = vision.number("mlp_ratio", 4);
    var preprocessing =
        new Preprocessing(
            patch,
            vision.positive("spatial_merge_size", 2),
            vision.positive("temporal_patch_size", 2),
            MIN_PIXELS,
            MAX_PIXELS,
            Preprocessing.MEAN,
            Preprocessing.DEVIATION);
    var shape =
        new VisionShape(
            vision.positive("depth", 32),
            width,
            heads,
            (int) (width * ratio),
            preprocessing,
            config.positive("image_token_id"),
            config.positive("vision_start_token_id"),
            config.positive("vision_end_token_id"),
            sections(config, headDim));
    config.node("video_token_id"); // no film comes this far
    config.node("vision_token_id");
    vision.refuseOthers(HARMLESS);
    return shape;
  }

  /** The decoder's rotary positions, which a picture's tokens have three of. */
  static Rope rope(ConfigFields config, double familyTheta) {
    ConfigFields rope = config.inside(ropeKey(config));
    for (String key : List.of("type", "rope_type")) {
      String type = rope.node(key).asText("default");
      if (!type.equals("mrope") && !type.equals("default")) {
        throw rope.fault(key, "only mrope is supported for a model that sees pictures");
      }
    }
    double theta = rope.number("rope_theta", config.number("rope_theta", familyTheta));
    rope.node("mrope_section");
    rope.refuseOthers(Set.of());
    return Rope.plain(theta);
  }

  private static String ropeKey(ConfigFields config) {
    boolean both = config.present("rope_scaling") && config.present("rope_parameters");
    if (both) {
      throw config.fault("rope_parameters", "stands beside rope_scaling; keep one of them");
    }
    return config.present("rope_parameters") ? "rope_parameters" : "rope_scaling";
  }

  private static List<Integer> sections(ConfigFields config, int headDim) {
    ConfigFields rope = config.inside(ropeKey(config));
    List<Integer> sections = new ArrayList<>();
    int pairs = 0;
    for (JsonNode section : rope.node("mrope_section")) {
      sections.add(section.asInt(-1));
      pairs += section.asInt(-1);
    }
    boolean whole = sections.size() == 3 && sections.stream().allMatch(size -> size >= 0);
    if (!whole || pairs != headDim / 2) {
      throw rope.fault(
          "mrope_section", "must be three numbers that add up to half a head, " + headDim / 2);
    }
    return sections;
  }

  /** Writes the keys of a decoder that sees pictures. */
  static void write(ModelShape shape, ObjectNode root) {
    VisionShape vision = shape.vision();
    Preprocessing patches = vision.preprocessing();
    root.put("rope_theta", shape.rope().theta());
    ArrayNode sections =
        root.putObject("rope_scaling").put("type", "mrope").putArray("mrope_section");
    vision.sections().forEach(sections::add);
    root.put("image_token_id", vision.pictureToken());
    root.put("vision_start_token_id", vision.startToken());
    root.put("vision_end_token_id", vision.endToken());
    ObjectNode config = root.putObject("vision_config");
    config.put("model_type", "qwen2_vl");
    config.put("depth", vision.depth());
    config.put("embed_dim", vision.width());
    config.put("num_heads", vision.heads());
    config.put("hidden_size", shape.hidden());
    config.put("mlp_ratio", ratio(vision));
    config.put("hidden_act", "quick_gelu");
    config.put("in_channels", 3);
    config.put("in_chans", 3);
    config.put("patch_size", patches.patch());
    config.put("spatial_patch_size", patches.patch());
    config.put("spatial_merge_size", patches.merge());
    config.put("temporal_patch_size", patches.frames());
  }

  private static int ratio(VisionShape vision) {
    if (vision.inner() % vision.width() != 0) {
      throw new IllegalArgumentException("no qwen2_vl has " + vision);
    }
    return vision.inner() / vision.width();
  }

  /**
   * The encoder with the preprocessing that the folder's own file states.
   *
   * @throws UserError if there is none, or it asks for what is not done here
   */
  static VisionShape preprocessed(Storage storage, String folder, VisionShape vision) {
    Preprocessing known = vision.preprocessing();
    ConfigFields file = ConfigFields.of(storage, Storage.child(folder, PREPROCESSOR));
    for (String step : List.of("do_resize", "do_rescale", "do_normalize", "do_convert_rgb")) {
      if (!file.flag(step, true)) {
        throw file.fault(step, "must be true");
      }
    }
    if (file.positive("resample", CUBIC) != CUBIC) {
      throw file.fault("resample", "only 3 (bicubic) is supported");
    }
    if (Math.abs(file.number("rescale_factor", 1 / 255.0) * 255 - 1) > 1e-6) {
      throw file.fault("rescale_factor", "only 1/255 is supported");
    }
    same(file, "patch_size", known.patch());
    same(file, "merge_size", known.merge());
    same(file, "temporal_patch_size", known.frames());
    int min = file.positive("min_pixels", known.minPixels());
    int max = file.positive("max_pixels", known.maxPixels());
    if (file.present("size")) {
      ConfigFields size = file.inside("size");
      min = size.positive("shortest_edge", size.positive("min_pixels", min));
      max = size.positive("longest_edge", size.positive("max_pixels", max));
      size.refuseOthers(Set.of());
    }
    if (min > max) {
      throw file.fault("min_pixels", "must not be more than max_pixels");
    }
    var stated =
        new Preprocessing(
            known.patch(),
            known.merge(),
            known.frames(),
            min,
            max,
            three(file, "image_mean", known.mean()),
            three(file, "image_std", known.deviation()));
    file.refuseOthers(HARMLESS_TO_PICTURES);
    return vision.with(stated);
  }

  private static void same(ConfigFields file, String key, int known) {
    if (file.positive(key, known) != known) {
      throw file.fault(key, "config.json says " + known);
    }
  }

  private static List<Double> three(ConfigFields file, String key, List<Double> otherwise) {
    if (!file.present(key)) {
      return otherwise;
    }
    List<Double> values = new ArrayList<>();
    file.node(key).forEach(value -> values.add(value.asDouble(Double.NaN)));
    boolean positive = key.equals("image_mean") || values.stream().allMatch(value -> value > 0);
    if (values.size() != 3 || !values.stream().allMatch(Double::isFinite) || !positive) {
      throw file.fault(key, "must be three numbers, of red, green and blue");
    }
    return values;
  }

  /** Writes the folder's {@code preprocessor_config.json}. */
  static void writePreprocessor(Storage storage, String folder, Preprocessing patches) {
    ObjectNode root = JsonFiles.object();
    root.put("image_processor_type", "Qwen2VLImageProcessor");
    root.put("processor_class", "Qwen2VLProcessor");
    root.put("min_pixels", patches.minPixels());
    root.put("max_pixels", patches.maxPixels());
    root.put("patch_size", patches.patch());
    root.put("merge_size", patches.merge());
    root.put("temporal_patch_size", patches.frames());
    ArrayNode mean = root.putArray("image_mean");
    patches.mean().forEach(mean::add);
    ArrayNode deviation = root.putArray("image_std");
    patches.deviation().forEach(deviation::add);
    JsonFiles.write(storage, Storage.child(folder, PREPROCESSOR), root);
  }
}
