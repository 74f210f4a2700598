package dev.mirrorspark.model;

import dev.mirrorspark.vision.Patches;
import java.util.Arrays;
import java.util.List;

/**
 * Token sequences one after another, without padding.
 *
 * @param tokens token ids of all sequences {@code [total]}
 * @param starts first token of each sequence, then the total {@code [sequences + 1]}
 * @param pictures the picture of each sequence, {@link Patches#NONE} where it has none; empty: no
 *     sequence has one
 */
public record PackedSequences(int[] tokens, int[] starts, List<Patches> pictures) {

  /**
   * @throws IllegalArgumentException if the starts do not cut the tokens into sequences of at least
   *     one token
   */
  public PackedSequences {
    pictures = RotaryPositions.any(pictures) ? List.copyOf(pictures) : List.of();
    boolean whole = starts.length > 0 && starts[0] == 0;
    whole &= starts.length > 0 && starts[starts.length - 1] == tokens.length;
    for (int i = 1; i < starts.length; i++) {
      whole &= starts[i - 1] < starts[i];
    }
    whole &= pictures.isEmpty() || pictures.size() == starts.length - 1;
    if (!whole) {
      throw new IllegalArgumentException("starts do not cut the tokens into sequences");
    }
  }

  /** Sequences without pictures. */
  public PackedSequences(int[] tokens, int[] starts) {
    this(tokens, starts, List.of());
  }

  /** The sequences in the order given. */
  public static PackedSequences of(List<int[]> sequences) {
    return of(sequences, List.of());
  }

  /** The same, each with its picture. */
  public static PackedSequences of(List<int[]> sequences, List<Patches> pictures) {
    int[] starts = new int[sequences.size() + 1];
    for (int i = 0; i < sequences.size(); i++) {
      starts[i + 1] = starts[i] + sequences.get(i).length;
    }
    int[] tokens = new int[starts[sequences.size()]];
    for (int i = 0; i < sequences.size(); i++) {
      System.arraycopy(sequences.get(i), 0, tokens, starts[i], sequences.get(i).length);
    }
    return new PackedSequences(tokens, starts, pictures);
  }

  /** Where the picture of a sequence stands in it. */
  PictureSpan span(VisionShape vision, int sequence) {
    int[] own = Arrays.copyOfRange(tokens, starts[sequence], starts[sequence + 1]);
    return PictureSpan.of(vision, own, pictures.get(sequence));
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
