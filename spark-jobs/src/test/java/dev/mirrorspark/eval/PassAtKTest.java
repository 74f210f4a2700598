package dev.mirrorspark.eval;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PassAtKTest {

  @ParameterizedTest(name = "{1} right of {0}, {2} tries")
  @CsvSource({
    "3, 1, 1, 0.3333333333333333",
    "4, 2, 2, 0.8333333333333333", // 1 - 1/6
    "5, 1, 2, 0.4", // 1 - 6/10
    "10, 3, 5, 0.9166666666666667", // 1 - 21/252
    "4, 3, 2, 1", // two wrong ones cannot be drawn
    "4, 1, 4, 1",
    "4, 0, 4, 0",
    "4, 4, 1, 1",
    "1, 0, 1, 0",
    "1, 1, 1, 1",
    "200, 1, 100, 0.5",
    "100000, 1, 50000, 0.5", // C(100000, 50000) is no double
  })
  void handWorked(int n, int c, int k, double expected) {
    assertEquals(expected, PassAtK.of(n, c, k), 1e-12);
  }

  @Test
  void isUnbiased() {
    int n = 12;
    int k = 4;
    double p = 0.3;
    double expected = 0;
    double ways = 1;
    for (int c = 0; c <= n; c++) {
      expected += ways * Math.pow(p, c) * Math.pow(1 - p, n - c) * PassAtK.of(n, c, k);
      ways = ways * (n - c) / (c + 1);
    }
    assertEquals(1 - Math.pow(1 - p, k), expected, 1e-12);
  }

  @Test
  void moreTriesThanResponsesAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> PassAtK.of(4, 2, 5));
  }

  @Test
  void triesArePowersOfTwo() {
    assertArrayEquals(new int[] {}, PassAtK.tries(0));
    assertArrayEquals(new int[] {1}, PassAtK.tries(1));
    assertArrayEquals(new int[] {1, 2, 4}, PassAtK.tries(6));
    assertArrayEquals(new int[] {1, 2, 4, 8}, PassAtK.tries(8));
  }
}
