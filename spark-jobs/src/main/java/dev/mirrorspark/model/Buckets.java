package dev.mirrorspark.model;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Sequences sorted into batches of nearly the same length, each padded on the right to its longest.
 * Under a causal mask the padding is invisible to the tokens before it, so attention needs no other
 * mask.
 *
 * @param list the buckets in the order of their rows
 * @param tokens token ids {@code [rows]}; 0 where padded
 * @param positions position of each token within its own sequence {@code [rows]}
 * @param rows row of each token of the packed sequences {@code [total]}
 */
record Buckets(List<Bucket> list, int[] tokens, int[] positions, int[] rows) implements TokenRows {

  /** Padding in tokens that costs about as much as attention over a bucket of its own. */
  private static final int WORTH_A_BUCKET = 8;

  /**
   * Sequences of one padded length.
   *
   * @param from row of the first token
   * @param count number of sequences
   * @param length rows of each sequence
   */
  record Bucket(int from, int count, int length) {
    int rows() {
      return count * length;
    }
  }

  static Buckets of(PackedSequences batch) {
    List<Integer> order =
        IntStream.range(0, batch.count())
            .boxed()
            .sorted(Comparator.comparingInt((Integer i) -> -batch.length(i)))
            .toList();
    List<Bucket> buckets = new ArrayList<>();
    int from = 0;
    int first = 0;
    while (first < order.size()) {
      int longest = batch.length(order.get(first));
      int padding = 0;
      int end = first;
      while (end < order.size()) {
        padding += longest - batch.length(order.get(end));
        if (padding > WORTH_A_BUCKET * (1 + (end - first) / 4)) {
          break;
        }
        end++;
      }
      var bucket = new Bucket(from, end - first, longest);
      buckets.add(bucket);
      from += bucket.rows();
      first = end;
    }
    return filled(batch, order, buckets, from);
  }

  private static Buckets filled(
      PackedSequences batch, List<Integer> order, List<Bucket> buckets, int size) {
    int[] tokens = new int[size];
    int[] positions = new int[size];
    int[] rows = new int[batch.tokens().length];
    int next = 0;
    for (Bucket bucket : buckets) {
      for (int i = 0; i < bucket.count(); i++) {
        int sequence = order.get(next++);
        int start = batch.starts()[sequence];
        int row = bucket.from() + i * bucket.length();
        for (int t = 0; t < bucket.length(); t++) {
          positions[row + t] = t;
        }
        for (int t = 0; t < batch.length(sequence); t++) {
          tokens[row + t] = batch.tokens()[start + t];
          rows[start + t] = row + t;
        }
      }
    }
    return new Buckets(buckets, tokens, positions, rows);
  }

  @Override
  public int longest() {
    return list.get(0).length();
  }

  @Override
  public Attention attention(int window) {
    return new CausalAttention(this, window);
  }
}
