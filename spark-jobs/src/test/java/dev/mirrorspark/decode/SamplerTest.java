package dev.mirrorspark.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.model.ModelShape;
import dev.mirrorspark.model.Tensors;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Draws against the distribution in float64. */
class SamplerTest {

  private record Drawn(int[] ids, double[] logprobs) {}

  private static ModelShape shape(int vocab) {
    return new ModelShape("llama", vocab, 8, 1, 2, 1, 4, 8, 32, 10_000, 1e-5, false, false, true);
  }

  private static Sampling sampling(double temperature, Truncation truncation) {
    return new Sampling(temperature, 10, 0, 0, 0, truncation, List.of(), Set.of());
  }

  /** A row of the same logits for each number. */
  private static Drawn draw(
      double[] logits, double[] uniforms, Sampling sampling, Set<Integer> ends, boolean early) {
    int rows = uniforms.length;
    int vocab = logits.length;
    float[] all = new float[rows * vocab];
    boolean[] tooEarly = new boolean[rows];
    Arrays.fill(tooEarly, early);
    for (int i = 0; i < all.length; i++) {
      all[i] = (float) logits[i % vocab];
    }
    try (var scope = new PointerScope()) {
      Tensor tensor = Tensors.ofFloats(all, rows, vocab);
      try (var sampler = new Sampler(shape(vocab), rows, sampling, ends, tensor)) {
        var picks = sampler.draw(tensor, uniforms, tooEarly);
        long[] ids = Tensors.longs(picks.ids());
        return new Drawn(
            Arrays.stream(ids).mapToInt(Math::toIntExact).toArray(),
            Tensors.doubles(picks.logprobs()));
      }
    }
  }

  /** Logits of deviation 2, none at both ends and in the middle. */
  private static double[] logits(int vocab, long seed) {
    var random = new Random(seed);
    double[] logits = random.doubles(vocab).map(x -> (float) (8 * (x - 0.5))).toArray();
    for (int at : new int[] {0, vocab / 2, vocab - 1}) {
      logits[at] = Double.NEGATIVE_INFINITY;
    }
    return logits;
  }

  private static double[] softmax(double[] logits, double temperature) {
    double max = Arrays.stream(logits).max().orElseThrow();
    double[] p = Arrays.stream(logits).map(x -> Math.exp((x - max) / temperature)).toArray();
    double sum = Arrays.stream(p).sum();
    return Arrays.stream(p).map(x -> x / sum).toArray();
  }

  /** One level, two with a whole last block, two with a part of one, more rows than fit at once. */
  @ParameterizedTest(name = "vocabulary of {0} at {1}")
  @CsvSource({"17, 1", "512, 0.7", "513, 1", "768, 1.3", "1000, 1", "5001, 0.5", "151936, 1"})
  void aNumberFindsItsPlaceInTheCumulativeDistribution(int vocab, double temperature) {
    double[] logits = logits(vocab, 3);
    double[] p = softmax(logits, temperature);
    double[] sums = p.clone();
    Arrays.parallelPrefix(sums, Double::sum);
    var random = new Random(5);
    int rows = vocab > 10_000 ? 40 : 400;
    double[] uniforms = random.doubles(rows).toArray();
    uniforms[0] = 0;
    uniforms[1] = Math.nextDown(1.0);
    var drawn = draw(logits, uniforms, sampling(temperature, Truncation.NONE), Set.of(), false);
    for (int row = 0; row < rows; row++) {
      int id = drawn.ids()[row];
      assertTrue(p[id] > 0, "token " + id + " of row " + row);
      assertTrue(sums[id] >= uniforms[row] - 2e-6, "row " + row);
      assertTrue(sums[id] - p[id] <= uniforms[row] + 2e-6, "row " + row);
      assertEquals(Math.log(p[id]), drawn.logprobs()[row], 2e-5, "row " + row);
    }
  }

  @ParameterizedTest(name = "vocabulary of {0}")
  @ValueSource(ints = {30, 700})
  void frequenciesPassAChiSquareTest(int vocab) {
    double[] logits = logits(vocab, 7);
    double[] p = softmax(logits, 1);
    int count = 20_000;
    double[] uniforms =
        IntStream.range(0, count)
            .mapToDouble(i -> Seeds.uniform(Seeds.response(1, 2, "p", i), 3))
            .toArray();
    int[] seen = new int[vocab];
    for (int id : draw(logits, uniforms, sampling(1, Truncation.NONE), Set.of(), false).ids()) {
      seen[id]++;
    }
    double chiSquare = 0;
    int cells = 0;
    double expected = 0;
    int got = 0;
    for (int id = 0; id < vocab; id++) { // cells of at least ten expected draws
      expected += p[id] * count;
      got += seen[id];
      if (expected >= 10 || id == vocab - 1) {
        chiSquare += (got - expected) * (got - expected) / Math.max(expected, 1);
        cells++;
        expected = 0;
        got = 0;
      }
    }
    int freedom = cells - 1;
    assertTrue(chiSquare < freedom + 4 * Math.sqrt(2.0 * freedom), chiSquare + " of " + freedom);
    assertTrue(chiSquare > freedom - 4 * Math.sqrt(2.0 * freedom), chiSquare + " of " + freedom);
  }

  @Test
  void theSameNumbersGiveTheSameTokens() {
    double[] logits = logits(1000, 9);
    double[] uniforms = new Random(1).doubles(300).toArray();
    var sampling = sampling(1, Truncation.NONE);
    int[] first = draw(logits, uniforms, sampling, Set.of(), false).ids();
    for (int row = 0; row < 300; row += 37) { // whatever other rows there are
      double[] alone = {uniforms[row]};
      assertEquals(first[row], draw(logits, alone, sampling, Set.of(), false).ids()[0]);
    }
  }

  @ParameterizedTest(name = "top_k {0}, top_p {1}, min_p {2}")
  @CsvSource({"1, 1, 0", "5, 1, 0", "0, 0.6, 0", "0, 0.05, 0", "0, 1, 0.3", "40, 0.9, 0.1"})
  void onlyTheLikelyOnesAreDrawnAndKeepTheirLogprobs(int topK, double topP, double minP) {
    double[] logits = logits(600, 11);
    double[] p = softmax(logits, 1);
    List<Integer> kept =
        IntStream.range(0, p.length)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> -p[i]))
            .limit(topK == 0 ? p.length : topK)
            .toList();
    double all = kept.stream().mapToDouble(i -> p[i]).sum();
    double sum = 0;
    var expected = new TreeSet<Integer>();
    for (int id : kept) {
      if (sum < topP * all) {
        expected.add(id);
      }
      sum += p[id];
    }
    expected.removeIf(id -> p[id] < minP * p[kept.get(0)]);
    double weight = expected.stream().mapToDouble(i -> p[i]).sum();
    int rows = 4000;
    double[] uniforms = IntStream.range(0, rows).mapToDouble(i -> (i + 0.5) / rows).toArray();
    var truncation = new Truncation(topK, topP, minP, 0);
    var drawn = draw(logits, uniforms, sampling(1, truncation), Set.of(), false);
    var counts = new int[p.length];
    for (int row = 0; row < rows; row++) {
      int id = drawn.ids()[row];
      assertTrue(expected.contains(id), "token " + id);
      assertEquals(Math.log(p[id]), drawn.logprobs()[row], 2e-5);
      counts[id]++;
    }
    for (int id : expected) { // in the proportions that they had
      assertEquals(p[id] / weight * rows, counts[id], 1.01, "token " + id);
    }
  }

  @ParameterizedTest(name = "temperature {0}")
  @ValueSource(doubles = {0, 1})
  void aResponseThatIsTooShortDoesNotEnd(double temperature) {
    double[] logits = logits(40, 13);
    logits[7] = 30; // the policy is sure to end
    logits[9] = 29;
    double[] uniforms = new Random(1).doubles(50).toArray();
    var ends = Set.of(7, 9);
    var sampling = sampling(temperature, Truncation.NONE);
    for (int id : draw(logits, uniforms, sampling, ends, true).ids()) {
      assertFalse(ends.contains(id));
    }
    var open = draw(logits, uniforms, sampling, ends, false);
    assertTrue(Arrays.stream(open.ids()).allMatch(ends::contains));
  }
}
