package dev.mirrorspark.scenes;

import dev.mirrorspark.prompts.Problem;
import dev.mirrorspark.scenes.Scene.Item;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * How many shapes of a kind a board has: {@code red circles?>}, {@code red?>} or {@code circles?>}.
 * The level sets the board: 2 × 2, 3 × 3 or 4 × 4 cells.
 */
public final class CountGenerator extends SceneGenerator {
  private static final int LEVELS = 3;

  /** The public constructor is for the service loader. */
  public CountGenerator() {
    super("count", LEVELS);
  }

  /** What is counted: shapes of a colour, a figure or both. */
  private record Wanted(String colour, String figure) {
    static Wanted of(String question) {
      String colour = "";
      String figure = "";
      for (String word : question.split("[ ?]")) {
        for (Colour one : Colour.BRIGHT) {
          colour = word.equals(one.word()) ? "" + one.letter() : colour;
        }
        for (Figure one : Figure.values()) {
          figure = word.equals(one.word() + "s") ? "" + one.letter() : figure;
        }
      }
      return new Wanted(colour, figure);
    }

    boolean fits(String mark) {
      return mark.matches("[a-z]{2}") && mark.startsWith(colour) && mark.endsWith(figure);
    }

    String mark() {
      return colour + figure;
    }
  }

  @Override
  Asked ask(int level, RandomGenerator rng) {
    int side = level + 1;
    int cells = side * side;
    Item asked = Item.random(rng);
    int kind = rng.nextInt(3);
    List<Item> items = new ArrayList<>();
    int same = rng.nextInt(Math.min(5, cells) + 1);
    for (int i = 0; i < same; i++) {
      Item other = Item.random(rng);
      items.add(
          switch (kind) {
            case 0 -> new Item(asked.colour(), other.figure());
            case 1 -> new Item(other.colour(), asked.figure());
            default -> asked;
          });
    }
    int others = rng.nextInt(cells - same + 1);
    for (int i = 0; i < others; i++) {
      items.add(Item.random(rng));
    }
    String question =
        switch (kind) {
          case 0 -> asked.colour().word();
          case 1 -> asked.figure().word() + "s";
          default -> asked.words() + "s";
        };
    var scene = Scene.scattered(side, items, rng);
    long count =
        scene.cells().stream()
            .flatMap(Optional::stream)
            .filter(item -> Wanted.of(question).fits(item.letters()))
            .count();
    return new Asked(question + "?", Long.toString(count), scene.draw(rng));
  }

  @Override
  String conclude(Problem problem, String seen) {
    var wanted = Wanted.of(problem.prompt().replace(">", ""));
    var steps = new StringBuilder("=");
    int count = 0;
    for (String mark : seen.split("[,;]")) {
      if (wanted.fits(mark)) {
        steps.append(wanted.mark()).append(++count);
      }
    }
    return steps.toString();
  }
}
