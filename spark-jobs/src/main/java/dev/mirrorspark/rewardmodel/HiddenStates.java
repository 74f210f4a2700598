package dev.mirrorspark.rewardmodel;

import dev.mirrorspark.config.RewardModelConfig;
import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.model.Decoder;
import dev.mirrorspark.model.PackedRows;
import dev.mirrorspark.model.Parameters;
import dev.mirrorspark.model.Tensors;
import dev.mirrorspark.policy.PolicyHost;
import dev.mirrorspark.policy.PolicyVersion;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * What a policy makes of triples: its hidden states after the last norm, at the last tokens of the
 * filled template, and their mean over all tokens. Runs in Spark tasks with the policy that the
 * executor holds.
 *
 * @param policy the policy that reads; its weights stay as they are
 * @param place device, precision and threads
 * @param batchTokens tokens of a forward pass at most, padding included; at least one text
 */
record HiddenStates(
    PolicyVersion policy, RunConfig.Model place, RewardModelConfig.ValueHead head, int batchTokens)
    implements FlatMapFunction<Iterator<Triple>, HiddenStates.Features> {

  /**
   * The features of a triple.
   *
   * @param values see {@link HiddenStates#width}; empty where the text is too long for the policy
   * @param tokens tokens of the text
   */
  record Features(ResponseKey key, float[] values, int tokens) implements Serializable {
    boolean present() {
      return values.length > 0;
    }
  }

  private record Text(ResponseKey key, int[] tokens) {}

  /** Number of features: the states of the last tokens, the last one first, then the mean. */
  static int width(RewardModelConfig.ValueHead head, int hidden) {
    return hidden * (head.lastTokens() + (head.mean() ? 1 : 0));
  }

  @Override
  public Iterator<Features> call(Iterator<Triple> triples) {
    List<Features> features = new ArrayList<>();
    if (!triples.hasNext()) {
      return features.iterator();
    }
    try (var lease = PolicyHost.lease(policy.weights(), place)) {
      int longest = lease.shape().maxPositions();
      List<Text> fitting = new ArrayList<>();
      for (Text text : tokenized(triples)) {
        if (text.tokens().length <= longest && text.tokens().length > 0) {
          fitting.add(text);
        } else {
          features.add(new Features(text.key(), new float[0], text.tokens().length));
        }
      }
      fitting.sort(Comparator.comparingInt((Text text) -> text.tokens().length));
      try (var parameters = Parameters.frozen(lease.shape(), lease.flat());
          var decoder = new Decoder(parameters)) {
        int from = 0;
        while (from < fitting.size()) {
          int to = from + 1;
          while (to < fitting.size()
              && (to + 1 - from) * fitting.get(to).tokens().length <= batchTokens) {
            to++;
          }
          read(decoder, fitting.subList(from, to), features);
          from = to;
        }
      }
    }
    return features.iterator();
  }

  private List<Text> tokenized(Iterator<Triple> triples) {
    List<Text> texts = new ArrayList<>();
    try (var tokenizer = policy.tokenizer()) {
      triples.forEachRemaining(
          triple ->
              texts.add(
                  new Text(triple.key(), tokenizer.encodeText(triple.in(head.template()), true))));
    }
    return texts;
  }

  private void read(Decoder decoder, List<Text> texts, List<Features> features) {
    if (TaskContext.get().isInterrupted()) {
      throw new TaskKilledException("reading was interrupted");
    }
    try (var scope = new PointerScope()) {
      var rows = PackedRows.oneEach(texts.stream().map(Text::tokens).toArray(int[][]::new));
      Tensor states = decoder.hidden(rows);
      int hidden = Math.toIntExact(states.size(1));
      float[] last = last(states, texts, rows.length());
      float[] mean = head.mean() ? mean(states, texts, rows.length()) : new float[0];
      for (int i = 0; i < texts.size(); i++) {
        int length = texts.get(i).tokens().length;
        float[] values = new float[width(head, hidden)];
        int ends = head.lastTokens() * hidden;
        int there = Math.min(head.lastTokens(), length) * hidden; // of a short text the rest is 0
        System.arraycopy(last, i * ends, values, 0, there);
        if (head.mean()) {
          System.arraycopy(mean, i * hidden, values, ends, hidden);
        }
        features.add(new Features(texts.get(i).key(), values, length));
      }
    }
  }

  /** The states of the last tokens of each text {@code [texts * lastTokens * hidden]}. */
  private float[] last(Tensor states, List<Text> texts, int rowLength) {
    int[] places = new int[texts.size() * head.lastTokens()];
    for (int row = 0; row < texts.size(); row++) {
      int end = texts.get(row).tokens().length - 1;
      for (int back = 0; back < head.lastTokens(); back++) {
        places[row * head.lastTokens() + back] = row * rowLength + Math.max(0, end - back);
      }
    }
    return places.length == 0
        ? new float[0]
        : Tensors.floats(states.index_select(0, Tensors.indices(places, states.device())));
  }

  /** The mean state of each text {@code [texts * hidden]}. */
  private static float[] mean(Tensor states, List<Text> texts, int rowLength) {
    int rows = texts.size();
    float[] weights = new float[rows * rowLength];
    for (int row = 0; row < rows; row++) {
      int length = texts.get(row).tokens().length;
      for (int i = 0; i < length; i++) {
        weights[row * rowLength + i] = 1f / length;
      }
    }
    Tensor weight =
        Tensors.ofFloats(weights, rows, 1, rowLength).to(states.device(), ScalarType.Float);
    Tensor wide = states.to(ScalarType.Float).view(rows, rowLength, states.size(1));
    return Tensors.floats(weight.matmul(wide));
  }
}
