package dev.mirrorspark.model;

import java.util.Arrays;

/**
 * Token sequences packed into rows of equal length, several to a row, without attention across them
 * (Kimi k1.5, 2.5.2).
 *
 * @param rows number of rows
 * @param length tokens in a row
 * @param tokens token ids {@code [rows * length]}; 0 where padded
 * @param positions position of each token within its own sequence {@code [rows * length]}
 * @param sequences index of the sequence that each token belongs to, −1 where padded {@code [rows *
 *     length]}
 */
public record PackedRows(int rows, int length, int[] tokens, int[] positions, int[] sequences) {

  /** One sequence to a row, padded to the longest: the form of a prefill. */
  public static PackedRows oneEach(int[][] sequences) {
    int length = 1;
    for (int[] sequence : sequences) {
      length = Math.max(length, sequence.length);
    }
    int size = sequences.length * length;
    int[] tokens = new int[size];
    int[] positions = new int[size];
    int[] owners = new int[size];
    Arrays.fill(owners, -1);
    for (int row = 0; row < sequences.length; row++) {
      for (int i = 0; i < sequences[row].length; i++) {
        tokens[row * length + i] = sequences[row][i];
        positions[row * length + i] = i;
        owners[row * length + i] = row;
      }
    }
    return new PackedRows(sequences.length, length, tokens, positions, owners);
  }

  /** Number of tokens that are not padding. */
  public int used() {
    int used = 0;
    for (int owner : sequences) {
      used += owner >= 0 ? 1 : 0;
    }
    return used;
  }
}
