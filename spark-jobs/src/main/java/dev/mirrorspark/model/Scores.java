package dev.mirrorspark.model;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Room for the scores of one query a sequence over the positions that it sees, and their softmax.
 *
 * <p>Sequences of similar lengths share a table, so that a long one costs the short ones nothing. A
 * row is padded with −∞ to a multiple of {@link #STRIDE}, whose parts a sum takes in the same order
 * whatever follows: the softmax of a row does not depend on the table it stands in.
 */
final class Scores {
  /** A multiple of the widest vector that LibTorch's softmax computes with. */
  private static final int STRIDE = 32;

  /** The rows of sequences that share a table {@code [rows, span]}, and where they go. */
  private record Table(Tensor scores, Tensor shares) {}

  private final Tensor raw;
  private final Tensor shares;
  private final int heads;
  private final int[] from;
  private final int[] span;
  private final long[] first;
  private final List<Table> tables = new ArrayList<>();

  private Scores(int[] from, int[] seen, int heads) {
    int n = from.length;
    this.heads = heads;
    this.from = from;
    this.span = new int[n];
    this.first = new long[n];
    int[] order =
        IntStream.range(0, n)
            .boxed()
            .sorted(Comparator.comparingInt(i -> -seen[i]))
            .mapToInt(i -> i)
            .toArray();
    List<int[]> bounds = new ArrayList<>(); // rows and span of each table
    long size = 0;
    int at = 0;
    while (at < n) {
      int wide = (seen[order[at]] + STRIDE - 1) / STRIDE * STRIDE;
      int end = at;
      while (end < n && (seen[order[end]] * 4 >= seen[order[at]] * 3 || wide == STRIDE)) {
        span[order[end]] = wide;
        first[order[end]] = size;
        size += (long) heads * wide;
        end++;
      }
      bounds.add(new int[] {(end - at) * heads, wide});
      at = end;
    }
    var options = new TensorOptions(ScalarType.Float);
    this.raw = torch.full(new long[] {size}, new Scalar(Double.NEGATIVE_INFINITY), options);
    this.shares = torch.empty(new long[] {size}, options, new MemoryFormatOptional());
    long offset = 0;
    for (int[] bound : bounds) {
      long count = (long) bound[0] * bound[1];
      tables.add(new Table(part(raw, offset, count, bound), part(shares, offset, count, bound)));
      offset += count;
    }
  }

  private static Tensor part(Tensor all, long offset, long count, int[] bound) {
    return all.narrow(0, offset, count).view(bound[0], bound[1]);
  }

  /** Room for queries at these positions that see a window's positions at most; 0: all. */
  static Scores of(int[] positions, int window, int heads) {
    int n = positions.length;
    int[] from = new int[n];
    int[] seen = new int[n];
    for (int i = 0; i < n; i++) {
      from[i] = window == 0 ? 0 : Math.max(0, positions[i] + 1 - window);
      seen[i] = positions[i] + 1 - from[i];
    }
    return new Scores(from, seen, heads);
  }

  /** The same for each window that a layer of the model has. */
  static Map<Integer, Scores> byWindow(ModelShape shape, int[] positions) {
    Map<Integer, Scores> scores = new HashMap<>();
    for (int layer = 0; layer < shape.layers(); layer++) {
      scores.computeIfAbsent(shape.window(layer), window -> of(positions, window, shape.heads()));
    }
    return scores;
  }

  /** The first position that a sequence's query sees. */
  int from(int sequence) {
    return from[sequence];
  }

  /** Element where the row of a sequence's head begins. */
  long at(int sequence, int head) {
    return first[sequence] + (long) head * span[sequence];
  }

  /** A sequence's rows of {@link #raw} or {@link #shares} {@code [heads, span]}. */
  Tensor rows(Tensor all, int sequence) {
    return all.narrow(0, first[sequence], (long) heads * span[sequence])
        .view(heads, span[sequence]);
  }

  /** The scores. */
  Tensor raw() {
    return raw;
  }

  /** Their softmax, after {@link #softmax}. */
  Tensor shares() {
    return shares;
  }

  void softmax() {
    for (Table table : tables) {
      torch.softmax_out(table.shares(), table.scores(), 1);
    }
  }
}
