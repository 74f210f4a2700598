package dev.mirrorspark.train;

import dev.mirrorspark.model.PackedRows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Packs sequences of different lengths into rows of equal length, so that little is spent on
 * padding (Kimi k1.5, 2.5.2).
 */
public final class SequencePacking {
  private SequencePacking() {}

  /**
   * A micro-batch: rows for one forward and backward pass.
   *
   * @param sequences the packed sequences; {@link PackedRows#sequences} holds their indices
   * @param starts place of each sequence's first token in the flattened rows
   */
  public record MicroBatch(PackedRows rows, List<TrainSequence> sequences, int[] starts) {
    /** Share of the rows that is padding. */
    public double padding() {
      return 1 - (double) rows.used() / rows.tokens().length;
    }
  }

  private static final class Row {
    final List<TrainSequence> members = new ArrayList<>();
    int used;
  }

  /**
   * Packs by best fit, longest first; the result depends on nothing but the arguments.
   *
   * @param rowTokens length of a row; longer sequences get a row of their own length
   * @param microBatchTokens tokens of a micro-batch at most (at least one row)
   */
  public static List<MicroBatch> pack(
      List<TrainSequence> sequences, int rowTokens, int microBatchTokens) {
    List<TrainSequence> sorted = new ArrayList<>(sequences);
    sorted.sort(
        Comparator.comparingInt((TrainSequence s) -> -s.tokens().length)
            .thenComparing(TrainSequence::key));
    List<Row> rows = new ArrayList<>();
    for (TrainSequence sequence : sorted) {
      int length = sequence.tokens().length;
      Row best = null;
      for (Row row : rows) {
        boolean fits = row.used + length <= rowTokens;
        if (fits && (best == null || row.used > best.used)) {
          best = row;
        }
      }
      if (best == null) {
        best = new Row();
        rows.add(best);
      }
      best.members.add(sequence);
      best.used += length;
    }
    rows.sort(Comparator.comparingInt(row -> -row.used));
    List<MicroBatch> batches = new ArrayList<>();
    int from = 0;
    while (from < rows.size()) {
      int length = rows.get(from).used;
      int count = Math.max(1, microBatchTokens / length);
      int to = Math.min(rows.size(), from + count);
      batches.add(batch(rows.subList(from, to), length));
      from = to;
    }
    return batches;
  }

  private static MicroBatch batch(List<Row> rows, int length) {
    int size = rows.size() * length;
    int[] tokens = new int[size];
    int[] positions = new int[size];
    int[] owners = new int[size];
    Arrays.fill(owners, -1);
    List<TrainSequence> members = new ArrayList<>();
    List<Integer> starts = new ArrayList<>();
    for (int r = 0; r < rows.size(); r++) {
      int place = r * length;
      for (TrainSequence sequence : rows.get(r).members) {
        starts.add(place);
        for (int i = 0; i < sequence.tokens().length; i++) {
          tokens[place] = sequence.tokens()[i];
          positions[place] = i;
          owners[place++] = members.size();
        }
        members.add(sequence);
      }
    }
    return new MicroBatch(
        new PackedRows(rows.size(), length, tokens, positions, owners),
        members,
        starts.stream().mapToInt(Integer::intValue).toArray());
  }
}
