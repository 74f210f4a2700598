package dev.mirrorspark.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Products by few and by many rows, of weights that stay in a cache and of such that do not. */
class ProductsTest {

  @ParameterizedTest(name = "{0} rows, {1} x {2}")
  @CsvSource({"1, 1003, 600", "2, 1003, 600", "8, 1003, 600", "9, 1003, 600", "2, 70, 33"})
  void theyAreThoseOfFloat64(int rows, int outputs, int inputs) {
    try (var scope = new PointerScope()) {
      Tensor weight = torch.randn(outputs, inputs);
      Tensor x = torch.randn(rows, inputs + 5).narrow(1, 3, inputs); // rows with a gap
      Tensor expected = x.to(ScalarType.Double).mm(weight.to(ScalarType.Double).t());
      Tensor wide = torch.zeros(rows, outputs + 7);
      Products.into(wide.narrow(1, 2, outputs), x, weight);
      assertNear(expected, wide.narrow(1, 2, outputs));
      assertEquals(0, wide.narrow(1, 0, 2).abs().sum().item_float());
      assertEquals(0, wide.narrow(1, outputs + 2L, 5).abs().sum().item_float());
      assertNear(expected, Products.of(x, weight));
      Tensor sum = torch.randn(rows, outputs);
      Tensor before = sum.clone();
      Products.add(sum, x, weight);
      assertNear(expected.add(before.to(ScalarType.Double)), sum);
    }
  }

  private static void assertNear(Tensor expected, Tensor actual) {
    double gap = expected.sub(actual.to(ScalarType.Double)).abs().max().item_double();
    assertTrue(gap < 5e-4, "largest difference " + gap);
  }

  /** A response does not depend on the few beside it. */
  @ParameterizedTest(name = "{0} rows")
  @CsvSource({"2", "5", "8"})
  void aFewRowsAreWhatEachIsAlone(int rows) {
    try (var scope = new PointerScope()) {
      Tensor weight = torch.randn(1003, 600);
      Tensor x = torch.randn(rows, 600);
      Tensor together = Products.of(x, weight);
      for (int row = 0; row < rows; row++) {
        Tensor alone = Products.of(x.narrow(0, row, 1), weight);
        assertTrue(alone.equal(together.narrow(0, row, 1)), "row " + row);
      }
    }
  }
}
