package dev.mirrorspark.model;

import java.nio.file.Path;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Checkpoints with random weights, large enough that every part moves the logits. */
final class RandomCheckpoint {
  private RandomCheckpoint() {}

  /** Normal weights of deviation 0.3; norm weights around 1. */
  static float[] flat(ModelShape shape, long seed) {
    var random = new Random(seed);
    var layout = ParameterLayout.of(shape);
    float[] flat = new float[(int) layout.size()];
    for (var entry : layout.entries()) {
      float mean = entry.name().endsWith("norm.weight") ? 1 : 0;
      for (long i = entry.offset(); i < entry.offset() + entry.size(); i++) {
        flat[(int) i] = mean + 0.3f * (float) random.nextGaussian();
      }
    }
    return flat;
  }

  /** Saves the weights with a character tokenizer that fills the vocabulary. */
  static Path save(Path work, ModelShape shape, float[] flat, DType dtype, long maxShardBytes) {
    Path tokenizer = work.resolve("tokenizer");
    CharacterTokenizer.write(tokenizer, alphabet(shape.vocab()), shape.maxPositions());
    Path folder = work.resolve("model");
    LoadedModel.save(folder, shape, flat, dtype, tokenizer, maxShardBytes);
    return folder;
  }

  private static String alphabet(int vocab) {
    return IntStream.range(0, vocab - CharacterTokenizer.vocabSize(""))
        .mapToObj(i -> Character.toString('0' + i))
        .collect(Collectors.joining());
  }
}
