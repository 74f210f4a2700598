package dev.mirrorspark.scenes;

import dev.mirrorspark.prompts.Problem;
import dev.mirrorspark.scenes.Scene.Item;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Where one shape lies seen from another in its row or column: {@code where is red circle from blue
 * square?>}, answered by {@code left}, {@code right}, {@code above} or {@code below}. The level
 * sets the board: 2 × 2, 3 × 3 or 4 × 4 cells.
 */
public final class RelationGenerator extends SceneGenerator {
  private static final int LEVELS = 3;
  private static final String FIRST = "where is ";
  private static final String FROM = " from ";

  /** The public constructor is for the service loader. */
  public RelationGenerator() {
    super("relation", LEVELS);
  }

  @Override
  Asked ask(int level, RandomGenerator rng) {
    int side = level + 1;
    Item first = Item.random(rng);
    Item second = other(List.of(first), rng);
    boolean across = rng.nextBoolean();
    int line = rng.nextInt(side);
    int a = rng.nextInt(side);
    int b = (a + 1 + rng.nextInt(side - 1)) % side;
    List<Optional<Item>> cells = new ArrayList<>();
    for (int i = 0; i < side * side; i++) {
      boolean filled = rng.nextBoolean();
      cells.add(filled ? Optional.of(other(List.of(first, second), rng)) : Optional.empty());
    }
    cells.set(across ? line * side + a : a * side + line, Optional.of(first));
    cells.set(across ? line * side + b : b * side + line, Optional.of(second));
    String answer = across ? a < b ? "left" : "right" : a < b ? "above" : "below";
    String question = FIRST + first.words() + FROM + second.words() + "?";
    return new Asked(question, answer, new Scene(side, cells).draw(rng));
  }

  private static Item other(List<Item> taken, RandomGenerator rng) {
    Item item;
    do {
      item = Item.random(rng);
    } while (taken.contains(item));
    return item;
  }

  /** The places of both, columns by letter and rows by number: {@code =rca1,bsc1}. */
  @Override
  String conclude(Problem problem, String seen) {
    String question = problem.prompt().replace("?>", "");
    String[] asked = question.substring(FIRST.length()).split(FROM);
    return "=" + placed(asked[0], seen) + "," + placed(asked[1], seen);
  }

  private static String placed(String words, String seen) {
    String[] two = words.split(" ");
    String mark = "" + two[0].charAt(0) + two[1].charAt(0);
    String[] rows = seen.split(";");
    for (int row = 0; row < rows.length; row++) {
      String[] cells = rows[row].split(",");
      for (int column = 0; column < cells.length; column++) {
        if (cells[column].equals(mark)) {
          return mark + (char) ('a' + column) + (row + 1);
        }
      }
    }
    throw new IllegalArgumentException(words + " is not in " + seen);
  }
}
