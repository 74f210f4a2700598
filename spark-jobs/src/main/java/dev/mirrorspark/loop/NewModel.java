package dev.mirrorspark.loop;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.model.CharacterTokenizer;
import dev.mirrorspark.model.DType;
import dev.mirrorspark.model.ModelFolder;
import dev.mirrorspark.model.ModelShape;
import dev.mirrorspark.model.RandomInit;
import dev.mirrorspark.model.TextTokenizer;
import dev.mirrorspark.prompts.ProblemGenerator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;

/** Makes a Hugging Face folder with random weights and the built-in character tokenizer. */
public final class NewModel {
  private static final long MAX_SHARD_BYTES = 5L << 30;

  private NewModel() {}

  /** The shape that the run file's {@code init} section asks for. */
  public static ModelShape shape(RunConfig.Init init) {
    return new ModelShape(
            init.family(),
            CharacterTokenizer.vocabSize(alphabet(init)),
            init.hidden(),
            init.layers(),
            init.heads(),
            init.kvHeads(),
            init.hidden() / init.heads(),
            init.intermediate(),
            init.maxPositions(),
            init.ropeTheta(),
            init.rmsNormEps(),
            false,
            false,
            init.tieEmbeddings())
        .ofFamily(init.attentionBias());
  }

  /** The built-in generators' characters, then those of {@code init.characters} that are new. */
  private static String alphabet(RunConfig.Init init) {
    var alphabet = new StringBuilder(ProblemGenerator.ALPHABET);
    init.characters()
        .codePoints()
        .filter(c -> ProblemGenerator.ALPHABET.indexOf(c) < 0)
        .forEach(alphabet::appendCodePoint);
    return alphabet.toString();
  }

  /**
   * Writes the folder.
   *
   * @throws UserError if the folder exists already, or cannot be written
   */
  public static void create(RunConfig config, Path target) {
    if (Files.exists(target)) {
      throw new UserError(target + ": exists already; name a new folder, or remove this one");
    }
    write(config, target);
  }

  static void write(RunConfig config, Path target) {
    ModelShape shape = shape(config.init());
    float[] flat = RandomInit.flat(shape, config.init().embeddingStd(), config.seed());
    try {
      Files.createDirectories(target.toAbsolutePath().getParent());
      Path tokenizerFolder = Files.createTempDirectory("mirrorspark-tokenizer");
      CharacterTokenizer.write(tokenizerFolder, alphabet(config.init()), shape.maxPositions());
      try (var tokenizer = TextTokenizer.of(tokenizerFolder)) {
        ModelFolder.save(target, shape, flat, DType.F32, tokenizer, MAX_SHARD_BYTES);
      } finally {
        try (var files = Files.walk(tokenizerFolder)) {
          for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
            Files.delete(file);
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
