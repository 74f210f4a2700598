package dev.mirrorspark.model;

import dev.mirrorspark.vision.Patches;
import java.util.List;

/**
 * The rotary positions of tokens.
 *
 * @param axes one list {@code [n]} where no token is of a picture; else those of time, row and
 *     column {@code [3][n]}
 * @param sections pairs of dimensions that turn by each axis
 */
record RotaryPositions(int[][] axes, List<Integer> sections) {

  /** Positions that are places in a text. */
  static RotaryPositions of(int[] positions) {
    return new RotaryPositions(new int[][] {positions}, List.of());
  }

  /** Those of the rows of a batch. */
  static RotaryPositions of(VisionShape vision, PackedSequences batch, TokenRows rows) {
    if (batch.pictures().isEmpty()) {
      return of(rows.positions());
    }
    int[][] axes = new int[3][];
    for (int axis = 0; axis < 3; axis++) {
      axes[axis] = rows.positions().clone(); // of padding any will do
    }
    for (int i = 0; i < batch.count(); i++) {
      PictureSpan span = batch.span(vision, i);
      int start = batch.starts()[i];
      for (int place = 0; place < batch.length(i); place++) {
        for (int axis = 0; axis < 3; axis++) {
          axes[axis][rows.rows()[start + place]] = span.position(axis, place);
        }
      }
    }
    return new RotaryPositions(axes, vision.sections());
  }

  /** Whether a batch has a picture. */
  static boolean any(List<Patches> pictures) {
    return pictures.stream().anyMatch(Patches::present);
  }
}
