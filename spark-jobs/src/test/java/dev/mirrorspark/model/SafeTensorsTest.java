package dev.mirrorspark.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.files.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SafeTensorsTest {
  private static final float[] FLAT = {
    1, -2.5f, 0, Float.MIN_VALUE, 1e30f, -0f, 3.140625f, Float.NaN, 7, 8, Float.POSITIVE_INFINITY
  };
  private static final List<SafeTensors.Part> PARTS =
      List.of(
          new SafeTensors.Part("b", List.of(2L, 3L), values(FLAT), 0),
          new SafeTensors.Part("a", List.of(5L), values(FLAT), 6));

  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void place() {
    file = folder.resolve("model.safetensors");
  }

  /** Ranges of an array. */
  static FlatRange values(float[] flat) {
    return (from, into) -> {
      int count = (int) into.numel();
      into.copy_(Tensors.ofFloats(Arrays.copyOfRange(flat, (int) from, (int) from + count), count));
    };
  }

  /** The values of all tensors of a small file, one after another. */
  static float[] all(Path file) {
    var header = SafeTensors.header(Storage.local(), file.toString());
    long size = header.tensors().values().stream().mapToLong(SafeTensors.Entry::size).sum();
    float[] flat = new float[(int) size];
    int place = 0;
    for (var entry : header.tensors().values()) {
      float[] values = read(header, entry.name(), 0, entry.size());
      System.arraycopy(values, 0, flat, place, values.length);
      place += values.length;
    }
    return flat;
  }

  private static float[] read(SafeTensors.Header header, String tensor, long from, long count) {
    Tensor into = Tensors.emptyFloats(count);
    SafeTensors.read(Storage.local(), header, tensor, from, into);
    return Tensors.floats(into);
  }

  private SafeTensors.Header header() {
    return SafeTensors.header(Storage.local(), file.toString());
  }

  @ParameterizedTest
  @EnumSource
  void readThenWriteGivesTheSameBytes(DType dtype) throws IOException {
    // random bit patterns of finite values, in tensors longer than one chunk
    int size = 2_500_000;
    float[] zeros = new float[size];
    var random = new Random(3);
    var data = ByteBuffer.allocate(size * dtype.bytes());
    random.nextBytes(data.array());
    int top = dtype == DType.F16 ? 0x7c : 0x7f;
    for (int i = dtype.bytes() - 1; i < data.capacity(); i += dtype.bytes()) {
      if ((data.get(i) & top) == top) {
        data.put(i, (byte) (data.get(i) & ~4));
      }
    }
    write(file, size, zeros, dtype);
    byte[] bytes = Files.readAllBytes(file);
    int dataStart = bytes.length - data.capacity();
    System.arraycopy(data.array(), 0, bytes, dataStart, data.capacity());
    Files.write(file, bytes);

    var header = header();
    assertEquals(dataStart, header.dataStart());
    assertEquals(0, header.dataStart() % 8);
    Path copy = folder.resolve("copy.safetensors");
    var digests = write(copy, size, all(file), dtype);
    assertArrayEquals(bytes, Files.readAllBytes(copy));
    byte[] last = Arrays.copyOfRange(bytes, bytes.length - dtype.bytes(), bytes.length);
    byte[] first = Arrays.copyOfRange(bytes, dataStart, bytes.length - dtype.bytes());
    assertEquals(Map.of("x", sha256(first), "y", sha256(last)), digests);
  }

  private static Map<String, String> write(Path file, int size, float[] flat, DType dtype) {
    var parts =
        List.of(
            new SafeTensors.Part("x", List.of((long) size - 1), values(flat), 0),
            new SafeTensors.Part("y", List.of(1L, 1L), values(flat), size - 1));
    return SafeTensors.write(Storage.local(), file.toString(), parts, dtype);
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @EnumSource
  void anyRangeOfATensorIsThatOfTheWhole(DType dtype) {
    int size = 3_000_000;
    float[] flat = new float[size];
    var random = new Random(5);
    for (int i = 0; i < size; i++) {
      flat[i] = random.nextInt(256); // exact in every type
    }
    write(file, size, flat, dtype);
    for (int i = 0; i < 12; i++) {
      int from = random.nextInt(size - 1);
      int count = i == 0 ? size - 1 - from : random.nextInt(size - 1 - from);
      assertArrayEquals(
          Arrays.copyOfRange(flat, from, from + count), read(header(), "x", from, count));
    }
  }

  @Test
  void valuesBeyondHalfPrecisionAreNamed() {
    float[] flat = {1, 65504, -70_000, Float.POSITIVE_INFINITY};
    var parts = List.of(new SafeTensors.Part("big", List.of(4L), values(flat), 0));
    var error =
        assertThrows(
            UserError.class,
            () -> SafeTensors.write(Storage.local(), file.toString(), parts, DType.F16));
    assertTrue(
        error.getMessage().contains("tensor big: element 2 is -70000.0, which is beyond F16"),
        error.getMessage());
    assertFalse(Files.exists(file));
  }

  @Test
  void headerIsWhatOtherReadersExpect() throws IOException {
    SafeTensors.write(Storage.local(), file.toString(), PARTS, DType.F32);
    var bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    int length = (int) bytes.getLong();
    String json = new String(bytes.array(), 8, length, StandardCharsets.UTF_8);
    assertEquals(
        "{\"__metadata__\":{\"format\":\"pt\"},"
            + "\"b\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]},"
            + "\"a\":{\"dtype\":\"F32\",\"shape\":[5],\"data_offsets\":[24,44]}}",
        json.stripTrailing());
    assertEquals(8 + length + 44, bytes.capacity());
  }

  @ParameterizedTest
  @CsvSource({
    "0x1p0, 0x0.8p-7, 0x3f80", // half way: to even
    "0x1p0, 0x1.8p-7, 0x3f82", // half way: to even
    "0x1p0, 0x0.88p-7, 0x3f81",
    "-Infinity, 0, 0xff80",
    "0x1.fffffep127, 0, 0x7f80"
  })
  void bfloat16RoundsToNearestEven(String value, String more, String bits) throws IOException {
    float number = Float.parseFloat(value) + Float.parseFloat(more);
    var parts = List.of(new SafeTensors.Part("b", List.of(1L), values(new float[] {number}), 0));
    if (number == Float.MAX_VALUE) {
      assertThrows(
          UserError.class,
          () -> SafeTensors.write(Storage.local(), file.toString(), parts, DType.BF16));
      return;
    }
    SafeTensors.write(Storage.local(), file.toString(), parts, DType.BF16);
    byte[] bytes = Files.readAllBytes(file);
    int stored = (bytes[bytes.length - 1] & 0xff) << 8 | bytes[bytes.length - 2] & 0xff;
    assertEquals(Integer.decode(bits), stored);
  }

  @ParameterizedTest
  @CsvSource({
    "0x3c00, 1", "0xc000, -2", "0x7bff, 65504", "0x0001, 5.9604645E-8", "0x03ff, 6.097555E-5",
    "0x0400, 6.1035156E-5", "0x7c00, Infinity", "0xfc00, -Infinity", "0x7e00, NaN", "0x8000, -0.0",
    "0x3555, 0.33325195"
  })
  void halfPrecisionWidens(String bits, float value) throws IOException {
    byte[] half = {Integer.decode(bits).byteValue(), (byte) (Integer.decode(bits) >> 8)};
    write("{'h':{'dtype':'F16','shape':[],'data_offsets':[0,2]}}", half);
    assertEquals(value, read(header(), "h", 0, 1)[0]);
  }

  @Test
  void truncationIsNamedWhereverItFalls() throws IOException {
    SafeTensors.write(Storage.local(), file.toString(), PARTS, DType.F32);
    byte[] whole = Files.readAllBytes(file);
    for (int length = 0; length < whole.length; length++) {
      Files.write(file, Arrays.copyOf(whole, length));
      int missing = whole.length - length;
      assertRefused(missing <= 20 ? "tensor a" : missing <= 44 ? "tensor b" : "truncated");
      assertRefused("truncated");
    }
  }

  @Test
  void fileThatShrinksAfterItsHeaderWasReadIsNamed() throws IOException {
    SafeTensors.write(Storage.local(), file.toString(), PARTS, DType.F32);
    var header = header();
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, whole.length - 1));
    var error = assertThrows(UserError.class, () -> read(header, "a", 0, 5));
    assertTrue(error.getMessage().contains("tensor a: truncated"), error.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "not JSON at all | its header is not JSON",
        "[1] | its header is not a JSON object",
        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}} x | its header is not JSON",
        "{'a':{'shape':[2],'data_offsets':[0,8]}} | tensor a: its header entry needs dtype",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0]}} | tensor a: its header entry needs",
        "{'a':{'dtype':'F32','shape':[-2],'data_offsets':[0,8]}} | tensor a: its shape holds -2",
        "{'a':{'dtype':'F32','shape':[2.5],'data_offsets':[0,8]}} | tensor a: its shape holds 2.5",
        "{'a':{'dtype':'Q4','shape':[2],'data_offsets':[0,8]}} | tensor a: unknown dtype Q4",
        "{'a':{'dtype':'F32','shape':[3],'data_offsets':[0,8]}} | tensor a: shape [3] of F32 takes"
            + " 12",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[-8,0]}} | tensor a: its data_offsets [-8,"
            + " 0]",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[8,0]}} | tensor a: its data_offsets [8,"
            + " 0]",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[4,12]}} | tensor a: its data_offsets [4,"
            + " 12]",
        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}} | 4 bytes follow the last tensor",
        "{'a':{'dtype':'F32','shape':[4],'data_offsets':[0,16]}} | tensor a: truncated",
        "{'a':{'dtype':'F32','shape':[9999999999,9999999999],'data_offsets':[0,8]}} | tensor a: its"
            + " shape",
        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},'b':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}}"
            + " | tensor b: its data_offsets [0, 8] overlap",
        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},'a':{'dtype':'F32','shape':[1],'data_offsets':[4,8]}}"
            + " | Duplicate field 'a'",
      })
  void faultyHeadersAreRefused(String header, String message) throws IOException {
    write(header, new byte[8]);
    assertRefused(message);
  }

  @Test
  void otherTypesAreRefusedWhenRead() throws IOException {
    write("{'a':{'dtype':'I64','shape':[1],'data_offsets':[0,8]}}", new byte[8]);
    var header = header();
    var error = assertThrows(UserError.class, () -> read(header, "a", 0, 1));
    assertTrue(error.getMessage().contains("tensor a: dtype I64"), error.getMessage());
  }

  @Test
  void badHeaderLengthIsRefused() throws IOException {
    Files.write(file, "PK-this-is-a-zip-file".getBytes(StandardCharsets.UTF_8));
    assertRefused("not a safetensors file");
    Files.write(file, new byte[64]);
    assertRefused("not a safetensors file");
    Files.delete(file);
    assertRefused("no such file");
  }

  private void write(String header, byte[] data) throws IOException {
    byte[] json = header.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    var bytes = ByteBuffer.allocate(8 + json.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
    Files.write(file, bytes.putLong(json.length).put(json).put(data).array());
  }

  private void assertRefused(String message) {
    var error = assertThrows(UserError.class, this::header);
    assertTrue(error.getMessage().startsWith(file.toString()), error.getMessage());
    assertTrue(error.getMessage().contains(message), error.getMessage());
    assertEquals(1, error.getMessage().lines().count(), error.getMessage());
  }
}
