package dev.mirrorspark.prompts;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mirrorspark.config.UserError;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Programming by example: {@code 2=8,5=17,9=29>} asks for a Python expression of {@code x} that
 * gives 8 for 2, 17 for 5 and 29 for 9 ({@code #3*x+2}) and does as well on inputs that are not
 * shown. It is judged by running it on those (answer type {@code stdin_stdout}), so that any
 * expression that computes the function is right.
 *
 * <p>The functions are lines; the level sets the size of slope and constant. The solver divides the
 * difference of two values by that of their inputs, takes the slope off the first value, and checks
 * the last example; or, in a hurry, it does the second part in its head and checks nothing.
 */
public final class FunctionGenerator implements ProblemGenerator {
  /** The answer type of these problems: programs that are run on test cases. */
  public static final String ANSWER_TYPE = "stdin_stdout";

  private static final int[] LARGEST_SLOPE = {5, 9, 12};
  private static final int[] LARGEST_CONSTANT = {9, 9, 20};
  private static final int INPUTS = 10;
  private static final int SHOWN = 3;
  private static final double SLIP_RATE = 0.08;
  private static final double QUICK_RATE = 0.5;
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Python that runs the expression on the numbers of one line. */
  private static final String FRAME = "for x in map(int, input().split()):\n    print({code})\n";

  /** A line, and the inputs at which it is shown. */
  private record Line(int slope, int constant, int[] inputs) {
    static Line of(Problem problem) {
      String[] pairs = problem.prompt().replace(">", "").split(",");
      int[][] points =
          Arrays.stream(pairs)
              .map(pair -> Arrays.stream(pair.split("=")).mapToInt(Integer::parseInt).toArray())
              .toArray(int[][]::new);
      int slope = (points[1][1] - points[0][1]) / (points[1][0] - points[0][0]);
      int[] inputs = Arrays.stream(points).mapToInt(point -> point[0]).toArray();
      return new Line(slope, points[0][1] - slope * points[0][0], inputs);
    }

    int at(int x) {
      return slope * x + constant;
    }

    String python() {
      return slope + "*x" + (constant < 0 ? "-" : "+") + Math.abs(constant);
    }
  }

  @Override
  public String name() {
    return "function";
  }

  @Override
  public Problem problem(int level, RandomGenerator rng) {
    if (level < 1 || level > LARGEST_SLOPE.length) {
      throw new UserError(
          "generator function has no level %d: use levels 1 to %d"
              .formatted(level, LARGEST_SLOPE.length));
    }
    while (true) {
      int slope = 2 + rng.nextInt(LARGEST_SLOPE[level - 1] - 1);
      int constant = 1 + rng.nextInt(LARGEST_CONSTANT[level - 1]);
      int[] inputs = rng.ints(0, INPUTS).distinct().limit(SHOWN).sorted().toArray();
      var line = new Line(slope, rng.nextInt(3) == 0 ? -constant : constant, inputs);
      if (line.at(inputs[0]) >= 0) {
        String text =
            Arrays.stream(inputs)
                .mapToObj(x -> x + "=" + line.at(x))
                .collect(Collectors.joining(",", "", ">"));
        return new Problem(text, tests(line), ANSWER_TYPE, name(), level);
      }
    }
  }

  /** One test case with every input, in the form in which code problems carry them. */
  private static String tests(Line line) {
    var inputs = IntStream.range(0, INPUTS + 2).mapToObj(Integer::toString);
    var outputs = IntStream.range(0, INPUTS + 2).mapToObj(x -> Integer.toString(line.at(x)));
    var json = JSON.createObjectNode().put("language", "python").put("frame", FRAME);
    json.putArray("inputs").add(inputs.collect(Collectors.joining(" ")));
    json.putArray("outputs").add(outputs.collect(Collectors.joining(" ")));
    return json.toString();
  }

  @Override
  public boolean accepts(Problem problem, String finalAnswer) {
    return Line.of(problem).python().equals(finalAnswer);
  }

  @Override
  public String solve(Problem problem, RandomGenerator rng) {
    return new Solver(Line.of(problem), rng, new StringBuilder()).solution();
  }

  /** One solution and the text written so far. */
  private record Solver(Line line, RandomGenerator rng, StringBuilder out) {

    String solution() {
      int first = line.inputs()[0];
      int second = line.inputs()[1];
      int rise = line.at(second) - line.at(first);
      int run = second - first;
      step(line.at(second) + "-" + line.at(first), rise);
      out.append(',');
      step(second + "-" + first, run);
      out.append(',');
      step(rise + "=" + run + "*", line.slope());
      out.append(';');
      if (rng.nextDouble() >= QUICK_RATE) {
        int product = line.slope() * first;
        step(line.slope() + "*" + first, product);
        out.append(',');
        step(line.at(first) + "-" + product, line.constant());
        out.append(";check ");
        int last = line.inputs()[2];
        step(line.slope() + "*" + last, line.slope() * last);
        out.append(',');
        String constant = (line.constant() < 0 ? "-" : "+") + Math.abs(line.constant());
        step(line.slope() * last + constant, line.at(last));
        out.append(" ok;");
      }
      return out.append('#').append(line.python()).toString();
    }

    /** Writes a step and its result, now and then a wrong one that is taken back. */
    private void step(String step, int result) {
      String before = step.endsWith("*") ? step : step + "=";
      out.append(before);
      if (rng.nextDouble() < SLIP_RATE) {
        int slip = result + (rng.nextBoolean() ? 1 : -1) * (1 + rng.nextInt(3));
        out.append(slip).append(" wait ").append(before);
      }
      out.append(result);
    }
  }
}
