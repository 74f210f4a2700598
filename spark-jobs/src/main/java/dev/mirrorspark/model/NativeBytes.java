package dev.mirrorspark.model;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** The memory of tensors as the bytes of a file, without a copy. */
final class NativeBytes {
  /** Bytes of a tensor that are read, converted or written at once. */
  static final int CHUNK = 1 << 22;

  private NativeBytes() {}

  /** The type of that name in a safetensors file, of those that can be read and written. */
  static ScalarType type(DType dtype) {
    return switch (dtype) {
      case F32 -> ScalarType.Float;
      case BF16 -> ScalarType.BFloat16;
      case F16 -> ScalarType.Half;
    };
  }

  /** A tensor {@code [count]} in host memory. */
  static Tensor empty(long count, ScalarType type) {
    return torch.empty(new long[] {count}, new TensorOptions(type), new MemoryFormatOptional());
  }

  /**
   * The bytes of some elements of a contiguous tensor in host memory; the tensor must outlive them.
   *
   * @param count elements, of less than 2³¹ bytes
   */
  static ByteBuffer of(Tensor tensor, long from, int count) {
    if (!tensor.is_contiguous() || !tensor.device().is_cpu()) {
      throw new IllegalArgumentException("a contiguous tensor in host memory is needed");
    }
    if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
      throw new IllegalStateException("only little-endian processors are supported");
    }
    long width = tensor.element_size();
    var bytes = new BytePointer(tensor.data_ptr());
    bytes.position(from * width).limit((from + count) * width);
    return bytes.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }
}
