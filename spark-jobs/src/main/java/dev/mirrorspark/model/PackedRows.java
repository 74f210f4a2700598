package dev.mirrorspark.model;

/**
 * Token sequences in rows of equal length, one to a row, padded to the longest.
 *
 * @param rows number of rows
 * @param length tokens in a row
 * @param tokens token ids {@code [rows * length]}; 0 where padded
 * @param positions position of each token within its sequence {@code [rows * length]}; 0 where
 *     padded
 */
public record PackedRows(int rows, int length, int[] tokens, int[] positions) {

  /** One sequence to a row. */
  public static PackedRows oneEach(int[][] sequences) {
    int length = 1;
    for (int[] sequence : sequences) {
      length = Math.max(length, sequence.length);
    }
    int[] tokens = new int[sequences.length * length];
    int[] positions = new int[tokens.length];
    for (int row = 0; row < sequences.length; row++) {
      for (int i = 0; i < sequences[row].length; i++) {
        tokens[row * length + i] = sequences[row][i];
        positions[row * length + i] = i;
      }
    }
    return new PackedRows(sequences.length, length, tokens, positions);
  }
}
