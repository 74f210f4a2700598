package dev.mirrorspark.model;

import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Copies between Java arrays and LibTorch tensors in host memory. */
public final class Tensors {
  private Tensors() {}

  /** A new fp32 tensor {@code [count]} in host memory, of any values. */
  public static Tensor emptyFloats(long count) {
    return NativeBytes.empty(count, ScalarType.Float);
  }

  /** A new fp32 tensor of that shape with a copy of the values. */
  public static Tensor ofFloats(float[] values, long... shape) {
    Tensor tensor =
        torch.empty(shape, new TensorOptions(ScalarType.Float), new MemoryFormatOptional());
    tensor.data_ptr_float().put(values);
    return tensor;
  }

  /** A new fp64 tensor of that shape with a copy of the values. */
  public static Tensor ofDoubles(double[] values, long... shape) {
    Tensor tensor =
        torch.empty(shape, new TensorOptions(ScalarType.Double), new MemoryFormatOptional());
    tensor.data_ptr_double().put(values);
    return tensor;
  }

  /** A new int32 tensor of that shape with a copy of the values. */
  public static Tensor ofInts(int[] values, long... shape) {
    Tensor tensor =
        torch.empty(shape, new TensorOptions(ScalarType.Int), new MemoryFormatOptional());
    tensor.data_ptr_int().put(values);
    return tensor;
  }

  /** A new int64 index tensor {@code [values.length]} on that device. */
  public static Tensor indices(int[] values, Device device) {
    return ofInts(values, values.length).to(device, ScalarType.Long);
  }

  /** The element type as the constant of that name, which {@link Tensor#scalar_type} is not. */
  public static ScalarType type(Tensor tensor) {
    return tensor.scalar_type().intern();
  }

  /** The values of a tensor of any type and device as floats, in row-major order. */
  public static float[] floats(Tensor tensor) {
    Tensor host = host(tensor, ScalarType.Float);
    float[] values = new float[Math.toIntExact(host.numel())];
    host.data_ptr_float().get(values);
    return values;
  }

  /** The values of a tensor of any type and device as doubles, in row-major order. */
  public static double[] doubles(Tensor tensor) {
    Tensor host = host(tensor, ScalarType.Double);
    double[] values = new double[Math.toIntExact(host.numel())];
    host.data_ptr_double().get(values);
    return values;
  }

  /** The values of an integer tensor on any device, in row-major order. */
  public static long[] longs(Tensor tensor) {
    Tensor host = host(tensor, ScalarType.Long);
    long[] values = new long[Math.toIntExact(host.numel())];
    host.data_ptr_long().get(values);
    return values;
  }

  private static Tensor host(Tensor tensor, ScalarType type) {
    return tensor.detach().cpu().to(type).contiguous();
  }
}
