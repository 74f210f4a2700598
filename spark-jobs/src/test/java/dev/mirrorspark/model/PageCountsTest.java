package dev.mirrorspark.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class PageCountsTest {
  @Test
  void aSharedPageIsFreeWhenItsLastUserHasDroppedIt() {
    var counts = new PageCounts(5);
    int[] first = counts.take(3);
    int[] second = counts.share(first, 2);
    assertArrayEquals(new int[] {0, 1}, second);
    assertEquals(2, counts.free());
    counts.drop(first);
    assertEquals(3, counts.free());
    assertArrayEquals(new int[] {2, 3, 4}, counts.take(3), "the lowest free ones");
    counts.drop(second);
    assertArrayEquals(new int[] {0, 1}, counts.take(2));
  }

  @Test
  void neverGivesMoreThanThereAre() {
    var counts = new PageCounts(4);
    counts.take(3);
    assertThrows(IllegalStateException.class, () -> counts.take(2));
    assertEquals(1, counts.free());
  }
}
