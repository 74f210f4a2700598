package dev.mirrorspark.scenes;

import dev.mirrorspark.prompts.Problem;
import dev.mirrorspark.vision.PictureFile;
import dev.mirrorspark.vision.Pixels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * A chart of coloured bars of 1 to 8 units: {@code how high is red?>}, {@code which is highest?>},
 * {@code red and blue?>} (their sum). The level is the number of bars less one.
 */
public final class BarsGenerator extends SceneGenerator {
  private static final int LEVELS = 3;
  private static final int BAR = 16;
  private static final int UNIT = 5;
  private static final int HIGHEST = 8;
  private static final int HEIGHT = 48;
  private static final int GROUND = 3;

  /** The public constructor is for the service loader. */
  public BarsGenerator() {
    super("bars", LEVELS);
  }

  @Override
  Asked ask(int level, RandomGenerator rng) {
    List<Colour> colours = new ArrayList<>(Colour.BRIGHT);
    for (int i = colours.size() - 1; i > 0; i--) {
      Collections.swap(colours, i, rng.nextInt(i + 1));
    }
    int bars = level + 1;
    int[] units = rng.ints(1, HIGHEST + 1).distinct().limit(bars).toArray();
    var canvas = new Canvas(bars * BAR, HEIGHT);
    canvas.fill(Colour.INK, 0, HEIGHT - GROUND, bars * BAR, 1);
    for (int i = 0; i < bars; i++) {
      int height = units[i] * UNIT;
      int narrow = rng.nextInt(4);
      canvas.fill(colours.get(i), i * BAR + 2, HEIGHT - GROUND - height, BAR - 4 - narrow, height);
    }
    int highest = 0;
    for (int i = 1; i < bars; i++) {
      highest = units[i] > units[highest] ? i : highest;
    }
    String first = colours.get(0).word();
    return switch (rng.nextInt(3)) {
      case 0 -> {
        int asked = rng.nextInt(bars);
        String question = "how high is " + colours.get(asked).word() + "?";
        yield new Asked(question, "" + units[asked], canvas.picture());
      }
      case 1 -> new Asked("which is highest?", colours.get(highest).word(), canvas.picture());
      default -> {
        int other = 1 + rng.nextInt(bars - 1);
        String question = first + " and " + colours.get(other).word() + "?";
        yield new Asked(question, "" + (units[0] + units[other]), canvas.picture());
      }
    };
  }

  /** The units of each bar by its colour's letter, {@code r3,b5}, by the pixels alone. */
  @Override
  String seen(PictureFile picture) {
    Pixels pixels = Scene.pixels(picture);
    List<String> bars = new ArrayList<>();
    for (int bar = 0; bar < pixels.width() / BAR; bar++) {
      int x = bar * BAR + BAR / 2;
      int bottom = HEIGHT - GROUND - 1;
      Colour colour = Scene.colour(pixels, x, bottom);
      int top = bottom;
      while (top > 0 && Scene.colour(pixels, x, top - 1) == colour) {
        top--;
      }
      bars.add("" + colour.letter() + (bottom - top + 1) / UNIT);
    }
    return String.join(",", bars);
  }

  @Override
  Map<String, String> slips() {
    Map<String, String> slips = new HashMap<>();
    for (Colour colour : Colour.BRIGHT) {
      for (int units = 1; units <= HIGHEST; units++) {
        int near = units < HIGHEST ? units + 1 : units - 1;
        slips.put("" + colour.letter() + units, "" + colour.letter() + near);
      }
    }
    return slips;
  }

  @Override
  String conclude(Problem problem, String seen) {
    String question = problem.prompt();
    Map<Character, Integer> units = new HashMap<>();
    Arrays.stream(seen.split(",")).forEach(bar -> units.put(bar.charAt(0), bar.charAt(1) - '0'));
    if (question.contains(" and ")) {
      String[] two = question.split(" and ");
      return "=%d+%d".formatted(units.get(two[0].charAt(0)), units.get(two[1].charAt(0)));
    }
    char asked =
        question.startsWith("how high is ")
            ? question.charAt("how high is ".length())
            : problem.answer().charAt(0);
    return "=" + asked + units.get(asked);
  }
}
