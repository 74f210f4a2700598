package dev.mirrorspark.model;

import java.util.List;

/**
 * Token sequences one after another, without padding.
 *
 * @param tokens token ids of all sequences {@code [total]}
 * @param starts first token of each sequence, then the total {@code [sequences + 1]}
 */
public record PackedSequences(int[] tokens, int[] starts) {

  /**
   * @throws IllegalArgumentException if the starts do not cut the tokens into sequences of at least
   *     one token
   */
  public PackedSequences {
    boolean whole = starts.length > 0 && starts[0] == 0;
    whole &= starts.length > 0 && starts[starts.length - 1] == tokens.length;
    for (int i = 1; i < starts.length; i++) {
      whole &= starts[i - 1] < starts[i];
    }
    if (!whole) {
      throw new IllegalArgumentException("starts do not cut the tokens into sequences");
    }
  }

  /** The sequences in the order given. */
  public static PackedSequences of(List<int[]> sequences) {
    int[] starts = new int[sequences.size() + 1];
    for (int i = 0; i < sequences.size(); i++) {
      starts[i + 1] = starts[i] + sequences.get(i).length;
    }
    int[] tokens = new int[starts[sequences.size()]];
    for (int i = 0; i < sequences.size(); i++) {
      System.arraycopy(sequences.get(i), 0, tokens, starts[i], sequences.get(i).length);
    }
    return new PackedSequences(tokens, starts);
  }

  /** Number of sequences. */
  public int count() {
    return starts.length - 1;
  }

  /** Tokens of one sequence. */
  public int length(int sequence) {
    return starts[sequence + 1] - starts[sequence];
  }
}
