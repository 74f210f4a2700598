package dev.mirrorspark.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.LoraConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.files.Storage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Folders as PEFT writes them, by hand; what is read of them, merged, and refused. */
class AdapterFolderTest {
  private static final Storage FILES = Storage.local();

  private static final ModelShape SHAPE =
      new ModelShape("qwen2", 40, 16, 2, 4, 2, 6, 24, 64, 1e4, 1e-6, true, false, true);

  private static final LoraConfig LORA = new LoraConfig(3, 6, List.of("q_proj", "v_proj"));

  /** As PEFT 0.14 saves it; order and all. */
  private static final String CONFIG =
      """
      {"alpha_pattern": {}, "auto_mapping": null, "base_model_name_or_path": "BASE",
       "bias": "none", "eva_config": null, "exclude_modules": null, "fan_in_fan_out": false,
       "inference_mode": true, "init_lora_weights": true, "layer_replication": null,
       "layers_pattern": null, "layers_to_transform": null, "loftq_config": {}, "lora_alpha": 6,
       "lora_bias": false, "lora_dropout": 0.05, "megatron_config": null,
       "megatron_core": "megatron.core", "modules_to_save": null, "peft_type": "LORA", "r": 3,
       "rank_pattern": {}, "revision": null, "target_modules": ["v_proj", "q_proj"],
       "task_type": "CAUSAL_LM", "use_dora": false, "use_rslora": false}
      """;

  @TempDir private Path work;

  private final TreeMap<String, float[]> tensors = new TreeMap<>();

  /** The values as PEFT names them: by hand, in the order of names. */
  private void fill() {
    var random = new Random(5);
    for (int layer = 0; layer < 2; layer++) {
      String attention = "base_model.model.model.layers." + layer + ".self_attn.";
      put(attention + "q_proj.lora_A.weight", 3 * 16, random);
      put(attention + "q_proj.lora_B.weight", 24 * 3, random);
      put(attention + "v_proj.lora_A.weight", 3 * 16, random);
      put(attention + "v_proj.lora_B.weight", 12 * 3, random);
    }
  }

  private void put(String name, int count, Random random) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = 0.3f * (float) random.nextGaussian();
    }
    tensors.put(name, values);
  }

  private Path base(DType dtype) {
    return RandomCheckpoint.save(work, SHAPE, RandomCheckpoint.flat(SHAPE, 3), dtype, 1 << 12);
  }

  private String write(String config) throws IOException {
    Path folder = Files.createDirectories(work.resolve("adapters"));
    Files.writeString(
        folder.resolve("adapter_config.json"),
        config.replace("BASE", work.resolve("model").toString()));
    try (var scope = new PointerScope()) {
      var parts =
          tensors.entrySet().stream()
              .map(
                  tensor -> {
                    long size = tensor.getValue().length;
                    List<Long> shape =
                        tensor.getKey().contains("lora_A")
                            ? List.of(3L, size / 3)
                            : List.of(size / 3, 3L);
                    var values = FlatRange.of(Tensors.ofFloats(tensor.getValue(), size));
                    return new SafeTensors.Part(tensor.getKey(), shape, values, 0);
                  })
              .toList();
      String file = folder.resolve("adapter_model.safetensors").toString();
      SafeTensors.write(FILES, file, parts, DType.F32);
    }
    return folder.toString();
  }

  private AdapterFolder open(DType dtype) throws IOException {
    fill();
    base(dtype);
    return AdapterFolder.open(FILES, write(CONFIG));
  }

  private static double[] doubles(float[] values) {
    return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
  }

  private double[] expected(float[] base) {
    double[] adapters = new double[(int) ParameterLayout.ofAdapters(SHAPE, LORA).size()];
    for (var entry : ParameterLayout.ofAdapters(SHAPE, LORA).entries()) {
      double[] values = doubles(tensors.get(entry.name()));
      System.arraycopy(values, 0, adapters, (int) entry.offset(), values.length);
    }
    return TinyAdapters.merged(SHAPE, LORA, doubles(base), adapters);
  }

  @Test
  void whatPeftWritesIsRead() throws IOException {
    AdapterFolder found = open(DType.F32);
    assertTrue(found.lora().sameAs(LORA), found.lora().toString());
    assertEquals(work.resolve("model").toString(), found.base().folder());
    assertEquals(found.base().folder(), found.tokenizer(), "it has no tokenizer of its own");
    double[] expected = expected(RandomCheckpoint.flat(SHAPE, 3));
    try (var scope = new PointerScope()) {
      Tensor whole = Tensors.emptyFloats(found.base().layout().size());
      found.merged().read(0, whole);
      assertArrayEquals(expected, Tensors.doubles(whole), 1e-6);
      Tensor pieces = Tensors.emptyFloats(whole.numel());
      for (long from = 0; from < whole.numel(); from += 37) {
        long count = Math.min(37, whole.numel() - from);
        found.merged().read(from, pieces.narrow(0, from, count));
      }
      assertArrayEquals(Tensors.floats(whole), Tensors.floats(pieces), "the same bits by ranges");
    }
  }

  @Test
  void aMergedFolderGivesTheLogitsOfBaseAndAdaptersInFloat64() throws IOException {
    Path merged = merge(open(DType.F32));
    double[] expected = expected(RandomCheckpoint.flat(SHAPE, 3));
    float[] exact = new float[expected.length];
    IntStream.range(0, exact.length).forEach(i -> exact[i] = (float) expected[i]);
    int[] tokens = {1, 7, 30, 2, 39, 11};
    double[][] logits = new Float64Reference(SHAPE, exact).logits(tokens);
    float[] flat = LoadedModel.load(merged).flat();
    try (var scope = new PointerScope();
        var parameters = Parameters.frozen(SHAPE, Tensors.ofFloats(flat, flat.length));
        var decoder = new Decoder(parameters)) {
      Tensor found = decoder.logits(decoder.hidden(PackedRows.oneEach(new int[][] {tokens})));
      double[] values = Tensors.doubles(found);
      for (int i = 0; i < values.length; i++) {
        assertEquals(logits[i / 40][i % 40], values[i], 1e-4, "logit " + i);
      }
    }
  }

  @Test
  void aMergedFolderHasThePrecisionOfTheBase() throws IOException {
    Path merged = merge(open(DType.BF16));
    assertEquals(DType.BF16, LoadedModel.load(merged).dtype());
    double[] expected = expected(LoadedModel.load(work.resolve("model")).flat());
    try (var scope = new PointerScope()) {
      Tensor exact = Tensors.ofDoubles(expected, expected.length);
      double[] found = doubles(LoadedModel.load(merged).flat());
      double[] rounded = Tensors.doubles(exact.to(ScalarType.BFloat16));
      for (int i = 0; i < found.length; i++) {
        assertEquals(rounded[i], found[i], Math.abs(rounded[i]) / 128 + 1e-6);
      }
    }
  }

  private Path merge(AdapterFolder adapters) {
    ModelFolder base = adapters.base();
    Path merged = work.resolve("merged");
    var plan = FolderPlan.of(base.layout(), base.dtype(), 1L << 30);
    FolderWriter.save(
        FILES, merged.toString(), SHAPE, plan, adapters.tokenizer(), adapters.merged());
    return merged;
  }

  @Test
  void whatIsWrittenIsReadAgain() throws IOException {
    AdapterFolder found = open(DType.F32);
    String copy = work.resolve("copy").toString();
    var writer =
        new AdapterWriter(
            FILES, copy, found.lora(), SHAPE, found.base().folder(), found.tokenizer());
    var digests = writer.save(found);
    AdapterFolder again = AdapterFolder.open(FILES, copy);
    assertTrue(again.lora().sameAs(LORA));
    assertEquals(found.base().folder(), again.base().folder());
    assertEquals(copy, again.tokenizer());
    assertEquals(digests.sha256(), again.digest());
    assertEquals(found.digest(), again.digest());
    assertFalse(ModelFolder.exists(FILES, copy), "no config.json: it is not a whole model");
    try (var own = TextTokenizer.of(FILES, copy);
        var base = TextTokenizer.of(FILES, found.base().folder())) {
      assertArrayEquals(base.eosIds(), own.eosIds());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"use_rslora\": false | \"use_rslora\": true | use_rslora",
        "\"use_dora\": false | \"use_dora\": true | use_dora",
        "\"fan_in_fan_out\": false | \"fan_in_fan_out\": true | fan_in_fan_out",
        "\"modules_to_save\": null | \"modules_to_save\": [\"lm_head\"] | modules_to_save",
        "\"rank_pattern\": {} | \"rank_pattern\": {\"q_proj\": 8} | rank_pattern",
        "\"alpha_pattern\": {} | \"alpha_pattern\": {\"q_proj\": 8} | alpha_pattern",
        "\"layers_to_transform\": null | \"layers_to_transform\": [0] | layers_to_transform",
        "\"bias\": \"none\" | \"bias\": \"all\" | bias",
        "\"lora_bias\": false | \"lora_bias\": true | lora_bias",
        "\"init_lora_weights\": true | \"init_lora_weights\": \"pissa\" | init_lora_weights",
        "\"peft_type\": \"LORA\" | \"peft_type\": \"IA3\" | peft_type",
        "\"task_type\": \"CAUSAL_LM\" | \"task_type\": \"SEQ_CLS\" | task_type",
        "\"r\": 3 | \"r\": 0 | r",
        "\"lora_alpha\": 6 | \"lora_alpha\": \"6\" | lora_alpha",
        "[\"v_proj\", \"q_proj\"] | [\"v_proj\", \"lm_head\"] | target_modules",
        "[\"v_proj\", \"q_proj\"] | \".*_proj\" | target_modules",
        "\"bias\": \"none\" | \"bias\": \"none\", \"made_tomorrow\": 2 | made_tomorrow",
        "\"BASE\" | \"some/model\" | base_model_name_or_path",
      })
  void whatWouldChangeNumbersIsRefusedByName(String was, String is, String key) throws IOException {
    fill();
    base(DType.F32);
    assertTrue(CONFIG.contains(was), was);
    String folder = write(CONFIG.replace(was, is));
    var error = assertThrows(UserError.class, () -> AdapterFolder.open(FILES, folder));
    assertTrue(
        error.getMessage().contains("adapter_config.json: " + key + ": "), error.getMessage());
  }

  @Test
  void tensorsThatDoNotFitAreRefused() throws IOException {
    fill();
    base(DType.F32);
    String name = "base_model.model.model.layers.1.self_attn.q_proj.lora_B.weight";
    float[] values = tensors.remove(name);
    refused(name, "missing");
    tensors.put(name, new float[9]);
    refused(name, "has shape [3, 3]");
    tensors.put(name, values);
    tensors.put("base_model.model.lm_head.lora_A.weight", new float[48]);
    refused("base_model.model.lm_head.lora_A.weight", "is no part of the adapters");
  }

  private void refused(String tensor, String why) throws IOException {
    String folder = write(CONFIG);
    var error = assertThrows(UserError.class, () -> AdapterFolder.open(FILES, folder));
    assertTrue(error.getMessage().contains(tensor), error.getMessage());
    assertTrue(error.getMessage().contains(why), error.getMessage());
  }
}
