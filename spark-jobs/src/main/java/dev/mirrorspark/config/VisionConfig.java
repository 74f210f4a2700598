package dev.mirrorspark.config;

import java.io.Serializable;
import java.util.Optional;

/**
 * Section {@code model.vision}: what is trained of a policy that sees pictures (Kimi k1.5, appendix
 * B.4).
 *
 * @param train {@code none}: the decoder alone, {@code projector}: the projector too, {@code all}:
 *     the encoder too, {@code alone}: encoder and projector, while the decoder stays as it is
 */
public record VisionConfig(String train) implements Serializable {
  /** Everything is trained. */
  public static final VisionConfig ALL = new VisionConfig("all");

  /**
   * The encoder of a new model, section {@code init.vision}.
   *
   * @param depth blocks; 0: the new model sees no pictures
   * @param width width of the encoder's residual stream
   * @param heads attention heads
   * @param patch rows and columns of a patch, in pixels
   * @param merge rows and columns of patches that become one token
   * @param minPixels fewest pixels of a picture after resizing
   * @param maxPixels most pixels after resizing
   */
  public record Fresh(
      int depth, int width, int heads, int patch, int merge, int minPixels, int maxPixels)
      implements Serializable {}

  /** What keeps a setting from being taken, in the order of the keys. */
  static Optional<RunRanges.Violation> violation(RunConfig config) {
    boolean frozen = !config.model().vision().train().equals("all");
    if (frozen
        && (config.sft().adam().weightDecay() > 0 || config.train().adam().weightDecay() > 0)) {
      return Optional.of(
          new RunRanges.Violation(
              "model.vision.train",
              "all, where sft.adam.weight_decay or train.adam.weight_decay are above 0: decay would"
                  + " move what is not trained"));
    }
    if (frozen && !config.train().resetOptimizer()) {
      return Optional.of(
          new RunRanges.Violation(
              "model.vision.train",
              "all, where train.reset_optimizer is false: older moments would move what is not"
                  + " trained"));
    }
    var fresh = config.init().vision();
    if (fresh.depth() == 0) {
      return Optional.empty();
    }
    if (!config.init().family().equals("qwen2")) {
      return Optional.of(
          new RunRanges.Violation("init.family", "qwen2, where init.vision.depth is above 0"));
    }
    if (fresh.width() % (4 * fresh.heads()) != 0) {
      return Optional.of(
          new RunRanges.Violation(
              "init.vision.width",
              "a multiple of 4 × init.vision.heads = %d".formatted(4 * fresh.heads())));
    }
    if (config.init().hidden() / config.init().heads() < 16) {
      return Optional.of(
          new RunRanges.Violation(
              "init.hidden",
              "16 × init.heads or more, where init.vision.depth is above 0: a head turns by three"
                  + " axes"));
    }
    if (fresh.maxPixels() < fresh.minPixels()) {
      return Optional.of(
          new RunRanges.Violation("init.vision.max_pixels", "init.vision.min_pixels or more"));
    }
    if (config.model().lora().present() && config.model().path().isEmpty()) {
      return Optional.of(
          new RunRanges.Violation("model.lora.rank", "0, where init.vision.depth is above 0"));
    }
    return Optional.empty();
  }
}
