package dev.mirrorspark.curate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.GenericRowWithSchema;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;

class ShinglesTest {
  @Test
  void similarityOfHandWorkedTexts() {
    // red-blue, blue-green, green-gold against red-blue, blue-green, green-grey: 2 of 4.
    assertEquals(0.5, jaccard("red blue green gold", "Red, blue green grey."), 1e-12);
    assertEquals(1, jaccard("red blue", "red  BLUE."), 1e-12);
    assertEquals(0, jaccard("red blue", "blue red"), 1e-12);
    assertEquals(1, jaccard("red", "red"), 1e-12);
  }

  @Test
  void tokensKeepNumbersAndSigns() {
    assertEquals(
        List.of("tom's", "1000", "apples", "cost", "3.5", "in", "2", "x", "-", "3", "=", "4"),
        ProblemText.tokens("Tom’s 1,000 apples cost $3.50 in two \\left( x - 3 = 4.00"));
    assertEquals(List.of("a", "20", "year", "old"), ProblemText.tokens("a 20-year-old"));
    assertEquals(
        "is 3.5 more?\nthan".replace("\n", " "), ProblemText.normalised("Is 3.5  MORE?\nthan ?"));
    assertNotEquals(ProblemText.normalised("2+3"), ProblemText.normalised("2-3"));
  }

  @Test
  void otherNumbersOrAnotherOrderMakeAnotherProblem() {
    var problem = shingles("Tom has 3 apples and 5 pears. How many is that?");
    assertTrue(problem.sameNumbers(shingles("Tom owns three apples and five pears. How many?")));
    assertTrue(problem.sameNumbers(shingles("How many is that: 5 pears and 3 apples?")));
    assertFalse(problem.sameNumbers(shingles("Tom has 5 apples and 3 pears. How many is that?")));
    assertFalse(problem.sameNumbers(shingles("Tom has 3 apples and 6 pears. How many is that?")));
    assertNotEquals(problem.numbersHash(), shingles("3 apples and 6 pears").numbersHash());
    assertEquals(problem.numbersHash(), shingles("5 of 3").numbersHash());
  }

  @Test
  void otherAnswersMakeAnotherProblem() {
    String smallest = "What is the smallest prime factor of 99, if it has any at all?";
    String greatest = smallest.replace("smallest", "greatest");
    assertFalse(NearDuplicates.copies(smallest, "3", greatest, "11", 2, 0.5));
    assertTrue(NearDuplicates.copies(smallest, "3", greatest, "3.0", 2, 0.5));
    assertFalse(NearDuplicates.copies(smallest, "3", "Say 99.", "3", 2, 0.5));
    assertTrue(StatedAnswer.same("\\frac{1}{2}", "0.5"));
    assertTrue(StatedAnswer.same("\\dfrac{5}{9}", "\\frac{5}{9}"));
    assertTrue(StatedAnswer.same("$1,800", "1800 dollars"));
    assertTrue(StatedAnswer.same("-3/4", "-0.75"));
    assertFalse(StatedAnswer.same("-3", "3"));
    assertFalse(StatedAnswer.same("2x + 1", "x + 2"));
    assertFalse(StatedAnswer.same("odd", "even"));
    assertFalse(StatedAnswer.same("(1, 2)", "(2, 1)"));
    assertFalse(StatedAnswer.same("1/0", "1"));
  }

  @Test
  void bandsAreSharedAsOftenAsTheSimilaritySays() {
    long[] one = LongStream.range(0, 300).toArray();
    long[] other = LongStream.range(100, 400).toArray(); // 200 of 400: 0.5
    assertEquals(0.5, shared(one, other, 4000, 1, 7, 7) / 4000.0, 0.04);
    assertEquals(0.125, shared(one, other, 4000, 3, 7, 7) / 4000.0, 0.03);
    assertEquals(0, shared(one, one, 4000, 1, 7, 8), "another salt");
    assertEquals(40, shared(one, one.clone(), 40, 3, 7, 7));
  }

  private static Row member(long bucket, long place) {
    var columns =
        new StructType()
            .add(NearDuplicates.KEY, DataTypes.LongType)
            .add(Places.PLACE, DataTypes.LongType);
    return new GenericRowWithSchema(new Object[] {bucket, place}, columns);
  }

  @Test
  void aFullBucketIsPairedWithItsFirstProblems() {
    var members = new ArrayList<Row>();
    for (long place : new long[] {0, 1, 5, 6, 7, 8}) {
      members.add(member(3L, place));
    }
    members.add(member(4L, 9L));
    members.add(member(5L, 2L));
    members.add(member(5L, 9L));
    List<String> pairs = new ArrayList<>();
    // Places 0 and 1 are held-out problems, which are not paired with each other.
    new BucketPairs(members.iterator(), 3, 2)
        .forEachRemaining(pair -> pairs.add(pair.getLong(0) + "-" + pair.getLong(1)));
    assertEquals(
        List.of("0-5", "1-5", "0-6", "1-6", "5-6", "0-7", "1-7", "5-7", "0-8", "1-8", "5-8", "2-9"),
        pairs);
  }

  private static long shared(
      long[] one, long[] other, int bands, int rows, long salt, long otherSalt) {
    Set<Long> keys =
        Arrays.stream(MinHash.bands(one, bands, rows, salt)).boxed().collect(Collectors.toSet());
    return Arrays.stream(MinHash.bands(other, bands, rows, otherSalt))
        .filter(keys::contains)
        .count();
  }

  private static double jaccard(String one, String other) {
    return shingles(one).jaccard(shingles(other));
  }

  private static Shingles shingles(String text) {
    return Shingles.of(text, 2);
  }
}
