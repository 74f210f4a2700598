package dev.mirrorspark.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

/** Cosines and sines follow the positions in use, whatever the model could take. */
class RotaryTest {
  private static final ModelShape FAR =
      new ModelShape("llama", 40, 24, 1, 4, 2, 8, 44, 1_000_000_000, 1e4, 1e-5, false, false, true);

  @Test
  void positionsAreRightInAnyOrderWhileTheTableGrows() {
    int[][] asked = {{0, 3, 1}, {255}, {256, 0}, {7}, {20_000, 20_001, 5}};
    try (var scope = new PointerScope();
        var rotary = new Rotary(FAR, torch.zeros(1))) {
      for (int[] positions : asked) {
        var turn = at(rotary, positions);
        double[] cos = Tensors.doubles(turn.cos());
        double[] sin = Tensors.doubles(turn.sin());
        for (int n = 0; n < positions.length; n++) {
          for (int i = 0; i < 8; i++) {
            double angle = positions[n] / Math.pow(1e4, (i % 4) / 4.0);
            assertEquals(Math.cos(angle), cos[n * 8 + i], 1e-7, positions[n] + " cos " + i);
            assertEquals(Math.sin(angle), sin[n * 8 + i], 1e-7, positions[n] + " sin " + i);
          }
        }
      }
    }
  }

  @Test
  void tablesHaveTheTypeOfTheParameters() {
    try (var scope = new PointerScope();
        var rotary = new Rotary(FAR, torch.zeros(1).to(ScalarType.BFloat16))) {
      assertEquals(ScalarType.BFloat16, at(rotary, 5).cos().scalar_type().intern());
    }
  }

  @Test
  void positionsThatTheModelHasNotAreRefused() {
    var shape = new ModelShape("llama", 9, 8, 1, 2, 2, 4, 8, 300, 1e4, 1e-5, false, false, true);
    try (var scope = new PointerScope();
        var rotary = new Rotary(shape, torch.zeros(1))) {
      assertEquals(1, at(rotary, 299).cos().size(0));
      var error = assertThrows(IllegalArgumentException.class, () -> at(rotary, 1, 300));
      assertTrue(error.getMessage().contains("max_position_embeddings is 300"));
      assertThrows(IllegalArgumentException.class, () -> at(rotary, -1));
    }
  }

  @Test
  void scaledFrequenciesHaveTheirLimits() {
    double[] plain = Rope.plain(1e4).frequencies(16);
    double[] divided = plain.clone();
    for (int i = 0; i < divided.length; i++) {
      divided[i] /= 8;
    }
    // everything turns more often than fastTurns, or less often than slowTurns
    assertClose(plain, new RopeScaling.Yarn(8, 1 << 30, 2, 1, true, 1));
    assertClose(divided, new RopeScaling.Llama3(8, 1e6, 1e7, 64));
    assertClose(plain, new RopeScaling.Llama3(8, 1e-9, 1e-8, 64));
    assertClose(divided, new RopeScaling.Linear(8));
    assertClose(plain, new RopeScaling.Dynamic(8));
    assertClose(plain, new RopeScaling.Yarn(1, 64, 32, 1, true, 1));
  }

  private static Rotary.Turn at(Rotary rotary, int... positions) {
    return rotary.at(positions, Tensors.indices(positions, torch.zeros(1).device()));
  }

  private static void assertClose(double[] expected, RopeScaling scaling) {
    assertArrayEquals(expected, new Rope(1e4, scaling).frequencies(16), 1e-15, scaling.toString());
  }
}
