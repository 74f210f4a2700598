package dev.mirrorspark.decode;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.model.ModelShape;
import dev.mirrorspark.model.TextTokenizer;
import dev.mirrorspark.vision.PictureFault;

/** What becomes of a prompt with a picture before it is decoded. */
final class PicturePrompts {
  private PicturePrompts() {}

  /**
   * The tokens of the prompt, those of its picture among them.
   *
   * @throws UserError if it has a picture and the policy sees none, or not such a one
   */
  static int[] tokens(ModelShape shape, PromptRequest request, TextTokenizer tokenizer) {
    if (!request.picture().present()) {
      return tokenizer.encodePrompt(request.text());
    }
    if (!shape.vision().present()) {
      throw new UserError(
          "prompt %s has a picture, and the policy (%s) reads text alone; take one that sees, such as a Qwen2-VL folder in model.path or init.vision.depth above 0"
              .formatted(request.promptId(), shape.family()));
    }
    try {
      int tokens = shape.vision().preprocessing().tokens(request.picture());
      return tokenizer.encodePrompt(request.text(), shape.vision(), tokens);
    } catch (PictureFault e) {
      throw new UserError(
          "prompt %s: %s; leave it out".formatted(request.promptId(), e.getMessage()), e);
    }
  }

  /** Refuses what another engine would not see. */
  static void requireNone(Iterable<PromptRequest> requests) {
    for (PromptRequest request : requests) {
      if (request.picture().present()) {
        throw new UserError(
            "rollout.engine: prompt %s has a picture, which another engine is not given yet; leave out rollout.engine.urls"
                .formatted(request.promptId()));
      }
    }
  }
}
