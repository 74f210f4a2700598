package dev.mirrorspark.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** McNemar's test and the paired permutation test. */
class PairedTestsTest {

  @ParameterizedTest(name = "{0} against {1}")
  @CsvSource({
    "1, 8, 0.0390625", // 2 (1 + 9) / 2^9
    "8, 1, 0.0390625",
    "0, 5, 0.0625", // 2 / 2^5
    "2, 10, 0.03857421875", // 2 (1 + 12 + 66) / 2^12
    "3, 3, 1",
    "3, 4, 1", // 2 (1 + 7 + 21 + 35) / 2^7
    "0, 0, 1",
    "40, 60, 0.0568879", // R: binom.test(40, 100)
  })
  void mcNemar(int one, int other, double expected) {
    assertEquals(expected, McNemarTest.pValue(one, other), 1e-7);
  }

  @Test
  void mcNemarOfManyProblemsIsNearTheNormalDistribution() {
    // z = (2200 - 1900 - 1) / sqrt(4100) = 4.66959: p = 3.02e-6
    assertEquals(3.02e-6, McNemarTest.pValue(1900, 2200), 0.05e-6);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "1 2 3, 0.25", // all of one sign: 2 of 8
    "1 2 -3, 1",
    "-1 2 3, 0.5", // |sum| >= 4: of 1 2 3 only 6 (twice) and 4 (twice)
    "0 0 5, 1",
    "0, 1",
    "4 4 4 4 -1, 0.125", // |sum| >= 15: 17 twice and 15 twice of 32
  })
  void signFlipHandWorked(String differences, double expected) {
    long[] values = Arrays.stream(differences.split(" ")).mapToLong(Long::parseLong).toArray();
    assertEquals(expected, SignFlipTest.pValue(values), 1e-15);
  }

  @Test
  void signFlipEqualsFullEnumeration() {
    var random = new Random(3);
    for (int round = 0; round < 20; round++) {
      long[] values = random.longs(2 + random.nextInt(11), -4, 9).toArray();
      long found = Math.abs(Arrays.stream(values).sum());
      int asFar = 0;
      for (int signs = 0; signs < 1 << values.length; signs++) {
        long sum = 0;
        for (int i = 0; i < values.length; i++) {
          sum += (signs >> i & 1) == 0 ? values[i] : -values[i];
        }
        asFar += Math.abs(sum) >= found ? 1 : 0;
      }
      double expected = asFar / (double) (1 << values.length);
      assertEquals(expected, SignFlipTest.pValue(values), 1e-14, Arrays.toString(values));
    }
  }

  @Test
  void signFlipOfSingleResponsesIsMcNemar() {
    long[] values = IntStream.range(0, 500).mapToLong(i -> i < 40 ? -1 : i < 100 ? 1 : 0).toArray();
    assertEquals(McNemarTest.pValue(40, 60), SignFlipTest.pValue(values), 1e-12);
  }

  @Test
  void drawnSignsAreNearTheExactProbabilityAndTheSameEachTime() {
    long[] sizes = new Random(5).longs(70, 1, 9).toArray();
    int total = (int) Arrays.stream(sizes).sum();
    double exact = SignFlipTest.exact(sizes, total, 90);
    assertEquals(exact, SignFlipTest.drawn(sizes, 90), 0.004);
    assertEquals(SignFlipTest.drawn(sizes, 90), SignFlipTest.drawn(sizes, 90));
    // nothing drawn is as far: the one found counts
    assertEquals(1 / 100_001., SignFlipTest.drawn(sizes, total + 1), 1e-15);
  }

  @Test
  void largeUnitsAreDrawn() {
    long[] values = {500_000_000_000L, 500_000_000_000L, -1};
    // |sum| >= 999999999999: the two large ones of one sign, half of all
    assertEquals(0.5, SignFlipTest.pValue(values), 0.01);
  }
}
