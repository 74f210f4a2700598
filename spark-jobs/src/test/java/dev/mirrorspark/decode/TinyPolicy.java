package dev.mirrorspark.decode;

import dev.mirrorspark.files.Storage;
import dev.mirrorspark.model.CharacterTokenizer;
import dev.mirrorspark.model.DType;
import dev.mirrorspark.model.LoadedModel;
import dev.mirrorspark.model.ModelShape;
import dev.mirrorspark.model.ParameterLayout;
import dev.mirrorspark.policy.FolderWeights;
import dev.mirrorspark.policy.PolicyVersion;
import java.nio.file.Path;
import java.util.Random;

/** A policy with random weights and a character tokenizer, small enough to decode in a test. */
public final class TinyPolicy {
  private static final String ALPHABET = "#+-*0123456789=;abc";

  /** Prompt and response together are at most 64 tokens. */
  public static final ModelShape SHAPE =
      new ModelShape(
          "qwen2",
          CharacterTokenizer.vocabSize(ALPHABET),
          16,
          2,
          4,
          2,
          4,
          24,
          64,
          10_000,
          1e-6,
          true,
          false,
          true);

  private TinyPolicy() {}

  /** Normal weights of deviation 0.3; norm weights around 1. */
  public static float[] flat(long seed) {
    var random = new Random(seed);
    var layout = ParameterLayout.of(SHAPE);
    float[] flat = new float[(int) layout.size()];
    for (var entry : layout.entries()) {
      float mean = entry.name().endsWith("norm.weight") ? 1 : 0;
      for (long i = entry.offset(); i < entry.offset() + entry.size(); i++) {
        flat[(int) i] = mean + 0.3f * (float) random.nextGaussian();
      }
    }
    return flat;
  }

  /** Writes the checkpoint folder under {@code work}. */
  public static PolicyVersion write(Path work, int version) {
    var tokenizerFolder = work.resolve("tokenizer");
    CharacterTokenizer.write(tokenizerFolder, ALPHABET, SHAPE.maxPositions());
    var folder = work.resolve("policy-" + version);
    float[] flat = flat(version);
    var sha256 = LoadedModel.save(folder, SHAPE, flat, DType.F32, tokenizerFolder, Long.MAX_VALUE);
    return new PolicyVersion(
        version, Storage.local(), folder.toString(), FolderWeights.of(folder, sha256));
  }
}
