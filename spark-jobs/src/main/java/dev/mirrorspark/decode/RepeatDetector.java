package dev.mirrorspark.decode;

/**
 * Notices, token by token, that a response has begun to repeat itself (Kimi k1.5, 2.6.2): loops of
 * up to 512 tokens, also such whose copies differ in a few tokens, like a counter.
 *
 * <ul>
 *   <li>An exact loop is one whose last tokens, at least {@code threshold} and three periods of
 *       them, each equal the token one period before.
 *   <li>A near loop has to show more, since honest lists and tables look alike: four times the
 *       threshold and eight periods, of which one token in seven may differ. Copies may also be
 *       longer or shorter by a few tokens, as when a counter goes from 9 to 10.
 * </ul>
 *
 * <p>A passage said twice or thrice, a refrain between verses, and lines that share a prefix are no
 * loops; a ruler of dashes longer than the threshold is one.
 *
 * <p>One object watches one response, and what it says depends on the tokens alone: a response is
 * continued by accepting its earlier tokens first. It follows one earlier place of the response,
 * {@code offset} tokens back, and counts how well that foretells what comes; a place is found by
 * the longest context of 4, 8, … or 512 tokens that stood before, and a loop by the first context
 * that is as long as its period. A token takes a fraction of a microsecond however long the
 * response is, an object 40 kB.
 */
public final class RepeatDetector {
  private static final int LONGEST_PERIOD = 512;
  private static final int WINDOW = 4 * LONGEST_PERIOD;
  private static final int SHORTEST_CONTEXT = 4;
  private static final int CONTEXTS = 8; // SHORTEST_CONTEXT doubled up to LONGEST_PERIOD
  private static final int PLACES = 2 * LONGEST_PERIOD;
  private static final int HITS_FOR_A_MISS = 6;
  private static final long BASE = 0x9E3779B97F4A7C15L;
  private static final long[] LEAVING = leaving();

  private final int threshold;
  private final int[] window; // the last tokens, by position modulo WINDOW
  private final long[] hashes; // of the last 4, 8, … tokens
  private final int[] places; // 1 + newest position where a context ended, by context and hash
  private int length;

  private int offset; // 0: no place is followed
  private int exact; // tokens at the end that equal those one offset before
  private int hits; // the same since the place is followed, beyond misses
  private int misses;
  private int missesInARow;

  /**
   * A detector for one response.
   *
   * @param threshold repeating tokens at the end that make it fire ({@code rollout.repeat_tokens});
   *     0: it never does
   */
  public RepeatDetector(int threshold) {
    if (threshold < 0) {
      throw new IllegalArgumentException("threshold " + threshold);
    }
    boolean on = threshold > 0;
    this.threshold = threshold;
    this.window = new int[on ? WINDOW : 0];
    this.hashes = new long[on ? CONTEXTS : 0];
    this.places = new int[on ? CONTEXTS * PLACES : 0];
  }

  /**
   * Takes the response's next token.
   *
   * @return whether the response repeats itself at this token
   */
  public boolean accept(int token) {
    if (threshold == 0) {
      return false;
    }
    append(token);
    if (offset > 0) {
      compare(token);
    }
    if (offset == 0 || missesInARow > 1 || forsaken()) {
      seek();
    }
    remember();
    return offset > 0
        && (exact >= Math.max(threshold, 3 * offset)
            || hits >= Math.max(4L * threshold, 8L * offset));
  }

  private void append(int token) {
    for (int c = 0; c < CONTEXTS; c++) {
      int size = SHORTEST_CONTEXT << c;
      long left = length < size ? 0 : mixed(at(length - size)) * LEAVING[c];
      hashes[c] = hashes[c] * BASE + mixed(token) - left;
    }
    window[length++ & (WINDOW - 1)] = token;
  }

  private void compare(int token) {
    if (at(length - 1 - offset) == token) {
      hits++;
      exact++;
      missesInARow = 0;
    } else {
      misses++;
      missesInARow++;
      exact = 0;
    }
  }

  /** Whether the place that is followed foretells too little. */
  private boolean forsaken() {
    return misses * HITS_FOR_A_MISS > hits;
  }

  /** Turns to the newest place that ends in the longest context the response ends in now. */
  private void seek() {
    boolean forsaken = offset == 0 || forsaken();
    for (int c = CONTEXTS - 1; c >= 0; c--) {
      int size = SHORTEST_CONTEXT << c;
      int place = size > length ? 0 : places[place(c)];
      int back = length - place;
      if (place > 0 && back <= LONGEST_PERIOD && equalBefore(back) >= size) {
        follow(back, forsaken);
        return;
      }
    }
    if (forsaken) {
      offset = 0;
    }
  }

  private void follow(int back, boolean forsaken) {
    boolean anew = forsaken || Math.abs(back - offset) > Math.max(4, offset / 8);
    offset = back;
    exact = equalBefore(back);
    if (anew) {
      hits = exact;
      misses = 0;
    } else { // the loop goes on, shifted: what was missed at the old place was hit at the new one
      int regained = Math.min(exact, missesInARow);
      hits += regained;
      misses -= regained;
    }
    missesInARow = 0;
  }

  /** Tokens at the end that equal those so many tokens before. */
  private int equalBefore(int back) {
    int most = Math.min(length, WINDOW) - back;
    int equal = 0;
    while (equal < most && at(length - 1 - equal) == at(length - 1 - equal - back)) {
      equal++;
    }
    return equal;
  }

  private void remember() {
    for (int c = 0; c < CONTEXTS && SHORTEST_CONTEXT << c <= length; c++) {
      places[place(c)] = length;
    }
  }

  private int place(int context) {
    return context * PLACES + (int) (mixed(hashes[context]) >>> 40) % PLACES;
  }

  private int at(int position) {
    return window[position & (WINDOW - 1)];
  }

  private static long mixed(long value) {
    long z = (value + 1) * 0xBF58476D1CE4E5B9L;
    return z ^ (z >>> 29);
  }

  private static long[] leaving() {
    long[] factors = new long[CONTEXTS];
    for (int c = 0; c < CONTEXTS; c++) {
      factors[c] = 1;
      for (int i = 0; i < SHORTEST_CONTEXT << c; i++) {
        factors[c] *= BASE;
      }
    }
    return factors;
  }
}
