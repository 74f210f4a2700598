package dev.mirrorspark.reduce;

import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** The sum whose bits do not depend on who was first: rank 0, then 1, 2, …, in their type. */
final class FixedOrder {
  /** Elements at a time: the sum stays in a core's cache while the ranks are added. */
  private static final long BLOCK = 1 << 16;

  /** On a GPU: few kernels. */
  private static final long DEVICE_BLOCK = 1 << 26;

  private FixedOrder() {}

  /**
   * Sums pieces of equal length.
   *
   * @param pieces by rank, each of them with the first element to add
   * @param sum takes {@code [length]} elements from an offset
   */
  static void sum(List<Piece> pieces, Tensor sum, long offset, long length) {
    long step = sum.is_cuda() ? DEVICE_BLOCK : BLOCK;
    for (long at = 0; at < length; at += step) {
      long block = Math.min(step, length - at);
      try (var scope = new PointerScope()) {
        Tensor into = sum.narrow(0, offset + at, block);
        into.copy_(pieces.get(0).narrow(at, block));
        for (Piece piece : pieces.subList(1, pieces.size())) {
          into.add_(piece.narrow(at, block));
        }
      }
    }
  }

  /** A stretch of a tensor {@code [n]}, from that element on. */
  record Piece(Tensor tensor, long from) {
    Tensor narrow(long at, long length) {
      return tensor.narrow(0, from + at, length);
    }
  }

  /** Refuses what the ranks could not read element by element. */
  static void check(String what, Tensor tensor, long length, ScalarType type) {
    if (tensor.dim() != 1
        || tensor.numel() != length
        || tensor.scalar_type().intern() != type
        || !tensor.is_contiguous()) {
      throw new IllegalArgumentException(
          "%s: a contiguous %s tensor [%d] is needed, not %s %s"
              .formatted(
                  what,
                  type,
                  length,
                  tensor.scalar_type().intern(),
                  Arrays.toString(tensor.shape())));
    }
  }

  /** Refuses parts of a sequence that do not make the whole. */
  static void checkParts(Tensor whole, Tensor part, int count) {
    ScalarType type = whole.scalar_type().intern();
    check("part", part, part.numel(), type);
    check("whole", whole, count * part.numel(), type);
  }

  /** Waits until the device has written the tensor, which other threads are about to read. */
  static void settle(Tensor tensor) {
    if (tensor.is_cuda() && tensor.numel() > 0) {
      try (var scope = new PointerScope()) {
        tensor.narrow(0, 0, 1).cpu();
      }
    }
  }
}
