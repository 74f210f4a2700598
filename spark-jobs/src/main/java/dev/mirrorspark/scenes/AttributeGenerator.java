package dev.mirrorspark.scenes;

import dev.mirrorspark.prompts.Problem;
import dev.mirrorspark.scenes.Scene.Item;
import dev.mirrorspark.vision.PictureFile;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * The colour of the only shape of its figure, or the figure of the only one of its colour: {@code
 * colour of circle?>}, {@code shape of red?>}. The level sets the board: 2 × 2, 3 × 3 or 4 × 4
 * cells.
 */
public final class AttributeGenerator extends SceneGenerator {
  private static final int LEVELS = 3;

  /** The public constructor is for the service loader. */
  public AttributeGenerator() {
    super("attribute", LEVELS);
  }

  @Override
  Asked ask(int level, RandomGenerator rng) {
    int side = level + 1;
    boolean colour = rng.nextBoolean();
    Item asked = Item.random(rng);
    List<Item> items = new ArrayList<>(List.of(asked));
    int others = 1 + rng.nextInt(side * side - 1);
    while (items.size() <= others) {
      Item other = Item.random(rng);
      boolean tellsApart =
          colour ? other.figure() != asked.figure() : other.colour() != asked.colour();
      if (tellsApart) {
        items.add(other);
      }
    }
    PictureFile picture = Scene.scattered(side, items, rng).draw(rng);
    return colour
        ? new Asked("colour of " + asked.figure().word() + "?", asked.colour().word(), picture)
        : new Asked("shape of " + asked.colour().word() + "?", asked.figure().word(), picture);
  }

  /** The mark of the shape: {@code =rc}. */
  @Override
  String conclude(Problem problem, String seen) {
    boolean colour = problem.prompt().startsWith("colour");
    String word = problem.prompt().replaceAll(".* |\\?>", "");
    for (String mark : seen.split("[,;]")) {
      if (mark.charAt(colour ? 1 : 0) == word.charAt(0)) {
        return "=" + mark;
      }
    }
    throw new IllegalArgumentException(word + " is not in " + seen);
  }
}
