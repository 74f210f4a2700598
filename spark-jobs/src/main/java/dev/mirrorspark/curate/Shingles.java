package dev.mirrorspark.curate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * A problem's text as overlapping runs of words, numbers among them, in which copies are told by
 * the share of runs that they have in common.
 *
 * <p>Two problems made from one template share most of their runs and differ in their numbers, so
 * numbers are compared apart: copies have the same numbers in the same order, or, where sentences
 * changed places, each number before the same word.
 */
final class Shingles {
  private final long[] hashes;
  private final List<String> numbers;
  private final List<String> counted;

  private Shingles(long[] hashes, List<String> numbers, List<String> counted) {
    this.hashes = hashes;
    this.numbers = numbers;
    this.counted = counted;
  }

  /**
   * The shingles of a text.
   *
   * @param words tokens in a shingle; a shorter text is one shingle
   */
  static Shingles of(String text, int words) {
    List<String> tokens = ProblemText.tokens(text);
    int count = Math.max(1, tokens.size() - words + 1);
    long[] hashes = new long[count];
    for (int i = 0; i < count; i++) {
      long hash = 0;
      for (String token : tokens.subList(i, Math.min(tokens.size(), i + words))) {
        hash = MinHash.mix(hash ^ hash(token));
      }
      hashes[i] = hash;
    }
    List<String> counted = new ArrayList<>();
    for (int i = 0; i < tokens.size(); i++) {
      if (ProblemText.isNumber(tokens.get(i))) {
        counted.add(tokens.get(i) + ' ' + (i + 1 < tokens.size() ? tokens.get(i + 1) : ""));
      }
    }
    Collections.sort(counted);
    return new Shingles(
        Arrays.stream(hashes).sorted().distinct().toArray(), ProblemText.numbers(tokens), counted);
  }

  /** The distinct shingles as 64-bit hashes, sorted. */
  long[] hashes() {
    return hashes.clone();
  }

  /** Equal for texts with the same numbers in any order. */
  long numbersHash() {
    return hash(String.join(" ", numbers.stream().sorted().toList()));
  }

  /** Whether the other text may be a copy as far as its numbers go. */
  boolean sameNumbers(Shingles other) {
    return numbers.equals(other.numbers) || counted.equals(other.counted);
  }

  /** Shared shingles over all shingles of the two, 0 to 1. */
  double jaccard(Shingles other) {
    int shared = 0;
    int i = 0;
    int j = 0;
    while (i < hashes.length && j < other.hashes.length) {
      int order = Long.compare(hashes[i], other.hashes[j]);
      shared += order == 0 ? 1 : 0;
      i += order <= 0 ? 1 : 0;
      j += order >= 0 ? 1 : 0;
    }
    return (double) shared / (hashes.length + other.hashes.length - shared);
  }

  private static long hash(String token) {
    long hash = 0xcbf29ce484222325L;
    for (int i = 0; i < token.length(); i++) {
      hash = (hash ^ token.charAt(i)) * 0x100000001b3L;
    }
    return MinHash.mix(hash);
  }
}
