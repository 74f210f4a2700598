package dev.mirrorspark.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.files.Storage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AveragedWeightsTest {
  private static final ModelShape SHAPE = shape("qwen2", 16, 1e4);

  @TempDir private Path folder;

  @BeforeEach
  void save() {
    save("a", SHAPE, 1, DType.F32);
    save("b", SHAPE, 2, DType.F32);
    save("c", SHAPE, 3, DType.F32);
  }

  private static ModelShape shape(String family, int intermediate, double theta) {
    return new ModelShape(
        family,
        40,
        8,
        2,
        2,
        1,
        4,
        intermediate,
        32,
        theta,
        1e-6,
        family.equals("qwen2"),
        false,
        false);
  }

  private Path save(String name, ModelShape shape, long seed, DType dtype) {
    float[] flat = RandomCheckpoint.flat(shape, seed);
    return RandomCheckpoint.save(folder.resolve(name), shape, flat, dtype, 1 << 10);
  }

  private ModelFolder open(String name) {
    return ModelFolder.open(Storage.local(), folder.resolve(name).resolve("model").toString());
  }

  private static float[] read(FlatRange flat, long from, long count) {
    try (var scope = new PointerScope()) {
      var into = Tensors.emptyFloats(count);
      flat.read(from, into);
      return Tensors.floats(into);
    }
  }

  @Test
  void isTheAverageByHand() {
    float[] a = RandomCheckpoint.flat(SHAPE, 1);
    float[] b = RandomCheckpoint.flat(SHAPE, 2);
    float[] c = RandomCheckpoint.flat(SHAPE, 3);
    float[] half = new float[a.length];
    float[] third = new float[a.length];
    for (int i = 0; i < a.length; i++) {
      half[i] = a[i] / 2 + b[i] / 2;
      third[i] = a[i] * 0.5f + b[i] * 0.375f + c[i] * 0.125f;
    }
    var equal = AveragedWeights.of(List.of(open("a"), open("b")), List.of(1.0, 1.0));
    assertArrayEquals(half, read(equal, 0, a.length));
    var weighted =
        AveragedWeights.of(List.of(open("a"), open("b"), open("c")), List.of(4.0, 3.0, 1.0));
    assertArrayEquals(third, read(weighted, 0, a.length));
    for (int from : new int[] {0, 7, 319, 325, a.length - 3}) { // across tensors, out of line
      float[] expected = java.util.Arrays.copyOfRange(third, from, Math.min(from + 50, a.length));
      assertArrayEquals(expected, read(weighted, from, expected.length));
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void oneAndZeroIsTheModelToTheByte(DType dtype) throws IOException {
    Path first = save("x", SHAPE, 4, dtype);
    save("y", SHAPE, 5, dtype);
    var average = AveragedWeights.of(List.of(open("x"), open("y")), List.of(1.0, 0.0));
    Path out = folder.resolve("out");
    var plan = FolderPlan.of(ParameterLayout.of(SHAPE), dtype, 1 << 10);
    FolderWriter.save(Storage.local(), out.toString(), SHAPE, plan, first.toString(), average);
    assertTrue(plan.files().size() > 3, "several shards");
    for (var file : plan.files()) {
      assertArrayEquals(
          Files.readAllBytes(first.resolve(file.name())),
          Files.readAllBytes(out.resolve(file.name())),
          file.name());
    }
  }

  @Test
  void ofSixteenBitsTheSumIsTakenInFp32() {
    save("x", SHAPE, 4, DType.BF16);
    save("y", SHAPE, 5, DType.BF16);
    float[] x = read(open("x"), 0, 100);
    float[] y = read(open("y"), 0, 100);
    var average = AveragedWeights.of(List.of(open("x"), open("y")), List.of(1.0, 1.0));
    float[] seen = read(average, 0, 100);
    for (int i = 0; i < seen.length; i++) {
      assertEquals(x[i] / 2 + y[i] / 2, seen[i]);
    }
  }

  @Test
  void modelsThatDifferAreRefusedByTensorOrFile() throws IOException {
    save("wide", shape("qwen2", 24, 1e4), 4, DType.F32);
    refused("wide", "tensor model.layers.0.mlp.gate_proj.weight: has shape [24, 8]");
    save("plain", shape("llama", 16, 1e4), 4, DType.F32);
    refused("plain", "tensor model.layers.0.self_attn.q_proj.bias: missing");
    save("far", shape("qwen2", 16, 1e6), 4, DType.F32);
    refused("far", "config.json: rope is ");
    changed("words", "tokenizer.json", "\"1\"", "\"~\"");
    refused("words", "tokenizer.json: is another one");
    changed("talks", "tokenizer_config.json", "{", "{\"chat_template\": \"{{ messages }}\",");
    refused("talks", "tokenizer_config.json: the chat template");
    changed("ends", "generation_config.json", "\"eos_token_id\" : 2", "\"eos_token_id\" : 3");
    refused("ends", "generation_config.json: end tokens [2, 3], in ");
  }

  private void changed(String name, String file, String from, String to) throws IOException {
    Path path = save(name, SHAPE, 4, DType.F32).resolve(file);
    String text = Files.readString(path);
    assertTrue(text.contains(from), text);
    Files.writeString(path, text.replaceFirst(java.util.regex.Pattern.quote(from), to));
  }

  private void refused(String name, String why) {
    var models = List.of(open("a"), open(name));
    var error = assertThrows(UserError.class, () -> AveragedWeights.of(models, List.of(1.0, 1.0)));
    assertTrue(error.getMessage().contains(why), error.getMessage());
    assertTrue(error.getMessage().startsWith(folder.resolve(name).toString()), error.getMessage());
  }

  @Test
  void weightsThatAreNoneAreRefused() {
    var models = List.of(open("a"), open("b"));
    for (var weights :
        List.of(
            List.of(1.0),
            List.of(0.0, 0.0),
            List.of(2.0, -1.0),
            List.of(Double.NaN, 1.0),
            List.of(1.0, 1.0, 1.0))) {
      var error = assertThrows(UserError.class, () -> AveragedWeights.of(models, weights));
      assertTrue(error.getMessage().startsWith("weights ["), error.getMessage());
    }
  }
}
