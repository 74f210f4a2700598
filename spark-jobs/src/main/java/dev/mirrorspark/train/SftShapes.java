package dev.mirrorspark.train;

import dev.mirrorspark.config.LoraConfig;
import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.SftConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.model.ModelShape;
import dev.mirrorspark.model.RopeScaling;
import java.util.ArrayList;
import java.util.List;

/**
 * How far the policy reaches in each stage of section {@code sft}: long-context activation raises
 * the context and the base of the rotary angles from stage to stage (Kimi k1.5, 2.5.2 and B.4).
 *
 * @param contexts longest example of each stage, in tokens
 * @param shapes the shape with which each stage computes
 */
record SftShapes(List<Integer> contexts, List<ModelShape> shapes) {

  /** Whether a stage changes the policy's shape. */
  static boolean raises(RunConfig config) {
    return config.sft().allStages().stream()
        .anyMatch(stage -> stage.context() > 0 || stage.ropeTheta() > 0);
  }

  /**
   * The shapes of a run's stages.
   *
   * @param lora adapters that the warm-up trains
   * @throws UserError if a stage reaches less than the one before it, or the policy cannot reach
   *     further
   */
  static SftShapes of(RunConfig config, ModelShape start, LoraConfig lora) {
    if (raises(config)) {
      refuse(config, start, lora);
    }
    List<Integer> contexts = new ArrayList<>();
    List<ModelShape> shapes = new ArrayList<>();
    int context = 0;
    double theta = start.rope().theta();
    var stages = config.sft().allStages();
    for (int i = 0; i < stages.size(); i++) {
      var stage = stages.get(i);
      if (i > 0 && stage.context() > 0 && stage.context() < contexts.get(i - 1)) {
        throw new UserError(
            "%scontext = %d: the stage before it reaches %d; stages raise it, from short to long"
                .formatted(SftConfig.key(i), stage.context(), contexts.get(i - 1)));
      }
      if (stage.ropeTheta() > 0 && stage.ropeTheta() < theta) {
        throw new UserError(
            "%srope_theta = %s: it was %s before; a longer context needs a larger one"
                .formatted(SftConfig.key(i), stage.ropeTheta(), theta));
      }
      context = Math.max(context, stage.context());
      theta = Math.max(theta, stage.ropeTheta());
      contexts.add(context > 0 ? context : start.maxPositions());
      shapes.add(start.reaching(Math.max(start.maxPositions(), context), theta));
    }
    return new SftShapes(contexts, shapes);
  }

  private static void refuse(RunConfig config, ModelShape start, LoraConfig lora) {
    if (lora.present()) {
      throw new UserError(
          "sft.context or rope_theta with adapters (model.lora): the shape of a policy with adapters"
              + " is that of the model beneath them; merge them first, or leave both keys out");
    }
    if (!(start.rope().scaling() instanceof RopeScaling.Plain)) {
      throw new UserError(
          "sft.context or rope_theta: the model's rotary positions are scaled already (rope_type %s)"
                  .formatted(start.rope().scaling().type())
              + "; raise original lengths in its config.json instead, or start from a model"
              + " without scaling");
    }
  }

  /** Longest example of any stage, in tokens. */
  int longest() {
    return contexts.get(contexts.size() - 1);
  }

  /** The shape of the policy after the warm-up. */
  ModelShape last() {
    return shapes.get(shapes.size() - 1);
  }
}
