package dev.mirrorspark.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

/** Sums by token against a plain loop. */
class GradientsTest {

  @Test
  void rowsOfEqualTokenAddUpInTheirOrder() {
    var random = new Random(3);
    int n = 500;
    int width = 5;
    int vocab = 40;
    int[] tokens = random.ints(n, 0, 13).map(token -> 3 * token).toArray();
    int[] rows = IntStream.range(0, n).map(i -> n + 9 - i).toArray();
    for (ScalarType type : new ScalarType[] {ScalarType.Float, ScalarType.BFloat16}) {
      try (var scope = new PointerScope()) {
        double[] values = random.doubles((n + 10L) * width, -1, 1).toArray();
        Tensor dy = Tensors.ofDoubles(values, n + 10L, width).to(type);
        float[] given = Tensors.floats(dy);
        float[] expected = new float[vocab * width];
        for (int i = 0; i < n; i++) {
          for (int j = 0; j < width; j++) {
            expected[tokens[i] * width + j] += given[rows[i] * width + j];
          }
        }
        for (int i = 0; i < expected.length; i++) {
          expected[i] += 1;
        }
        float[] ones = new float[expected.length];
        Arrays.fill(ones, 1);
        Tensor gradient = Tensors.ofFloats(ones, vocab, width);
        Gradients.addByToken(gradient, tokens, rows, dy);
        assertArrayEquals(expected, Tensors.floats(gradient), type.toString());
      }
    }
  }
}
