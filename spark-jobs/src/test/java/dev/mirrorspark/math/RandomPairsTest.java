package dev.mirrorspark.math;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Equal and unequal pairs from a generator of its own; the bench makes ten times as many. */
class RandomPairsTest {
  private static final int PAIRS = 1_000;

  @Test
  void noneIsMistaken() {
    RandomPairsCheck check = RandomPairsCheck.of(PAIRS, new MathComparer(5));
    System.out.println(check);
    assertEquals(List.of(), check.refused());
    assertEquals(List.of(), check.accepted());
  }
}
