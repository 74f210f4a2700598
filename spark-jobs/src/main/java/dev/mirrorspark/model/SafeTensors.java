package dev.mirrorspark.model;

import dev.mirrorspark.config.UserError;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Files of the safetensors format: an 8-byte little-endian length, a JSON header of that length
 * with name, type, shape and byte range of every tensor, then the tensors' bytes.
 *
 * <p>Tensors may be F32, BF16 or F16 and are read as fp32; written are F32 and BF16. Reading a file
 * and writing it again in its own type gives the same bytes for every tensor.
 */
public final class SafeTensors {
  private static final int CHUNK_BYTES = 1 << 22;
  private static final long LONGEST_HEADER = 100_000_000;

  private SafeTensors() {}

  /**
   * What the header says of one tensor.
   *
   * @param dtype the format's name for the element type, such as {@code BF16}
   * @param begin first byte, counted from the end of the header
   * @param end byte after the last
   */
  public record Entry(String name, String dtype, List<Long> shape, long begin, long end) {
    /** Number of elements. */
    public long size() {
      return shape.stream().reduce(1L, Math::multiplyExact);
    }
  }

  /**
   * The header of a file whose tensors lie one after another and all within the file.
   *
   * @param tensors the tensors by name, in the order of their bytes
   * @param dataStart position in the file of the first tensor's first byte
   */
  public record Header(Path file, Map<String, Entry> tensors, long dataStart) {}

  /**
   * One tensor to write.
   *
   * @param offset its first element in the flat buffer
   */
  public record Slice(String name, List<Long> shape, int offset) {
    private int size() {
      return Math.toIntExact(shape.stream().reduce(1L, Math::multiplyExact));
    }
  }

  /**
   * Reads and checks the header of a file.
   *
   * @throws UserError if the file is missing, is not of this format, or is truncated; the message
   *     names the file and the first tensor at fault
   */
  public static Header read(Path file) {
    try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long fileBytes = channel.size();
      if (fileBytes < Long.BYTES) {
        throw new UserError(
            file + ": truncated: " + fileBytes + " bytes do not hold even the header's length");
      }
      long headerBytes = fill(channel, ByteBuffer.allocate(Long.BYTES), 0).getLong();
      if (headerBytes < 2 || headerBytes > LONGEST_HEADER) {
        throw new UserError(
            file + ": not a safetensors file: its header would be " + headerBytes + " bytes long");
      }
      if (headerBytes > fileBytes - Long.BYTES) {
        throw new UserError(
            file
                + ": truncated within its header: "
                + fileBytes
                + " bytes, the header alone has "
                + headerBytes
                + "; copy the file again");
      }
      var bytes = fill(channel, ByteBuffer.allocate((int) headerBytes), Long.BYTES);
      String json = StandardCharsets.UTF_8.decode(bytes).toString();
      long dataStart = Long.BYTES + headerBytes;
      var entries = HeaderJson.parse(file, json);
      HeaderJson.checkRanges(file, entries, fileBytes - dataStart);
      var tensors = new LinkedHashMap<String, Entry>();
      entries.forEach(entry -> tensors.put(entry.name(), entry));
      return new Header(file, tensors, dataStart);
    } catch (NoSuchFileException e) {
      throw new UserError(file + ": " + JsonFiles.MISSING, e);
    } catch (IOException e) {
      throw new UserError(file + ": cannot be read: " + e.getMessage(), e);
    }
  }

  /**
   * Reads tensors as fp32.
   *
   * @param offsets for each tensor to read, by name, where its first element goes in {@code flat}
   * @throws UserError if a tensor is not F32, BF16 or F16, or the file changed since its header was
   *     read
   */
  public static void readInto(Header header, Map<String, Integer> offsets, float[] flat) {
    try (var channel = FileChannel.open(header.file(), StandardOpenOption.READ)) {
      var buffer = ByteBuffer.allocateDirect(CHUNK_BYTES);
      for (Entry entry : header.tensors().values()) {
        if (offsets.containsKey(entry.name())) {
          readTensor(channel, header, entry, buffer, flat, offsets.get(entry.name()));
        }
      }
    } catch (IOException e) {
      throw new UserError(header.file() + ": cannot be read: " + e.getMessage(), e);
    }
  }

  private static void readTensor(
      FileChannel channel, Header header, Entry entry, ByteBuffer buffer, float[] flat, int offset)
      throws IOException {
    long position = header.dataStart() + entry.begin();
    long end = header.dataStart() + entry.end();
    int target = offset;
    while (position < end) {
      buffer.clear().limit((int) Math.min(buffer.capacity(), end - position));
      try {
        fill(channel, buffer, position);
      } catch (EOFException e) {
        throw new UserError(
            HeaderJson.fault(header.file(), entry.name(), "truncated; copy the file again")
                .getMessage(),
            e);
      }
      position += buffer.limit();
      target = widen(header.file(), entry, buffer, flat, target);
    }
  }

  /** Appends the elements in the buffer at {@code target}; returns the index after the last. */
  private static int widen(Path file, Entry entry, ByteBuffer from, float[] flat, int target) {
    switch (entry.dtype()) {
      case "F32" -> {
        int count = from.remaining() / Float.BYTES;
        from.asFloatBuffer().get(flat, target, count);
        return target + count;
      }
      case "BF16" -> {
        var shorts = from.asShortBuffer();
        int next = target;
        while (shorts.hasRemaining()) {
          flat[next++] = FloatBits.ofBfloat16(shorts.get());
        }
        return next;
      }
      case "F16" -> {
        var shorts = from.asShortBuffer();
        int next = target;
        while (shorts.hasRemaining()) {
          flat[next++] = FloatBits.ofHalf(shorts.get());
        }
        return next;
      }
      default ->
          throw HeaderJson.fault(
              file, entry.name(), "dtype " + entry.dtype() + "; F32, BF16 and F16 can be read");
    }
  }

  /**
   * Writes tensors in the given order and forces them to disk.
   *
   * @param flat the buffer that holds all of them
   * @throws UncheckedIOException if the file cannot be written, for instance on a full disk
   */
  public static void write(Path file, List<Slice> slices, DType dtype, float[] flat) {
    byte[] header = header(slices, dtype);
    try (var channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      var length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      drain(channel, length.putLong(header.length).flip());
      drain(channel, ByteBuffer.wrap(header));
      var buffer = ByteBuffer.allocateDirect(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
      for (Slice slice : slices) {
        int end = slice.offset() + slice.size();
        int step = CHUNK_BYTES / dtype.bytes();
        for (int from = slice.offset(); from < end; from += step) {
          int count = Math.min(step, end - from);
          narrow(dtype, flat, from, count, buffer.clear().limit(count * dtype.bytes()));
          drain(channel, buffer);
        }
      }
      channel.force(true);
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": cannot be written", e);
    }
  }

  private static void narrow(DType dtype, float[] flat, int from, int count, ByteBuffer into) {
    switch (dtype) {
      case F32 -> into.asFloatBuffer().put(flat, from, count);
      case BF16 -> {
        var shorts = into.asShortBuffer();
        for (int i = from; i < from + count; i++) {
          shorts.put(FloatBits.toBfloat16(flat[i]));
        }
      }
    }
  }

  /** The JSON header, padded with spaces so that the tensors begin at a multiple of 8 bytes. */
  private static byte[] header(List<Slice> slices, DType dtype) {
    var root = JsonFiles.object();
    root.putObject("__metadata__").put("format", "pt");
    long position = 0;
    for (Slice slice : slices) {
      var entry = root.putObject(slice.name()).put("dtype", dtype.name());
      var shape = entry.putArray("shape");
      slice.shape().forEach(shape::add);
      long end = position + (long) slice.size() * dtype.bytes();
      entry.putArray("data_offsets").add(position).add(end);
      position = end;
    }
    String json = root.toString();
    int bytes = json.getBytes(StandardCharsets.UTF_8).length;
    return (json + " ".repeat(-bytes & 7)).getBytes(StandardCharsets.UTF_8);
  }

  private static ByteBuffer fill(FileChannel channel, ByteBuffer buffer, long position)
      throws IOException {
    long at = position;
    while (buffer.hasRemaining()) {
      int read = channel.read(buffer, at);
      if (read < 0) {
        throw new EOFException("ends at byte " + at);
      }
      at += read;
    }
    return buffer.flip().order(ByteOrder.LITTLE_ENDIAN);
  }

  private static void drain(FileChannel channel, ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }
}
