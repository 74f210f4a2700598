package dev.mirrorspark.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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

  /** One process for all models: it takes longer to start than to compute. */
  @Test
  void logitsEqualJlamas(@TempDir Path work) throws Exception {
    var ids = new LinkedHashMap<Path, int[]>();
    var llama = shape("llama", 4, 2, false);
    random(ids, work.resolve("all-heads"), shape("llama", 4, 4, true), 1_000_000);
    random(ids, work.resolve("grouped, sharded"), llama, 40_000);
    random(
        ids, work.resolve("scaled"), llama.with(new Rope(500, new RopeScaling.Linear(3))), 1 << 20);
    random(ids, work.resolve("qwen2"), shape("qwen2", 4, 2, true), 1_000_000);
    random(ids, work.resolve("qwen2, one key head"), shape("qwen2", 4, 1, false), 40_000);
    random(ids, work.resolve("mistral"), shape("mistral", 4, 2, false), 1_000_000);
    ids.put(
        trained(work.resolve("trained")), Arrays.copyOf(StoriesCheckpoint.require().ids(), 100));
    Iterator<double[]> expected = jlama(ids).iterator();
    ids.forEach(
        (folder, tokens) -> {
          double[][] actual = decoder(folder, tokens);
          for (int t = 0; t < tokens.length; t++) {
            assertArrayEquals(expected.next(), actual[t], 1e-3, folder + " after token " + t);
          }
        });
    assertFalse(expected.hasNext());
  }

  private static ModelShape shape(String family, int heads, int kvHeads, boolean tied) {
    boolean bias = family.equals("qwen2");
    return new ModelShape(
        family, VOCAB, 64, 3, heads, kvHeads, 16, 96, 64, 10_000, 1e-5, bias, false, tied);
  }

  private static void random(Map<Path, int[]> ids, Path work, ModelShape shape, long shardBytes) {
    float[] flat = RandomCheckpoint.flat(shape, 29);
    ids.put(
        RandomCheckpoint.save(work, shape, flat, DType.F32, shardBytes),
        new Random(3).ints(40, 3, VOCAB).toArray());
  }

  private static Path trained(Path folder) {
    var stories = StoriesCheckpoint.require();
    var model = LoadedModel.load(stories.folder());
    ModelShape padded = widened(model.shape(), 192);
    float[] flat = pad(model, padded);
    LoadedModel.save(folder, padded, flat, DType.F32, stories.folder(), Long.MAX_VALUE);
    return folder;
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

  /** Logits after every token of every folder, in their order. */
  private static List<double[]> jlama(Map<Path, int[]> ids) throws Exception {
    String tests =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    var command =
        new ArrayList<>(
            List.of(
                java.toString(),
                "--add-modules=jdk.incubator.vector",
                "-XX:MaxVectorSize=32", // its kernels need widths that are multiples of the vector
                "-cp",
                Path.of("target/jlama").toAbsolutePath() + "/*" + File.pathSeparator + tests,
                "src/test/jlama/JlamaLogits.java"));
    ids.forEach(
        (folder, tokens) -> {
          command.add(folder.toString());
          command.add(
              IntStream.of(tokens).mapToObj(Integer::toString).collect(Collectors.joining(",")));
        });
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
    return output
        .lines()
        .filter(line -> line.startsWith("logits ["))
        .map(line -> line.substring("logits [".length(), line.length() - 1).split(", "))
        .map(values -> Stream.of(values).mapToDouble(Double::parseDouble).toArray())
        .toList();
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
