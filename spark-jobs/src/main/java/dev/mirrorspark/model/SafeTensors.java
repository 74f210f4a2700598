package dev.mirrorspark.model;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.files.FileInput;
import dev.mirrorspark.files.Storage;
import java.io.EOFException;
import java.io.IOException;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Files of the safetensors format: an 8-byte little-endian length, a JSON header of that length
 * with name, type, shape and byte range of every tensor, then the tensors' bytes.
 *
 * <p>Tensors may be F32, BF16 or F16 and go by ranges between files and native memory, in chunks:
 * neither a file nor a tensor is ever held as a whole. Reading a file and writing it again in its
 * own type gives the same bytes for every tensor of finite values.
 */
public final class SafeTensors {
  private static final long LONGEST_HEADER = 100_000_000;

  private SafeTensors() {}

  /**
   * What the header says of one tensor.
   *
   * @param dtype the format's name for the element type, such as {@code BF16}
   * @param begin first byte, counted from the end of the header
   * @param end byte after the last
   */
  public record Entry(String name, String dtype, List<Long> shape, long begin, long end)
      implements Serializable {
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
  public record Header(String file, LinkedHashMap<String, Entry> tensors, long dataStart)
      implements Serializable {}

  /**
   * One tensor to write.
   *
   * @param values where its values come from
   * @param offset its first element there
   */
  public record Part(String name, List<Long> shape, FlatRange values, long offset) {
    private long size() {
      return shape.stream().reduce(1L, Math::multiplyExact);
    }
  }

  /**
   * Reads and checks the header of a file.
   *
   * @throws UserError if the file is missing, is not of this format, or is truncated; the message
   *     names the file and the first tensor at fault
   */
  public static Header header(Storage storage, String file) {
    if (!storage.exists(file)) {
      throw new UserError(file + ": " + JsonFiles.MISSING);
    }
    try (var in = storage.open(file)) {
      if (in.length() < Long.BYTES) {
        throw new UserError(
            file + ": truncated: " + in.length() + " bytes do not hold even the header's length");
      }
      long headerBytes = bytes(in, 0, Long.BYTES).getLong();
      if (headerBytes < 2 || headerBytes > LONGEST_HEADER) {
        throw new UserError(
            file + ": not a safetensors file: its header would be " + headerBytes + " bytes long");
      }
      if (headerBytes > in.length() - Long.BYTES) {
        throw new UserError(
            file
                + ": truncated within its header: "
                + in.length()
                + " bytes, the header alone has "
                + headerBytes
                + "; copy the file again");
      }
      String json =
          StandardCharsets.UTF_8.decode(bytes(in, Long.BYTES, (int) headerBytes)).toString();
      long dataStart = Long.BYTES + headerBytes;
      var entries = HeaderJson.parse(file, json);
      HeaderJson.checkRanges(file, entries, in.length() - dataStart);
      var tensors = new LinkedHashMap<String, Entry>();
      entries.forEach(entry -> tensors.put(entry.name(), entry));
      return new Header(file, tensors, dataStart);
    } catch (IOException e) {
      throw Storage.unreadable(file, e);
    }
  }

  private static ByteBuffer bytes(FileInput in, long position, int count) throws IOException {
    var bytes = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
    in.read(position, bytes);
    return bytes.flip();
  }

  /**
   * Reads elements of a tensor, converted to the type of the target.
   *
   * @param from first element
   * @param into contiguous tensor in host memory, as many elements as are read
   * @throws UserError if the tensor is not F32, BF16 or F16, or the file changed since its header
   *     was read
   */
  public static void read(Storage storage, Header header, String tensor, long from, Tensor into) {
    try (var in = storage.open(header.file())) {
      read(in, header, header.tensors().get(tensor), from, into, false);
    } catch (IOException e) {
      throw Storage.unreadable(header.file(), e);
    }
  }

  /**
   * As above, of an open file.
   *
   * @param finite whether a value that is not finite is refused
   */
  static void read(FileInput in, Header header, Entry entry, long from, Tensor into, boolean finite)
      throws IOException {
    DType stored = readable(header, entry);
    long position = header.dataStart() + entry.begin() + from * stored.bytes();
    int step = NativeBytes.CHUNK / stored.bytes();
    try (var scope = new PointerScope()) {
      ScalarType type = NativeBytes.type(stored);
      Tensor target = into.view(-1);
      long size = target.numel();
      boolean direct = target.scalar_type().intern() == type;
      Tensor staging = direct ? target : NativeBytes.empty(Math.min(step, size), type);
      for (long done = 0; done < size; done += step) {
        int count = (int) Math.min(step, size - done);
        try (var chunk = new PointerScope()) {
          ByteBuffer bytes = NativeBytes.of(staging, direct ? done : 0, count);
          fill(in, header, entry, position + done * stored.bytes(), bytes);
          Tensor read = target.narrow(0, done, count);
          if (!direct) {
            read.copy_(staging.narrow(0, 0, count));
          }
          if (finite) {
            checkFinite(header, entry, from + done, read);
          }
        }
      }
    }
  }

  private static DType readable(Header header, Entry entry) {
    return switch (entry.dtype()) {
      case "F32" -> DType.F32;
      case "BF16" -> DType.BF16;
      case "F16" -> DType.F16;
      default ->
          throw HeaderJson.fault(
              header.file(),
              entry.name(),
              "dtype " + entry.dtype() + "; F32, BF16 and F16 can be read");
    };
  }

  private static void fill(
      FileInput in, Header header, Entry entry, long position, ByteBuffer bytes)
      throws IOException {
    try {
      in.read(position, bytes);
    } catch (EOFException e) {
      throw new UserError(
          HeaderJson.fault(header.file(), entry.name(), "truncated; copy the file again")
              .getMessage(),
          e);
    }
  }

  /** One pass over the sum; only where that is not finite the elements are looked at. */
  private static void checkFinite(Header header, Entry entry, long from, Tensor values) {
    if (Double.isFinite(values.sum().item_double())) {
      return;
    }
    Tensor faults = torch.isfinite(values).logical_not().nonzero();
    if (faults.numel() > 0) {
      long at = faults.view(-1).narrow(0, 0, 1).item_long();
      throw HeaderJson.fault(
          header.file(),
          entry.name(),
          "element "
              + (from + at)
              + " is "
              + values.narrow(0, at, 1).item_float()
              + "; such a model computes nothing: start from a sound copy or an earlier one");
    }
  }

  /**
   * The SHA-256, in hex, of the bytes of a tensor as they are stored.
   *
   * @throws UserError if the file changed since its header was read
   */
  static String sha256(FileInput in, Header header, Entry entry) throws IOException {
    MessageDigest digest = sha256();
    var chunk = ByteBuffer.allocate((int) Math.min(NativeBytes.CHUNK, entry.end() - entry.begin()));
    for (long at = entry.begin(); at < entry.end(); at += chunk.limit()) {
      chunk.clear().limit((int) Math.min(chunk.capacity(), entry.end() - at));
      fill(in, header, entry, header.dataStart() + at, chunk);
      digest.update(chunk.flip());
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JVM has SHA-256", e);
    }
  }

  /**
   * Writes a file with tensors in the given order, complete or not at all; see {@link
   * Storage#publish}.
   *
   * @param dtype the type in which they are stored; 16-bit types round to nearest even
   * @return the SHA-256, in hex, of the bytes that were written of each tensor, by its name
   * @throws UserError if the file cannot be written, for instance on a full disk, or a finite value
   *     is beyond the type
   */
  public static LinkedHashMap<String, String> write(
      Storage storage, String file, List<Part> parts, DType dtype) {
    byte[] header = headerBytes(parts, dtype);
    var digests = new LinkedHashMap<String, String>();
    storage.publish(
        file,
        out -> {
          var length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
          drain(out, length.putLong(header.length).flip());
          drain(out, ByteBuffer.wrap(header));
          for (Part part : parts) {
            digests.put(part.name(), write(out, file, part, dtype));
          }
        });
    return digests;
  }

  private static String write(WritableByteChannel out, String file, Part part, DType dtype)
      throws IOException {
    MessageDigest digest = sha256();
    long size = part.size();
    int step = NativeBytes.CHUNK / Float.BYTES;
    byte[] copy = new byte[(int) Math.min(step, size) * dtype.bytes()];
    try (var scope = new PointerScope()) {
      Tensor values = NativeBytes.empty(Math.min(step, size), ScalarType.Float);
      for (long done = 0; done < size; done += step) {
        int count = (int) Math.min(step, size - done);
        try (var chunk = new PointerScope()) {
          Tensor wide = values.narrow(0, 0, count);
          part.values().read(part.offset() + done, wide);
          Tensor stored = dtype == DType.F32 ? wide : wide.to(NativeBytes.type(dtype));
          checkRange(file, part, done, wide, stored, dtype);
          ByteBuffer bytes = NativeBytes.of(stored, 0, count);
          bytes.get(copy, 0, bytes.remaining());
          digest.update(copy, 0, count * dtype.bytes());
          drain(out, bytes.flip());
        }
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static void checkRange(
      String file, Part part, long from, Tensor wide, Tensor stored, DType dtype) {
    if (dtype == DType.F32 || Double.isFinite(stored.sum().item_double())) {
      return;
    }
    Tensor lost = torch.isfinite(stored).logical_not().logical_and(torch.isfinite(wide)).nonzero();
    if (lost.numel() > 0) {
      long at = lost.view(-1).narrow(0, 0, 1).item_long();
      throw HeaderJson.fault(
          file,
          part.name(),
          "element "
              + (from + at)
              + " is "
              + wide.narrow(0, at, 1).item_float()
              + ", which is beyond "
              + dtype
              + "; start from a copy of the model in F32 or BF16");
    }
  }

  /** The JSON header, padded with spaces so that the tensors begin at a multiple of 8 bytes. */
  static byte[] headerBytes(List<Part> parts, DType dtype) {
    var root = JsonFiles.object();
    root.putObject("__metadata__").put("format", "pt");
    long position = 0;
    for (Part part : parts) {
      var entry = root.putObject(part.name()).put("dtype", dtype.name());
      var shape = entry.putArray("shape");
      part.shape().forEach(shape::add);
      long end = position + part.size() * dtype.bytes();
      entry.putArray("data_offsets").add(position).add(end);
      position = end;
    }
    String json = root.toString();
    int bytes = json.getBytes(StandardCharsets.UTF_8).length;
    return (json + " ".repeat(-bytes & 7)).getBytes(StandardCharsets.UTF_8);
  }

  private static void drain(WritableByteChannel out, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
  }

  /** The digest of digests: over name, type and hash of each tensor, ordered by name. */
  static String digest(Map<String, String> sha256, Map<String, String> dtypes) {
    MessageDigest digest = sha256();
    sha256.keySet().stream()
        .sorted()
        .map(name -> "%s %s %s\n".formatted(name, dtypes.get(name), sha256.get(name)))
        .forEach(line -> digest.update(line.getBytes(StandardCharsets.UTF_8)));
    return HexFormat.of().formatHex(digest.digest());
  }
}
