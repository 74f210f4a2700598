package dev.mirrorspark.model;

import dev.mirrorspark.config.LoraConfig;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * All weights of a model with scale·B·A added to those that have adapters, range by range, in fp32.
 *
 * <p>The part that is added is computed for fixed blocks of rows, so that the values do not depend
 * on the ranges that are read.
 *
 * @param layout of the adapters
 * @param adapters the flat buffer of that layout
 */
record MergedWeights(ModelFolder base, LoraConfig lora, ParameterLayout layout, FlatRange adapters)
    implements FlatRange {
  private static final long ROWS = 256;

  @Override
  public void read(long from, Tensor into) {
    try (var scope = new PointerScope()) {
      Tensor target = into.view(-1);
      boolean fp32 = Tensors.type(target) == ScalarType.Float;
      Tensor values = fp32 ? target : Tensors.emptyFloats(target.numel());
      base.read(from, values);
      var names = layout.byName();
      for (var entry : base.layout().entries()) {
        boolean overlaps =
            entry.offset() < from + values.numel() && entry.offset() + entry.size() > from;
        if (overlaps && names.containsKey(Adapters.nameOfA(entry.name()))) {
          add(entry, from, values);
        }
      }
      if (!fp32) {
        target.copy_(values);
      }
    }
  }

  private void add(ParameterLayout.Entry entry, long from, Tensor values) {
    try (var scope = new PointerScope()) {
      long width = entry.shape()[1];
      var entryB = layout.entry(Adapters.nameOfB(entry.name()));
      Tensor a = matrix(layout.entry(Adapters.nameOfA(entry.name())).offset(), lora.rank(), width);
      long first = Math.max(from, entry.offset()) - entry.offset();
      long last = Math.min(from + values.numel(), entry.offset() + entry.size()) - entry.offset();
      for (long row = first / width / ROWS * ROWS; row * width < last; row += ROWS) {
        try (var block = new PointerScope()) {
          long rows = Math.min(ROWS, entry.shape()[0] - row);
          Tensor b = matrix(entryB.offset() + row * lora.rank(), rows, lora.rank());
          Tensor added = b.mm(a).mul_(new Scalar(lora.scale())).view(-1);
          long begin = Math.max(first, row * width);
          long end = Math.min(last, (row + rows) * width);
          values
              .narrow(0, entry.offset() + begin - from, end - begin)
              .add_(added.narrow(0, begin - row * width, end - begin));
        }
      }
    }
  }

  private Tensor matrix(long offset, long rows, long columns) {
    Tensor matrix = Tensors.emptyFloats(rows * columns);
    adapters.read(offset, matrix);
    return matrix.view(rows, columns);
  }
}
