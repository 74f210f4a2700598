package dev.mirrorspark.model;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The head of a GGUF file, version 3: typed metadata, then the tensors' names, shapes and places.
 *
 * <p>Numbers are little-endian, texts UTF-8 behind a length of 64 bits, and tensors begin at
 * multiples of 32 bytes. Source: the format's specification in the repository of ggml, {@code
 * docs/gguf.md}.
 */
final class GgufHeader {
  /** Tensors begin at multiples of it, in bytes. */
  static final int ALIGNMENT = 32;

  private static final int VERSION = 3;
  private static final int UINT32 = 4;
  private static final int INT32 = 5;
  private static final int FLOAT32 = 6;
  private static final int BOOL = 7;
  private static final int STRING = 8;
  private static final int ARRAY = 9;

  private final ByteArrayOutputStream metadata = new ByteArrayOutputStream();
  private final ByteArrayOutputStream tensors = new ByteArrayOutputStream();
  private long keys;
  private long count;
  private long end;

  GgufHeader put(String key, String value) {
    key(key, STRING);
    text(metadata, value);
    return this;
  }

  GgufHeader put(String key, int value) {
    key(key, UINT32);
    int32(metadata, value);
    return this;
  }

  GgufHeader put(String key, float value) {
    key(key, FLOAT32);
    int32(metadata, Float.floatToRawIntBits(value));
    return this;
  }

  GgufHeader put(String key, boolean value) {
    key(key, BOOL);
    metadata.write(value ? 1 : 0);
    return this;
  }

  GgufHeader texts(String key, List<String> values) {
    array(key, STRING, values.size());
    values.forEach(value -> text(metadata, value));
    return this;
  }

  GgufHeader floats(String key, float[] values) {
    array(key, FLOAT32, values.length);
    for (float value : values) {
      int32(metadata, Float.floatToRawIntBits(value));
    }
    return this;
  }

  GgufHeader ints(String key, int[] values) {
    array(key, INT32, values.length);
    for (int value : values) {
      int32(metadata, value);
    }
    return this;
  }

  /**
   * The next tensor.
   *
   * @param shape outermost extent first, as PyTorch has it; the file has it the other way round
   * @param type 0: F32, 1: F16, 30: BF16
   * @param bytes its length
   */
  GgufHeader tensor(String name, long[] shape, int type, long bytes) {
    text(tensors, name);
    int32(tensors, shape.length);
    for (int i = shape.length - 1; i >= 0; i--) {
      int64(tensors, shape[i]);
    }
    int32(tensors, type);
    int64(tensors, end);
    end = aligned(end + bytes);
    count++;
    return this;
  }

  /** All of it, padded to where the tensors begin. */
  byte[] bytes() {
    var all = new ByteArrayOutputStream();
    all.writeBytes("GGUF".getBytes(StandardCharsets.US_ASCII));
    int32(all, VERSION);
    int64(all, count);
    int64(all, keys);
    all.writeBytes(metadata.toByteArray());
    all.writeBytes(tensors.toByteArray());
    all.writeBytes(new byte[(int) (aligned(all.size()) - all.size())]);
    return all.toByteArray();
  }

  /** The next multiple of the alignment. */
  static long aligned(long position) {
    return (position + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  private void key(String key, int type) {
    text(metadata, key);
    int32(metadata, type);
    keys++;
  }

  private void array(String key, int type, int length) {
    key(key, ARRAY);
    int32(metadata, type);
    int64(metadata, length);
  }

  private static void text(ByteArrayOutputStream out, String value) {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    int64(out, bytes.length);
    out.writeBytes(bytes);
  }

  private static void int32(ByteArrayOutputStream out, int value) {
    out.writeBytes(little(Integer.BYTES).putInt(value).array());
  }

  private static void int64(ByteArrayOutputStream out, long value) {
    out.writeBytes(little(Long.BYTES).putLong(value).array());
  }

  private static ByteBuffer little(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
