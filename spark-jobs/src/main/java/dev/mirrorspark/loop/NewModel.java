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
import dev.mirrorspark.model.VisionShape;
import dev.mirrorspark.prompts.ProblemGenerator;
import dev.mirrorspark.vision.Preprocessing;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Makes a Hugging Face folder with random weights and the built-in character tokenizer. */
public final class NewModel {
  /** Inner width of a block of the encoder, in widths. */
  private static final int FEED_FORWARD = 4;

  /** Frames of a patch, as the layout has them. */
  private static final int FRAMES = 2;

  private NewModel() {}

  /** The shape that the run file's {@code init} section asks for. */
  public static ModelShape shape(RunConfig.Init init) {
    boolean sees = init.vision().depth() > 0;
    ModelShape shape =
        new ModelShape(
            sees ? "qwen2_vl" : init.family(),
            CharacterTokenizer.vocabSize(alphabet(init), sees),
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
            init.tieEmbeddings());
    shape = sees ? shape.with(vision(init)) : shape;
    return shape.ofFamily(init.attentionBias());
  }

  private static VisionShape vision(RunConfig.Init init) {
    var vision = init.vision();
    int pairs = init.hidden() / init.heads() / 2;
    int side = pairs * 3 / 8; // 16, 24 and 24 of 64 in Qwen2-VL
    return new VisionShape(
        vision.depth(),
        vision.width(),
        vision.heads(),
        FEED_FORWARD * vision.width(),
        new Preprocessing(
            vision.patch(),
            vision.merge(),
            FRAMES,
            vision.minPixels(),
            vision.maxPixels(),
            Preprocessing.MEAN,
            Preprocessing.DEVIATION),
        CharacterTokenizer.PICTURE,
        CharacterTokenizer.VISION_START,
        CharacterTokenizer.VISION_END,
        List.of(pairs - 2 * side, side, side));
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
        CharacterTokenizer.write(
            tokenizer, alphabet(config.init()), shape.maxPositions(), shape.vision().present());
        return FolderWriter.save(storage, target, shape, plan, tokenizer.toString(), values);
      } finally {
        storage.delete(tokenizer.toString());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
