package dev.mirrorspark.model;

import java.util.Arrays;
import java.util.BitSet;

/** Which pages of a cache are taken, and by how many sequences each. */
final class PageCounts {
  private final int[] users;
  private final BitSet taken;
  private int free;

  PageCounts(int pages) {
    this.users = new int[pages];
    this.taken = new BitSet(pages);
    this.free = pages;
  }

  /** Pages that no sequence has. */
  int free() {
    return free;
  }

  /**
   * Takes pages for one sequence, the lowest first, so that memory never touched stays so.
   *
   * @throws IllegalStateException if fewer are free
   */
  int[] take(int count) {
    if (count > free) {
      throw new IllegalStateException(count + " pages are asked for, " + free + " are free");
    }
    int[] pages = new int[count];
    int next = -1;
    for (int i = 0; i < count; i++) {
      next = taken.nextClearBit(next + 1);
      pages[i] = next;
      users[next] = 1;
      taken.set(next);
    }
    free -= count;
    return pages;
  }

  /** Takes all pages from all sequences. */
  void clear() {
    Arrays.fill(users, 0);
    taken.clear();
    free = users.length;
  }

  /** Gives the first so many pages of a sequence to one more. */
  int[] share(int[] pages, int count) {
    for (int i = 0; i < count; i++) {
      users[pages[i]]++;
    }
    return Arrays.copyOf(pages, count);
  }

  /** Takes a sequence's pages from it; those that no other has are free. */
  void drop(int[] pages) {
    for (int page : pages) {
      if (--users[page] == 0) {
        taken.clear(page);
        free++;
      }
    }
  }
}
