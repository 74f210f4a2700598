package dev.mirrorspark.model;

import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * A product with weights W {@code [outputs, inputs]} and the adapters beside them, which add
 * scale·B·A to some of its rows (Hu et al., 2021).
 */
record Projection(Tensor weight, List<Adapter> adapters) {

  /**
   * One adapter.
   *
   * @param a {@code [rank, inputs]}
   * @param b {@code [rows, rank]}
   * @param first the first of the rows of W that it adds to
   */
  record Adapter(Tensor a, Tensor b, long first, double scale) {
    Tensor rows(Tensor y) {
      return y.narrow(1, first, b.size(0));
    }
  }

  /** y {@code [n, outputs]} of x {@code [n, inputs]}. */
  Tensor of(Tensor x) {
    Tensor y = x.mm(weight.t());
    addAdapters(y, x);
    return y;
  }

  /** Adds the product with x {@code [n, inputs]} to y {@code [n, outputs]}. */
  void addTo(Tensor y, Tensor x) {
    y.addmm_(x, weight.t());
    addAdapters(y, x);
  }

  private void addAdapters(Tensor y, Tensor x) {
    for (Adapter adapter : adapters) {
      Tensor inner = x.mm(adapter.a().t()).mul_(new Scalar(adapter.scale()));
      adapter.rows(y).addmm_(inner, adapter.b().t());
    }
  }

  /**
   * Adds the gradient of the weights, unless they are frozen, and of the adapters.
   *
   * @param dy gradient of the product {@code [n, outputs]}
   * @return gradient of x {@code [n, inputs]}
   */
  Tensor backward(Projection gradient, Tensor dy, Tensor x) {
    Gradients.addProduct(gradient.weight(), dy, x);
    Tensor dx = dy.mm(weight);
    for (int i = 0; i < adapters.size(); i++) {
      Adapter adapter = adapters.get(i);
      Scalar scale = new Scalar(adapter.scale());
      Tensor rows = adapter.rows(dy);
      Tensor inner = x.mm(adapter.a().t()).mul_(scale);
      Gradients.addProduct(gradient.adapters().get(i).b(), rows, inner);
      Tensor dInner = rows.mm(adapter.b()).mul_(scale);
      Gradients.addProduct(gradient.adapters().get(i).a(), dInner, x);
      dx.addmm_(dInner, adapter.a());
    }
    return dx;
  }
}
