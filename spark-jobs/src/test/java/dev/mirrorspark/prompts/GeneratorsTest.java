package dev.mirrorspark.prompts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.UserError;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class GeneratorsTest {
  private static final int SEEDS = 400;
  private static final BigInteger TEN = BigInteger.TEN;

  /** In the groups: the value before, the operator, the operand, the result. */
  private static final Pattern SEARCH_STEP =
      Pattern.compile("(?<before>\\d)(?<op>[-+*])(?<operand>\\d)=(?<result>\\d)");

  private static final Pattern CHAIN_STEP =
      Pattern.compile("[a-z](?<op>[-+*])[a-z]?(?<operand>\\d),(?<before>\\d)=(?<result>\\d);");

  private final ChainGenerator chain = new ChainGenerator();
  private final SearchGenerator search = new SearchGenerator();

  @Test
  void chainAnswersAgreeWithAnIndependentEvaluation() {
    for (int level = 1; level <= 25; level++) {
      for (int seed = 0; seed < SEEDS; seed++) {
        var rng = new SplittableRandom(seed * 100L + level);
        var problem = chain.problem(level, rng);
        var expected = evaluateChain(problem.prompt());
        assertEquals(expected, problem.answer(), problem.prompt());
        assertEquals(level, problem.prompt().split(";").length - 2);
        var solution = chain.solve(problem, rng);
        assertTrue(solution.endsWith("#" + expected), problem.prompt() + solution);
        assertInAlphabet(problem.prompt() + solution);
      }
    }
  }

  /** One problem, two ways to write its solution. */
  @Test
  void longAndShortChainsAreRightAndApartInLength() {
    var longChain = new LongChainGenerator();
    var shortChain = new ShortChainGenerator();
    double longest = 0;
    double shortest = 0;
    for (int seed = 0; seed < SEEDS; seed++) {
      int level = 1 + seed % 10;
      var problem = longChain.problem(level, new SplittableRandom(seed));
      assertEquals(
          problem.prompt(), shortChain.problem(level, new SplittableRandom(seed)).prompt());
      var expected = evaluateChain(problem.prompt());
      for (var generator : List.of(longChain, shortChain)) {
        var solution = generator.solve(problem, new SplittableRandom(seed));
        assertTrue(solution.endsWith("#" + expected), problem.prompt() + solution);
        assertInAlphabet(solution);
      }
      longest += longChain.solve(problem, new SplittableRandom(seed)).length() / (double) level;
      shortest += shortChain.solve(problem, new SplittableRandom(seed)).length() / (double) level;
    }
    assertTrue(longest > 2.5 * shortest, longest + " against " + shortest);
    assertThrows(UserError.class, () -> longChain.problem(11, new SplittableRandom(1)));
  }

  @Test
  void searchSolutionsAgreeWithAnIndependentEvaluation() {
    for (int level = 2; level <= 6; level++) {
      for (int seed = 0; seed < SEEDS; seed++) {
        var rng = new SplittableRandom(seed * 100L + level);
        var problem = search.problem(level, rng);
        var solution = search.solve(problem, rng);
        var operators = ProblemGenerator.finalAnswer(solution);
        assertEquals(level, operators.length());
        assertTrue(evaluatesTo(problem.answer(), operators), problem.prompt() + solution);
        assertTrue(search.accepts(problem, operators));
        assertTrue(solution.length() <= 180, solution);
        assertInAlphabet(problem.prompt() + solution);
      }
    }
  }

  @Test
  void holdsAgreesWithAnIndependentEvaluationOnAllOperators() {
    var rng = new SplittableRandom(5);
    for (int i = 0; i < 50; i++) {
      var problem = search.problem(3, rng);
      for (int code = 0; code < 27; code++) {
        var ops = "" + "+-*".charAt(code / 9) + "+-*".charAt(code / 3 % 3) + "+-*".charAt(code % 3);
        boolean expected = evaluatesTo(problem.answer(), ops);
        assertEquals(expected, SearchGenerator.holds(problem.answer(), ops));
        assertEquals(expected, SearchGenerator.holds(problem.prompt(), ops));
      }
    }
  }

  @Test
  void holdsIsFalseForWhatAreNoOperatorsAndRefusesWhatIsNoEquation() {
    for (var wrong : List.of("", "+", "+++", "+ +", "+/", "7", "-+ ", "ab")) {
      assertFalse(SearchGenerator.holds("3 5 2=6", wrong), wrong);
    }
    assertTrue(SearchGenerator.holds("3 5 2=6", "+-"));
    assertTrue(SearchGenerator.holds("3 5 2=6", "-+") == evaluatesTo("3 5 2=6", "-+"));
    for (var broken : List.of("", "3 5 2", "35 2=1", "3=3", "a b=1")) {
      assertThrows(IllegalArgumentException.class, () -> SearchGenerator.holds(broken, "+-"));
    }
  }

  @Test
  void everyWrongValueInASolutionIsTakenBack() {
    int slips = 0;
    for (int seed = 0; seed < 2000; seed++) {
      var rng = new SplittableRandom(seed);
      for (var generator : List.of(chain, search)) {
        var problem = generator.problem(4, rng);
        var solution = generator.solve(problem, rng);
        int wrong = 0;
        var matcher = (generator == chain ? CHAIN_STEP : SEARCH_STEP).matcher(solution);
        while (matcher.find()) {
          char op = matcher.group("op").charAt(0);
          var value = apply(matcher.group("before"), op, matcher.group("operand"));
          wrong += value.equals(matcher.group("result")) ? 0 : 1;
        }
        assertEquals(wrong, solution.split("wait", -1).length - 1, problem.prompt() + solution);
        slips += wrong;
      }
    }
    assertTrue(slips > 1000 && slips < 3000, "slips: " + slips);
  }

  @Test
  void solutionsAreLongWithATail() {
    var lengths = new int[9000];
    for (int i = 0; i < lengths.length; i++) {
      var rng = new SplittableRandom(i);
      lengths[i] = chain.solve(chain.problem(3 + i % 9, rng), rng).length();
    }
    Arrays.sort(lengths);
    double mean = Arrays.stream(lengths).average().orElseThrow();
    assertTrue(mean > 60 && mean < 110, "mean: " + mean);
    assertTrue(lengths[8900] > 1.7 * mean, "99%: " + lengths[8900]);
  }

  @Test
  void noAnswerIsWorthGuessing() {
    Map<String, Integer> counts = new HashMap<>();
    for (int i = 0; i < 4000; i++) {
      counts.merge(chain.problem(6, new SplittableRandom(i)).answer(), 1, Integer::sum);
    }
    assertEquals(10, counts.size());
    assertTrue(counts.values().stream().allMatch(n -> n < 800), counts.toString());
  }

  @Test
  void theSameSeedGivesTheSameProblemAndSolution() {
    for (var generator : List.of(chain, search)) {
      var first = new SplittableRandom(3);
      var second = new SplittableRandom(3);
      var problem = generator.problem(4, first);
      assertEquals(problem, generator.problem(4, second));
      assertEquals(generator.solve(problem, first), generator.solve(problem, second));
    }
  }

  @Test
  void anUnknownLevelNamesGeneratorAndLevels() {
    var error = assertThrows(UserError.class, () -> search.problem(9, new SplittableRandom(1)));
    assertEquals("generator search has no level 9: use levels 2 to 6", error.getMessage());
    assertThrows(UserError.class, () -> chain.problem(0, new SplittableRandom(1)));
  }

  @Test
  void theAlphabetIsSmallAndWithoutRepeats() {
    var letters = new HashSet<>(ProblemGenerator.ALPHABET.chars().boxed().toList());
    assertEquals(ProblemGenerator.ALPHABET.length(), letters.size());
    assertTrue(letters.size() <= 48);
  }

  private static void assertInAlphabet(String text) {
    assertTrue(text.chars().allMatch(c -> ProblemGenerator.ALPHABET.indexOf(c) >= 0), text);
  }

  /** Looks each letter up by name, in whole numbers, and reduces modulo 10 only at the end. */
  private static String evaluateChain(String prompt) {
    Map<String, BigInteger> values = new HashMap<>();
    var parts = prompt.replace(">", "").split(";");
    values.put("a", new BigInteger(parts[0].substring("a=".length())));
    for (int i = 1; i < parts.length - 1; i++) {
      var before = values.get(Character.toString(parts[i].charAt(0) - 1));
      var operand = number(parts[i].substring(2), values);
      values.put(parts[i].substring(0, 1), combine(before, parts[i].charAt(1), operand));
    }
    return values.get(parts[parts.length - 1].substring(1)).mod(TEN).toString();
  }

  private static BigInteger number(String operand, Map<String, BigInteger> values) {
    return values.containsKey(operand) ? values.get(operand) : new BigInteger(operand);
  }

  private static BigInteger combine(BigInteger left, char op, BigInteger right) {
    if (op == '+') {
      return left.add(right);
    }
    return op == '-' ? left.subtract(right) : left.multiply(right);
  }

  private static String apply(String left, char op, String right) {
    return combine(new BigInteger(left), op, new BigInteger(right)).mod(TEN).toString();
  }

  private static boolean evaluatesTo(String equation, String operators) {
    var sides = equation.split("=");
    var digits = sides[0].split(" ");
    var total = new BigInteger(digits[0]);
    for (int i = 1; i < digits.length; i++) {
      total = combine(total, operators.charAt(i - 1), new BigInteger(digits[i]));
    }
    return total.mod(TEN).toString().equals(sides[1]);
  }
}
