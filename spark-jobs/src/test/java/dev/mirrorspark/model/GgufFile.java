package dev.mirrorspark.model;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A GGUF file as its specification says that it is read, with nothing of what writes it.
 *
 * @param metadata texts, numbers, booleans and lists
 * @param shapes of the tensors, innermost extent first
 * @param values of the F32 tensors
 */
record GgufFile(
    Map<String, Object> metadata, Map<String, long[]> shapes, Map<String, float[]> values) {

  static GgufFile read(Path file) throws IOException {
    ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    if (in.getInt() != 0x46554747 || in.getInt() != 3) {
      throw new IOException("no GGUF of version 3");
    }
    long tensors = in.getLong();
    long keys = in.getLong();
    var metadata = new LinkedHashMap<String, Object>();
    for (long i = 0; i < keys; i++) {
      String key = text(in);
      metadata.put(key, value(in, in.getInt()));
    }
    var shapes = new LinkedHashMap<String, long[]>();
    var offsets = new LinkedHashMap<String, Long>();
    for (long i = 0; i < tensors; i++) {
      String name = text(in);
      long[] shape = new long[in.getInt()];
      for (int d = 0; d < shape.length; d++) {
        shape[d] = in.getLong();
      }
      if (in.getInt() == 0) {
        offsets.put(name, in.getLong());
      } else {
        in.getLong();
      }
      shapes.put(name, shape);
    }
    int start = (in.position() + 31) / 32 * 32;
    var values = new LinkedHashMap<String, float[]>();
    for (var tensor : offsets.entrySet()) {
      long size = 1;
      for (long extent : shapes.get(tensor.getKey())) {
        size *= extent;
      }
      if (tensor.getValue() % 32 != 0) {
        throw new IOException(tensor.getKey() + " is not aligned");
      }
      float[] read = new float[(int) size];
      in.position(start + Math.toIntExact(tensor.getValue()));
      in.asFloatBuffer().get(read);
      values.put(tensor.getKey(), read);
    }
    return new GgufFile(metadata, shapes, values);
  }

  private static Object value(ByteBuffer in, int type) {
    return switch (type) {
      case 4, 5 -> in.getInt();
      case 6 -> in.getFloat();
      case 7 -> in.get() != 0;
      case 8 -> text(in);
      case 9 -> list(in);
      default -> throw new IllegalStateException("type " + type);
    };
  }

  private static List<Object> list(ByteBuffer in) {
    int type = in.getInt();
    long length = in.getLong();
    List<Object> all = new ArrayList<>();
    for (long i = 0; i < length; i++) {
      all.add(value(in, type));
    }
    return all;
  }

  private static String text(ByteBuffer in) {
    byte[] bytes = new byte[Math.toIntExact(in.getLong())];
    in.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
