package dev.mirrorspark.model;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/** Where the values of the flat parameter buffer come from, range by range. */
@FunctionalInterface
public interface FlatRange {

  /**
   * Reads the elements {@code [from, from + into.numel())} of the buffer.
   *
   * @param into contiguous tensor in host memory, of any floating type
   */
  void read(long from, Tensor into);

  /** The ranges of a whole buffer {@code [layout.size()]}, on any device. */
  static FlatRange of(Tensor flat) {
    return (from, into) -> {
      try (var scope = new PointerScope()) {
        into.view(-1).copy_(flat.narrow(0, from, into.numel()));
      }
    };
  }
}
