package dev.mirrorspark.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Jlama, a decoder in pure Java that this project did not write, reads our folders and computes the
 * same logits. It runs on a newer JDK (21 or later) in a process of its own; without one these
 * tests are reported as skipped.
 */
class JlamaLogitsIT {
  private static final int VOCAB = 48;
  private static Path java;

  @BeforeAll
  static void findNewerJdk() {
    Optional<Path> found = newerJdk();
    if (found.isEmpty()) {
      System.out.println("skipped: no JDK 21 or newer in JAVA_HOME's folder or in JLAMA_JAVA_HOME");
    }
    Assumptions.assumeTrue(found.isPresent(), "no JDK 21 or newer beside this one");
    java = found.get();
  }

  @ParameterizedTest(name = "{0}: {1} heads over {2}, tied {3}, shards of {4} bytes")
  @CsvSource({
    "llama, 4, 4, true, 1000000",
    "llama, 4, 2, false, 40000",
    "qwen2, 4, 2, true, 1000000",
    "qwen2, 4, 1, false, 40000",
    "mistral, 4, 2, false, 1000000",
  })
  void logitsEqualJlamas(
      String family, int heads, int kvHeads, boolean tied, long shardBytes, @TempDir Path work)
      throws Exception {
    boolean bias = family.equals("qwen2");
    var shape =
        new ModelShape(
            family, VOCAB, 64, 3, heads, kvHeads, 16, 96, 64, 10_000, 1e-5, bias, false, tied);
    Path folder =
        RandomCheckpoint.save(work, shape, RandomCheckpoint.flat(shape, 29), DType.F32, shardBytes);
    compare(folder, new Random(3).ints(40, 3, VOCAB).toArray());
  }

  @Test
  void logitsAtLinearlyScaledPositionsEqualJlamas(@TempDir Path work) throws Exception {
    var shape =
        new ModelShape("llama", VOCAB, 64, 2, 4, 2, 16, 96, 64, 500, 1e-5, false, false, true)
            .with(new Rope(500, new RopeScaling.Linear(3)));
    Path folder =
        RandomCheckpoint.save(work, shape, RandomCheckpoint.flat(shape, 31), DType.F32, 1 << 20);
    compare(folder, new Random(4).ints(40, 3, VOCAB).toArray());
  }

  @Test
  void logitsOfTheTrainedCheckpointEqualJlamas(@TempDir Path work) throws Exception {
    var stories = StoriesCheckpoint.require();
    Path folder = work.resolve("model");
    var model = LoadedModel.load(stories.folder());
    ModelShape padded = widened(model.shape(), 192);
    float[] flat = pad(model, padded);
    LoadedModel.save(folder, padded, flat, DType.F32, stories.folder(), Long.MAX_VALUE);
    compare(folder, Arrays.copyOf(stories.ids(), 100));
  }

  private static void compare(Path folder, int[] ids) throws Exception {
    double[][] expected = jlama(folder, ids);
    double[][] actual = decoder(folder, ids);
    assertEquals(ids.length, expected.length);
    for (int t = 0; t < ids.length; t++) {
      assertArrayEquals(expected[t], actual[t], 1e-3, "after token " + t);
    }
  }

  private static double[][] decoder(Path folder, int[] ids) {
    var model = LoadedModel.load(folder);
    try (var noGrad = new NoGradGuard();
        var scope = new PointerScope();
        var parameters =
            Parameters.frozen(model.shape(), Tensors.ofFloats(model.flat(), model.flat().length));
        var decoder = new Decoder(parameters)) {
      double[] flat =
          Tensors.doubles(decoder.logits(decoder.hidden(PackedRows.oneEach(new int[][] {ids}))));
      int vocab = model.shape().vocab();
      return IntStream.range(0, ids.length)
          .mapToObj(t -> Arrays.copyOfRange(flat, t * vocab, (t + 1) * vocab))
          .toArray(double[][]::new);
    }
  }

  private static double[][] jlama(Path folder, int[] ids) throws Exception {
    String tests =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    var process =
        new ProcessBuilder(
                java.toString(),
                "--add-modules=jdk.incubator.vector",
                "-XX:MaxVectorSize=32", // its kernels need widths that are multiples of the vector
                "-cp",
                Path.of("target/jlama").toAbsolutePath() + "/*" + File.pathSeparator + tests,
                "src/test/jlama/JlamaLogits.java",
                folder.toString(),
                IntStream.of(ids).mapToObj(Integer::toString).collect(Collectors.joining(",")))
            .redirectErrorStream(true)
            .start();
    var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
    return output
        .lines()
        .filter(line -> line.startsWith("logits ["))
        .map(line -> line.substring("logits [".length(), line.length() - 1).split(", "))
        .map(values -> Stream.of(values).mapToDouble(Double::parseDouble).toArray())
        .toArray(double[][]::new);
  }

  /** The same model with a wider feed-forward layer: Jlama's kernels take no width of 172. */
  private static ModelShape widened(ModelShape s, int intermediate) {
    return new ModelShape(
        s.family(),
        s.vocab(),
        s.hidden(),
        s.layers(),
        s.heads(),
        s.kvHeads(),
        s.headDim(),
        intermediate,
        s.maxPositions(),
        s.rope(),
        s.rmsNormEps(),
        s.attention(),
        s.tiedEmbeddings());
  }

  /** Weights with zeros where the layer is wider, which leaves every output as it was. */
  private static float[] pad(LoadedModel model, ModelShape shape) {
    var from = ParameterLayout.of(model.shape());
    var to = ParameterLayout.of(shape);
    var padded = new float[(int) to.size()];
    for (var entry : from.entries()) {
      var target = to.entry(entry.name());
      int width = (int) entry.shape()[entry.shape().length - 1];
      int wide = (int) target.shape()[target.shape().length - 1];
      for (int row = 0; row < entry.size() / width; row++) {
        int source = (int) entry.offset() + row * width;
        System.arraycopy(model.flat(), source, padded, (int) target.offset() + row * wide, width);
      }
    }
    return padded;
  }

  private static Optional<Path> newerJdk() {
    Path here = Path.of(System.getProperty("java.home")).toAbsolutePath();
    String given = System.getenv("JLAMA_JAVA_HOME");
    File[] beside = here.getParent().toFile().listFiles();
    Stream<Path> homes =
        given != null
            ? Stream.of(Path.of(given))
            : Arrays.stream(Objects.requireNonNullElse(beside, new File[0])).map(File::toPath);
    return homes
        .filter(home -> version(home) >= 21)
        .map(home -> home.resolve("bin/java"))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** The feature release that the JDK's {@code release} file names; 0 if it has none. */
  private static int version(Path home) {
    try {
      List<String> lines = Files.readAllLines(home.resolve("release"));
      return lines.stream()
          .filter(line -> line.startsWith("JAVA_VERSION="))
          .map(line -> line.replaceAll("JAVA_VERSION=\"(\\d+).*", "$1"))
          .mapToInt(Integer::parseInt)
          .findFirst()
          .orElse(0);
    } catch (java.io.IOException e) {
      return 0;
    }
  }
}
