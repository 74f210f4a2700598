package dev.mirrorspark.loop;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.files.Storage;
import dev.mirrorspark.model.CharacterTokenizer;
import dev.mirrorspark.model.DType;
import dev.mirrorspark.model.FolderPlan;
import dev.mirrorspark.model.FolderWriter;
import dev.mirrorspark.model.FolderWriter.Digests;
import dev.mirrorspark.model.ModelFolder;
import dev.mirrorspark.model.ModelShape;
import dev.mirrorspark.model.ParameterLayout;
import dev.mirrorspark.model.RandomInit;
import dev.mirrorspark.prompts.ProblemGenerator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Makes a Hugging Face folder with random weights and the built-in character tokenizer. */
public final class NewModel {
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
  public static void create(RunConfig config, Storage storage, String target) {
    if (ModelFolder.exists(storage, target) || !storage.list(target).isEmpty()) {
      throw new UserError(target + ": exists already; name a new folder, or remove this one");
    }
    write(config, storage, target);
  }

  static Digests write(RunConfig config, Storage storage, String target) {
    ModelShape shape = shape(config.init());
    var values = RandomInit.values(shape, config.init().embeddingStd(), config.seed());
    var plan = FolderPlan.of(ParameterLayout.of(shape), DType.F32, PolicyVersions.MAX_SHARD_BYTES);
    try {
      Path tokenizer = Files.createTempDirectory("mirrorspark-tokenizer");
      try {
        CharacterTokenizer.write(tokenizer, alphabet(config.init()), shape.maxPositions());
        return FolderWriter.save(storage, target, shape, plan, tokenizer.toString(), values);
      } finally {
        storage.delete(tokenizer.toString());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
