package dev.mirrorspark.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.files.Storage;
import dev.mirrorspark.model.TrainingPass.Settings;
import dev.mirrorspark.vision.Patches;
import dev.mirrorspark.vision.Preprocessing;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A random Qwen2-VL-shaped model against an independent float64 forward, and its gradients. */
class VisionModelTest {
  private static final int VOCAB = 23;
  private static final int PICTURE = 5;
  private static final Settings PLAIN = new Settings(false, 4096);

  static final ModelShape SHAPE =
      new ModelShape("qwen2_vl", VOCAB, 24, 2, 3, 1, 16, 20, 256, 1e4, 1e-6, true, false, true)
          .with(
              new VisionShape(
                  2,
                  16,
                  2,
                  64,
                  new Preprocessing(4, 2, 2, 64, 4096, Preprocessing.MEAN, Preprocessing.DEVIATION),
                  PICTURE,
                  3,
                  4,
                  List.of(2, 3, 3)));

  /** A picture of that many patches, of any values. */
  private static Patches picture(int rows, int columns, long seed) {
    float[] values = new float[rows * columns * 3 * 2 * 4 * 4];
    var random = new Random(seed);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return new Patches(rows, columns, values);
  }

  /** Text, the picture's tokens, text. */
  private static int[] tokens(int before, Patches picture, int after, long seed) {
    var random = new Random(seed);
    return IntStream.concat(
            random.ints(before, 6, VOCAB),
            IntStream.concat(
                IntStream.generate(() -> PICTURE).limit(picture.count() / 4),
                random.ints(after, 6, VOCAB)))
        .toArray();
  }

  private static double[] last(double[][] logits) {
    return logits[logits.length - 1];
  }

  @Test
  void prefillEqualsTheFloat64Forward() {
    float[] flat = RandomCheckpoint.flat(SHAPE, 3);
    List<Patches> pictures =
        List.of(picture(4, 6, 1), Patches.NONE, picture(8, 2, 2), picture(4, 6, 9));
    List<int[]> prompts = new ArrayList<>();
    for (int i = 0; i < pictures.size(); i++) {
      prompts.add(tokens(2 + i, pictures.get(i), 5 + 2 * i, 20 + i));
    }
    var reference = new VisionReference(SHAPE, flat);
    try (var scope = new PointerScope();
        var noGrad = new NoGradGuard();
        var parameters = Parameters.frozen(SHAPE, Tensors.ofFloats(flat, flat.length));
        var decoder = new Decoder(parameters);
        var cache = new KvCache(SHAPE, 4 * KvCache.PAGE, parameters.flat())) {
      var sequences = prompts.stream().map(prompt -> cache.open(prompt.length)).toList();
      Tensor hidden = decoder.prefill(PackedSequences.of(prompts, pictures), sequences, cache);
      double[] logits = Tensors.doubles(decoder.logits(hidden));
      for (int i = 0; i < prompts.size(); i++) {
        double[] actual = Arrays.copyOfRange(logits, i * VOCAB, (i + 1) * VOCAB);
        double[] expected =
            pictures.get(i).present()
                ? last(reference.logits(prompts.get(i), pictures.get(i)))
                : last(new Float64Reference(SHAPE, flat).logits(prompts.get(i)));
        assertArrayEquals(expected, actual, 1e-3, "prompt " + i);
      }
      // the picture matters
      double[] other = last(reference.logits(prompts.get(0), pictures.get(3)));
      assertTrue(distance(other, Arrays.copyOf(logits, VOCAB)) > 0.01);
    }
  }

  @Test
  void cachedDecodingEqualsTheFullForward() {
    float[] flat = RandomCheckpoint.flat(SHAPE, 5);
    Patches picture = picture(6, 4, 4);
    int[] whole = tokens(3, picture, 40, 31);
    whole[20] = PICTURE; // what a policy samples is no picture
    double[][] expected = new VisionReference(SHAPE, flat).logits(whole, picture);
    try (var scope = new PointerScope();
        var noGrad = new NoGradGuard();
        var parameters = Parameters.frozen(SHAPE, Tensors.ofFloats(flat, flat.length));
        var decoder = new Decoder(parameters);
        var cache = new KvCache(SHAPE, 2 * KvCache.PAGE, parameters.flat())) {
      int first = 12;
      var sequence = List.of(cache.open(whole.length));
      int[] prompt = Arrays.copyOf(whole, first);
      Tensor hidden =
          decoder.prefill(PackedSequences.of(List.of(prompt), List.of(picture)), sequence, cache);
      int shift = PictureSpan.of(SHAPE.vision(), prompt, picture).shift();
      assertEquals(3 - 6, shift);
      for (int t = first; t < whole.length; t++) {
        assertArrayEquals(expected[t - 1], Tensors.doubles(decoder.logits(hidden)), 1e-3, "" + t);
        var token = Tensors.indices(new int[] {whole[t]}, parameters.flat().device());
        hidden = decoder.step(token, new int[] {t}, new int[] {t + shift}, sequence, cache);
      }
    }
  }

  private record Batch(PackedSequences packed, int[] places, int[] targets) {}

  /** Two sequences share a picture, one has another, one none. */
  private static Batch batch() {
    Patches shared = picture(4, 4, 6);
    List<Patches> pictures = List.of(shared, picture(2, 6, 7), Patches.NONE, shared);
    List<int[]> sequences = new ArrayList<>();
    List<Integer> places = new ArrayList<>();
    int start = 0;
    for (int i = 0; i < pictures.size(); i++) {
      int[] tokens = tokens(2, pictures.get(i), 6 + i, 40 + i);
      sequences.add(tokens);
      for (int t = tokens.length - 5; t < tokens.length; t++) {
        places.add(start + t - 1);
      }
      start += tokens.length;
    }
    int[] targets = new Random(8).ints(places.size(), 6, VOCAB).toArray();
    return new Batch(
        PackedSequences.of(sequences, pictures),
        places.stream().mapToInt(Integer::intValue).toArray(),
        targets);
  }

  private static double[] doubles(float[] flat) {
    return IntStream.range(0, flat.length).mapToDouble(i -> flat[i]).toArray();
  }

  private static final UnaryOperator<float[]> SLOPES =
      logprobs -> {
        float[] slopes = new float[logprobs.length];
        for (int i = 0; i < slopes.length; i++) {
          slopes[i] = 1 + i % 3;
        }
        return slopes;
      };

  private static double[] gradient(double[] flat, Batch batch, Settings settings) {
    try (var scope = new PointerScope();
        var parameters = Parameters.trainable(SHAPE, Tensors.ofDoubles(flat, flat.length));
        var pass = new TrainingPass(parameters, settings)) {
      pass.accumulate(batch.packed(), batch.places(), batch.targets(), 1, SLOPES);
      return Tensors.doubles(parameters.gradient());
    }
  }

  /** The loss by the decoder's own forward pass: each wanted token ends a prompt of its own. */
  private static double loss(double[] flat, int place, double step, Batch batch) {
    double[] moved = flat.clone();
    moved[place] += step;
    List<int[]> prompts = new ArrayList<>();
    List<Patches> pictures = new ArrayList<>();
    for (int at : batch.places()) {
      int sequence = 0;
      while (batch.packed().starts()[sequence + 1] <= at) {
        sequence++;
      }
      int start = batch.packed().starts()[sequence];
      prompts.add(Arrays.copyOfRange(batch.packed().tokens(), start, at + 1));
      pictures.add(batch.packed().pictures().get(sequence));
    }
    double sum = 0;
    try (var scope = new PointerScope();
        var noGrad = new NoGradGuard();
        var parameters = Parameters.frozen(SHAPE, Tensors.ofDoubles(moved, moved.length));
        var decoder = new Decoder(parameters);
        var cache = new KvCache(SHAPE, (long) prompts.size() * KvCache.PAGE, parameters.flat())) {
      var sequences = prompts.stream().map(prompt -> cache.open(prompt.length)).toList();
      Tensor hidden = decoder.prefill(PackedSequences.of(prompts, pictures), sequences, cache);
      double[] logits = Tensors.doubles(decoder.logits(hidden));
      for (int i = 0; i < prompts.size(); i++) {
        double[] row = Arrays.copyOfRange(logits, i * VOCAB, (i + 1) * VOCAB);
        sum += Float64Reference.logSoftmax(row)[batch.targets()[i]] * (1 + i % 3);
      }
    }
    return sum;
  }

  @Test
  void gradientsEqualFiniteDifferences() {
    double[] flat = doubles(RandomCheckpoint.flat(SHAPE, 7));
    Batch batch = batch();
    double[] gradient = gradient(flat, batch, PLAIN);
    var random = new Random(9);
    for (var entry : ParameterLayout.of(SHAPE).entries()) {
      int times = entry.name().startsWith("visual.") ? 3 : 1;
      for (int i = 0; i < times; i++) {
        int place = (int) (entry.offset() + random.nextInt((int) entry.size()));
        double step = 1e-5;
        double slope =
            (loss(flat, place, step, batch) - loss(flat, place, -step, batch)) / (2 * step);
        assertEquals(slope, gradient[place], 1e-5 * Math.max(Math.abs(slope), 1e-2), entry.name());
      }
    }
  }

  @Test
  void packingEqualsOneByOne() {
    double[] flat = doubles(RandomCheckpoint.flat(SHAPE, 8));
    Batch batch = batch();
    double[] together = gradient(flat, batch, PLAIN);
    assertArrayEquals(together, gradient(flat, batch, new Settings(true, 3)), 1e-9);
    double[] sum = new double[together.length];
    int target = 0;
    for (int i = 0; i < batch.packed().count(); i++) {
      int start = batch.packed().starts()[i];
      int end = batch.packed().starts()[i + 1];
      int from = target;
      while (target < batch.places().length && batch.places()[target] < end) {
        target++;
      }
      int[] places =
          Arrays.stream(batch.places(), from, target).map(place -> place - start).toArray();
      var alone =
          PackedSequences.of(
              List.of(Arrays.copyOfRange(batch.packed().tokens(), start, end)),
              List.of(batch.packed().pictures().get(i)));
      int offset = from;
      try (var scope = new PointerScope();
          var parameters = Parameters.trainable(SHAPE, Tensors.ofDoubles(flat, flat.length));
          var pass = new TrainingPass(parameters, PLAIN)) {
        pass.accumulate(
            alone,
            places,
            Arrays.copyOfRange(batch.targets(), from, target),
            1,
            logprobs -> {
              float[] slopes = new float[logprobs.length];
              for (int k = 0; k < slopes.length; k++) {
                slopes[k] = 1 + (offset + k) % 3;
              }
              return slopes;
            });
        double[] own = Tensors.doubles(parameters.gradient());
        for (int k = 0; k < sum.length; k++) {
          sum[k] += own[k];
        }
      }
    }
    assertArrayEquals(sum, together, 1e-9);
  }

  @Test
  void whatIsNotTrainedHasNoGradient() {
    double[] flat = doubles(RandomCheckpoint.flat(SHAPE, 10));
    Batch batch = batch();
    double[] all = gradient(flat, batch, PLAIN);
    for (VisionTraining training : VisionTraining.values()) {
      double[] some = gradient(flat, batch, new Settings(false, 4096, training));
      for (var entry : ParameterLayout.of(SHAPE).entries()) {
        boolean projector = entry.name().startsWith("visual.merger.");
        boolean tower = entry.name().startsWith("visual.");
        boolean trained =
            switch (training) {
              case NONE -> !tower;
              case PROJECTOR -> !tower || projector;
              case ALL -> true;
              case ALONE -> tower;
            };
        int from = (int) entry.offset();
        int to = from + (int) entry.size();
        double[] expected = trained ? Arrays.copyOfRange(all, from, to) : new double[to - from];
        assertArrayEquals(
            expected, Arrays.copyOfRange(some, from, to), 1e-12, training + " " + entry.name());
      }
    }
  }

  @Test
  void bf16IsNearFloat64() {
    double[] flat = doubles(RandomCheckpoint.flat(SHAPE, 11));
    for (int i = 0; i < flat.length; i++) {
      flat[i] = Float.intBitsToFloat(Float.floatToIntBits((float) flat[i]) & 0xffff0000);
    }
    Batch batch = batch();
    double[] exact = gradient(flat, batch, PLAIN);
    try (var scope = new PointerScope();
        var parameters =
            Parameters.trainable(
                SHAPE, Tensors.ofDoubles(flat, flat.length).to(ScalarType.BFloat16));
        var pass = new TrainingPass(parameters, PLAIN)) {
      pass.accumulate(batch.packed(), batch.places(), batch.targets(), 1, SLOPES);
      double[] rough = Tensors.doubles(parameters.gradient());
      assertTrue(distance(exact, rough) < 0.1, "distance " + distance(exact, rough));
    }
  }

  private static double distance(double[] expected, double[] actual) {
    double square = 0;
    double scale = 0;
    for (int i = 0; i < expected.length; i++) {
      square += (expected[i] - actual[i]) * (expected[i] - actual[i]);
      scale += expected[i] * expected[i];
    }
    return Math.sqrt(square / scale);
  }

  @Test
  void aSequenceWithoutRoomForItsPictureIsRefused() {
    Patches picture = picture(4, 4, 1);
    int[] short1 = {7, PICTURE, PICTURE, PICTURE, 8};
    var refused =
        assertThrows(
            IllegalArgumentException.class, () -> PictureSpan.of(SHAPE.vision(), short1, picture));
    assertEquals("3 picture tokens for a picture of 4", refused.getMessage());
    assertThrows(
        IllegalArgumentException.class, () -> PictureSpan.of(VisionShape.NONE, short1, picture));
  }

  @Test
  void theFolderHoldsItAll(@TempDir Path work) throws Exception {
    Path tokenizer = work.resolve("tokenizer");
    CharacterTokenizer.write(tokenizer, "abcdefghijklmnopq", 256, true);
    float[] flat = RandomCheckpoint.flat(SHAPE, 12);
    Path folder = work.resolve("model");
    String digest = LoadedModel.save(folder, SHAPE, flat, DType.F32, tokenizer, 20_000);
    var found = LoadedModel.load(folder);
    assertEquals(SHAPE, found.shape());
    assertArrayEquals(flat, found.flat());
    assertEquals(digest, LoadedModel.sha256(folder));
    var config = JsonFiles.read(folder.resolve("config.json"));
    assertEquals("Qwen2VLForConditionalGeneration", config.at("/architectures/0").asText());
    assertEquals("mrope", config.at("/rope_scaling/type").asText());
    assertEquals(16, config.at("/vision_config/embed_dim").asInt());
    for (String[] change :
        new String[][] {
          {"config.json", "quick_gelu", "gelu"},
          {"config.json", "\"depth\" : 2", "\"depth\" : 2, \"window_size\" : 112"},
          {"config.json", "\"mrope_section\" : [ 2, 3, 3 ]", "\"mrope_section\" : [ 2, 3, 4 ]"},
          {"preprocessor_config.json", "\"patch_size\" : 4", "\"patch_size\" : 5"},
          {"preprocessor_config.json", "\"min_pixels\"", "\"do_pad\" : true, \"min_pixels\""},
        }) {
      Path file = folder.resolve(change[0]);
      String text = Files.readString(file);
      assertTrue(text.contains(change[1]), change[1] + " in " + text);
      Files.writeString(file, text.replace(change[1], change[2]));
      var refused =
          assertThrows(
              UserError.class, () -> ModelFolder.shape(Storage.local(), folder.toString()));
      assertTrue(refused.getMessage().startsWith(file.toString()), refused.getMessage());
      Files.writeString(file, text);
    }
    Files.delete(folder.resolve("preprocessor_config.json"));
    assertThrows(UserError.class, () -> ModelFolder.shape(Storage.local(), folder.toString()));
  }

  /** The file of Qwen/Qwen2-VL-2B-Instruct, and the sizes of its tensors. */
  @Test
  void readsAPublishedConfiguration(@TempDir Path work) throws Exception {
    Path file = work.resolve("config.json");
    Files.writeString(
        file,
        """
        {"architectures": ["Qwen2VLForConditionalGeneration"], "attention_dropout": 0.0,
         "bos_token_id": 151643, "eos_token_id": 151645, "vision_start_token_id": 151652,
         "vision_end_token_id": 151653, "vision_token_id": 151654, "image_token_id": 151655,
         "video_token_id": 151656, "hidden_act": "silu", "hidden_size": 1536,
         "initializer_range": 0.02, "intermediate_size": 8960, "max_position_embeddings": 32768,
         "max_window_layers": 28, "model_type": "qwen2_vl", "num_attention_heads": 12,
         "num_hidden_layers": 28, "num_key_value_heads": 2, "rms_norm_eps": 1e-06,
         "rope_theta": 1000000.0, "sliding_window": 32768, "tie_word_embeddings": true,
         "torch_dtype": "bfloat16", "transformers_version": "4.41.2", "use_cache": true,
         "use_sliding_window": false,
         "vision_config": {"depth": 32, "embed_dim": 1280, "mlp_ratio": 4, "num_heads": 16,
          "in_chans": 3, "hidden_size": 1536, "patch_size": 14, "spatial_merge_size": 2,
          "spatial_patch_size": 14, "temporal_patch_size": 2},
         "rope_scaling": {"type": "mrope", "mrope_section": [16, 24, 24]}, "vocab_size": 151936}
        """);
    ModelShape shape = ModelConfigJson.read(file);
    assertEquals(2_208_985_600L, ParameterLayout.of(shape).size());
    assertEquals(List.of(16, 24, 24), shape.vision().sections());
    assertEquals(1e6, shape.rope().theta());
  }
}
