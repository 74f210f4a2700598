package dev.mirrorspark.vision;

import java.io.Serializable;
import java.util.Arrays;

/**
 * A picture as an encoder of the Qwen2-VL kind reads it.
 *
 * @param rows rows of patches
 * @param columns columns of patches
 * @param values of each patch its channels, frames, rows and columns {@code [rows * columns, 3 *
 *     frames * patch * patch]}; patches that are merged are neighbours
 */
public record Patches(int rows, int columns, float[] values) implements Serializable {
  /** No picture. */
  public static final Patches NONE = new Patches(0, 0, new float[0]);

  /** Whether there is a picture. */
  public boolean present() {
    return rows > 0;
  }

  /** Number of patches. */
  public int count() {
    return rows * columns;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Patches patches
        && rows == patches.rows
        && columns == patches.columns
        && Arrays.equals(values, patches.values);
  }

  @Override
  public int hashCode() {
    return 31 * rows + Arrays.hashCode(values);
  }
}
