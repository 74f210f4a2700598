package dev.mirrorspark.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.UserError;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SafeTensorsTest {
  private static final List<SafeTensors.Slice> SLICES =
      List.of(
          new SafeTensors.Slice("b", List.of(2L, 3L), 0),
          new SafeTensors.Slice("a", List.of(5L), 6));
  private static final float[] FLAT = {
    1, -2.5f, 0, Float.MIN_VALUE, 1e30f, -0f, 3.140625f, Float.NaN, 7, 8, Float.POSITIVE_INFINITY
  };

  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void place() {
    file = folder.resolve("model.safetensors");
  }

  @ParameterizedTest
  @EnumSource
  void readThenWriteGivesTheSameBytes(DType dtype) throws IOException {
    // random bit patterns, NaN payloads among them, in tensors longer than one chunk
    int size = 2_500_000;
    var slices =
        List.of(
            new SafeTensors.Slice("x", List.of((long) size - 1), 0),
            new SafeTensors.Slice("y", List.of(1L, 1L), size - 1));
    var random = new Random(3);
    var data = ByteBuffer.allocate(size * dtype.bytes());
    random.nextBytes(data.array());
    SafeTensors.write(file, slices, dtype, new float[size]);
    byte[] bytes = Files.readAllBytes(file);
    int dataStart = bytes.length - data.capacity();
    System.arraycopy(data.array(), 0, bytes, dataStart, data.capacity());
    Files.write(file, bytes);

    var header = SafeTensors.read(file);
    assertEquals(dataStart, header.dataStart());
    assertEquals(0, header.dataStart() % 8);
    float[] flat = new float[size];
    SafeTensors.readInto(header, Map.of("x", 0, "y", size - 1), flat);
    Path copy = folder.resolve("copy.safetensors");
    SafeTensors.write(copy, slices, dtype, flat);
    assertArrayEquals(bytes, Files.readAllBytes(copy));
  }

  @Test
  void headerIsWhatOtherReadersExpect() throws IOException {
    SafeTensors.write(file, SLICES, DType.F32, FLAT);
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

  @Test
  void onlyTheNamedTensorsAreRead() {
    SafeTensors.write(file, SLICES, DType.F32, FLAT);
    float[] flat = new float[7];
    SafeTensors.readInto(SafeTensors.read(file), Map.of("a", 1), flat);
    assertEquals(0, flat[0]);
    assertEquals(3.140625f, flat[1]);
    assertEquals(8, flat[4]);
    assertEquals(0, flat[6]);
  }

  @Test
  void bfloat16RoundsToNearestEven() {
    assertEquals(0x3f80, FloatBits.toBfloat16(1 + 0x1p-8f)); // half way: to even
    assertEquals(0x3f82, FloatBits.toBfloat16(1 + 3 * 0x1p-8f)); // half way: to even
    assertEquals(0x3f81, FloatBits.toBfloat16(1 + 0x1.1p-8f));
    assertEquals((short) 0xff80, FloatBits.toBfloat16(Float.NEGATIVE_INFINITY));
    assertEquals(0x7f80, FloatBits.toBfloat16(Float.MAX_VALUE));
    float nan = Float.intBitsToFloat(0x7f800001);
    assertTrue(Float.isNaN(FloatBits.ofBfloat16(FloatBits.toBfloat16(nan))));
  }

  @ParameterizedTest
  @CsvSource({
    "0x3c00, 1", "0xc000, -2", "0x7bff, 65504", "0x0001, 5.9604645E-8", "0x03ff, 6.097555E-5",
    "0x0400, 6.1035156E-5", "0x7c00, Infinity", "0xfc00, -Infinity", "0x7e00, NaN", "0x8000, -0.0",
    "0x3555, 0.33325195"
  })
  void halfPrecisionWidens(String bits, float value) throws IOException {
    assertEquals(value, FloatBits.ofHalf(Integer.decode(bits).shortValue()));
    byte[] half = {Integer.decode(bits).byteValue(), (byte) (Integer.decode(bits) >> 8)};
    write("{'h':{'dtype':'F16','shape':[],'data_offsets':[0,2]}}", half);
    float[] flat = new float[1];
    SafeTensors.readInto(SafeTensors.read(file), Map.of("h", 0), flat);
    assertEquals(value, flat[0]);
  }

  @Test
  void truncationIsNamedWhereverItFalls() throws IOException {
    SafeTensors.write(file, SLICES, DType.F32, FLAT);
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
    SafeTensors.write(file, SLICES, DType.F32, FLAT);
    var header = SafeTensors.read(file);
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, whole.length - 1));
    var error =
        assertThrows(
            UserError.class, () -> SafeTensors.readInto(header, Map.of("a", 0), new float[5]));
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
    var header = SafeTensors.read(file);
    var error =
        assertThrows(
            UserError.class, () -> SafeTensors.readInto(header, Map.of("a", 0), new float[1]));
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
    var error = assertThrows(UserError.class, () -> SafeTensors.read(file));
    assertTrue(error.getMessage().startsWith(file.toString()), error.getMessage());
    assertTrue(error.getMessage().contains(message), error.getMessage());
    assertEquals(1, error.getMessage().lines().count(), error.getMessage());
  }
}
