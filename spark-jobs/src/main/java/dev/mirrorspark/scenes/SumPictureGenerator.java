package dev.mirrorspark.scenes;

import dev.mirrorspark.prompts.Problem;
import dev.mirrorspark.vision.PictureFile;
import dev.mirrorspark.vision.Pixels;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Sums as pictures of their text (Kimi k1.5, 2.3: the same question as text and as an image must be
 * answered alike): the picture says {@code 4+3-2}, the prompt {@code sum?>}.
 */
public final class SumPictureGenerator extends SceneGenerator {
  static final int LEVELS = 5;

  /** The public constructor is for the service loader. */
  public SumPictureGenerator() {
    super("sum-picture", LEVELS);
  }

  @Override
  Asked ask(int level, RandomGenerator rng) {
    String sum = Sum.random(level, rng);
    int signs = sum.length();
    var canvas = new Canvas(signs * Glyphs.WIDTH, Glyphs.WIDTH);
    for (int i = 0; i < signs; i++) {
      Glyphs.draw(canvas, sum.charAt(i), i * Glyphs.WIDTH + 2 + rng.nextInt(3), 1 + rng.nextInt(2));
    }
    return new Asked("sum?", "" + Sum.value(sum), canvas.picture());
  }

  @Override
  String seen(PictureFile picture) {
    Pixels pixels = Scene.pixels(picture);
    var text = new StringBuilder();
    for (int x = 0; x < pixels.width(); x += Glyphs.WIDTH) {
      text.append(Glyphs.read(pixels, x));
    }
    return text.toString();
  }

  @Override
  public Optional<Problem> twin(Problem problem) {
    return Optional.of(SumTextGenerator.of(seen(problem.picture()), problem.level()));
  }

  @Override
  Map<String, String> slips() {
    return Map.of();
  }

  @Override
  String conclude(Problem problem, String seen) {
    return Sum.steps(seen);
  }
}
