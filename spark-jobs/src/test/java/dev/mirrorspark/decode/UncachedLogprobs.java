package dev.mirrorspark.decode;

import dev.mirrorspark.model.Decoder;
import dev.mirrorspark.model.ModelShape;
import dev.mirrorspark.model.PackedRows;
import dev.mirrorspark.model.Parameters;
import dev.mirrorspark.model.Tensors;
import java.util.Arrays;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;

/** Log-probs of a response by one forward pass over the whole sequence, without a cache. */
public final class UncachedLogprobs {
  private UncachedLogprobs() {}

  /**
   * Log-probs of the next token {@code [tokens, vocab]} at a temperature, after each token but the
   * last of prompt and response from the prompt's end on.
   */
  public static double[][] distributions(
      ModelShape shape, float[] flat, int[] prompt, int[] response, double temperature) {
    int[] tokens = Arrays.copyOf(prompt, prompt.length + response.length - 1);
    System.arraycopy(response, 0, tokens, prompt.length, response.length - 1);
    try (var scope = new PointerScope();
        var noGradient = new NoGradGuard();
        var parameters = Parameters.frozen(shape, Tensors.ofFloats(flat, flat.length));
        var decoder = new Decoder(parameters)) {
      var hidden = decoder.hidden(PackedRows.oneEach(new int[][] {tokens}));
      double[] logits = Tensors.doubles(decoder.logits(hidden));
      double[][] result = new double[response.length][];
      for (int t = 0; t < result.length; t++) {
        int from = (prompt.length - 1 + t) * shape.vocab();
        result[t] = logSoftmax(Arrays.copyOfRange(logits, from, from + shape.vocab()), temperature);
      }
      return result;
    }
  }

  private static double[] logSoftmax(double[] logits, double temperature) {
    double max = Arrays.stream(logits).max().orElseThrow();
    double sum = Arrays.stream(logits).map(x -> Math.exp((x - max) / temperature)).sum();
    return Arrays.stream(logits).map(x -> (x - max) / temperature - Math.log(sum)).toArray();
  }
}
