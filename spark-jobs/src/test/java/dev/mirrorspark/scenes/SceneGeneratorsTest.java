package dev.mirrorspark.scenes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.prompts.Problem;
import dev.mirrorspark.prompts.ProblemGenerator;
import dev.mirrorspark.vision.PictureFault;
import dev.mirrorspark.vision.PictureReader;
import dev.mirrorspark.vision.Pixels;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is asked is what is shown: answers found again from pixels alone, by other code. */
class SceneGeneratorsTest {
  static Stream<ProblemGenerator> generators() {
    return Stream.of(
        new CountGenerator(),
        new RelationGenerator(),
        new AttributeGenerator(),
        new BarsGenerator(),
        new SumPictureGenerator(),
        new SumTextGenerator());
  }

  @ParameterizedTest
  @MethodSource("generators")
  void solutionsAreInTheAlphabetAndEndWithTheAnswer(ProblemGenerator generator) {
    var rng = new SplittableRandom(1);
    int slips = 0;
    int glances = 0;
    for (int i = 0; i < 300; i++) {
      Problem problem = generator.problem(1 + i % 3, rng);
      String solution = generator.solve(problem, rng);
      glances += solution.equals("quick#" + problem.answer()) ? 1 : 0;
      slips += solution.contains(" wait ") ? 1 : 0;
      assertEquals(problem.answer(), ProblemGenerator.finalAnswer(solution));
      for (char c : (problem.prompt() + solution).toCharArray()) {
        assertTrue(ProblemGenerator.ALPHABET.indexOf(c) >= 0, problem.prompt() + solution);
      }
      assertEquals(generator.name(), problem.domain());
    }
    assertEquals(generator.name().startsWith("sum"), slips == 0);
    assertTrue(
        glances > 140 && glances < 220, "glances: " + glances); // 0.6 of them, 4.7 deviations
    assertThrows(UserError.class, () -> generator.problem(0, rng));
    assertThrows(UserError.class, () -> generator.problem(6, rng));
  }

  /** The twin is read from the pixels: it asks for the sum whose value is the picture's answer. */
  @ParameterizedTest
  @MethodSource("generators")
  void onlyAPictureOfTextHasATwinAndItAsksTheSame(ProblemGenerator generator) {
    var rng = new SplittableRandom(3);
    for (int i = 0; i < 100; i++) {
      Problem problem = generator.problem(1 + i % 3, rng);
      var twin = generator.twin(problem);
      assertEquals(generator.name().equals("sum-picture"), twin.isPresent());
      if (twin.isPresent()) {
        Problem text = twin.get();
        assertTrue(!text.picture().present() && text.domain().equals("sum-text"));
        assertTrue(text.prompt().matches("\\d([+-]\\d){" + problem.level() + "}\\?>"));
        int value = 0;
        for (String term : text.prompt().replace("?>", "").split("(?=[+-])")) {
          value += Integer.parseInt(term);
        }
        assertEquals(problem.answer(), "" + value);
        assertEquals(problem.answer(), text.answer());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("generators")
  void theSameSeedGivesTheSameBytes(ProblemGenerator generator) {
    for (int level = 1; level <= 3; level++) {
      Problem first = generator.problem(level, new SplittableRandom(level));
      assertEquals(first, generator.problem(level, new SplittableRandom(level)));
    }
  }

  @ParameterizedTest
  @MethodSource("generators")
  void answersAreSeenInThePixels(ProblemGenerator generator) throws PictureFault {
    var rng = new SplittableRandom(2);
    Map<String, Integer> answers = new HashMap<>();
    int problems = 400;
    for (int i = 0; i < problems; i++) {
      Problem problem = generator.problem(1 + i % 3, rng);
      answers.merge(problem.answer(), 1, Integer::sum);
      if (problem.picture().present() && !generator.name().startsWith("sum")) {
        Pixels pixels = PictureReader.pixels(problem.picture());
        String found =
            generator.name().equals("bars")
                ? bars(problem.prompt(), pixels)
                : board(problem.prompt(), pixels);
        assertEquals(problem.answer(), found, problem.prompt());
      }
    }
    int commonest = answers.values().stream().mapToInt(n -> n).max().orElseThrow();
    assertTrue(commonest < 0.5 * problems, "guessing gets " + answers);
  }

  private static String colour(Pixels pixels, int x, int y) {
    int r = pixels.at(x, y, 0);
    int g = pixels.at(x, y, 1);
    int b = pixels.at(x, y, 2);
    if (r > 220 && g > 220 && b > 220) {
      return "";
    }
    return r > 200 && g > 150 ? "yellow" : r > g && r > b ? "red" : g > b ? "green" : "blue";
  }

  private record Seen(String colour, String figure, int column, int row) {}

  /** By rows of colour: a square's are all alike, a triangle's grow, a circle's grow and shrink. */
  private static List<Seen> shapes(Pixels pixels) {
    List<Seen> found = new ArrayList<>();
    int side = pixels.width() / 16;
    for (int cell = 0; cell < side * side; cell++) {
      List<Integer> widths = new ArrayList<>();
      String colour = "";
      for (int y = 0; y < 16; y++) {
        int width = 0;
        for (int x = 0; x < 16; x++) {
          String one = colour(pixels, cell % side * 16 + x, cell / side * 16 + y);
          width += one.isEmpty() ? 0 : 1;
          colour = one.isEmpty() ? colour : one;
        }
        if (width > 0) {
          widths.add(width);
        }
      }
      if (!widths.isEmpty()) {
        int first = widths.get(0);
        int last = widths.get(widths.size() - 1);
        int middle = widths.get(widths.size() / 2);
        String figure =
            first == last && first == middle
                ? "square"
                : middle > first && middle > last ? "circle" : "triangle";
        found.add(new Seen(colour, figure, cell % side, cell / side));
      }
    }
    return found;
  }

  private static String board(String prompt, Pixels pixels) {
    List<Seen> shapes = shapes(pixels);
    String question = prompt.replace("?>", "");
    if (question.startsWith("where is ")) {
      String[] words = question.split(" ");
      Seen first = one(shapes, words[2], words[3]);
      Seen second = one(shapes, words[5], words[6]);
      return first.row() == second.row()
          ? first.column() < second.column() ? "left" : "right"
          : first.row() < second.row() ? "above" : "below";
    }
    if (question.startsWith("colour of ")) {
      return one(shapes, "", question.substring(10)).colour();
    }
    if (question.startsWith("shape of ")) {
      return one(shapes, question.substring(9), "").figure();
    }
    return ""
        + shapes.stream()
            .filter(
                s ->
                    question.contains(s.colour())
                        || !question.matches(".*(red|green|blue|yellow).*"))
            .filter(s -> question.contains(s.figure()) || !question.endsWith("s"))
            .count();
  }

  private static Seen one(List<Seen> shapes, String colour, String figure) {
    var fitting =
        shapes.stream()
            .filter(s -> colour.isEmpty() || s.colour().equals(colour))
            .filter(s -> figure.isEmpty() || s.figure().equals(figure))
            .toList();
    assertEquals(1, fitting.size());
    return fitting.get(0);
  }

  private static String bars(String prompt, Pixels pixels) {
    Map<String, Integer> heights = new HashMap<>();
    String highest = "";
    for (int bar = 0; bar < pixels.width() / 16; bar++) {
      String colour = colour(pixels, bar * 16 + 6, 44);
      int height = 0;
      while (!colour(pixels, bar * 16 + 6, 44 - height).isEmpty()) {
        height++;
      }
      heights.put(colour, height / 5);
      highest = heights.get(colour) >= heights.getOrDefault(highest, 0) ? colour : highest;
    }
    if (prompt.startsWith("which")) {
      return highest;
    }
    String[] words = prompt.replace("?>", "").split(" ");
    return prompt.startsWith("how")
        ? "" + heights.get(words[3])
        : "" + (heights.get(words[0]) + heights.get(words[2]));
  }
}
