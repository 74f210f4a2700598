package dev.mirrorspark.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.model.Decoder;
import dev.mirrorspark.model.PackedRows;
import dev.mirrorspark.model.Parameters;
import dev.mirrorspark.model.Tensors;
import dev.mirrorspark.train.SequencePacking.MicroBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.Test;

class SequencePackingTest {

  private static List<TrainSequence> ofLengths(int count, long seed) {
    var random = new Random(seed);
    List<TrainSequence> sequences = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int length = (int) Math.max(20, Math.min(190, 90 + 35 * random.nextGaussian()));
      int[] tokens = random.ints(length, 1, 40).toArray();
      sequences.add(new TrainSequence("s" + i, tokens, 15, new float[0], 0, 1));
    }
    return sequences;
  }

  @Test
  void keepsEverySequenceOnceAndWhole() {
    List<TrainSequence> sequences = ofLengths(150, 1);
    var seen = new HashSet<String>();
    for (MicroBatch batch : SequencePacking.pack(sequences, 256, 1024)) {
      PackedRows rows = batch.rows();
      assertTrue(rows.tokens().length <= 1024);
      int used = 0;
      for (int s = 0; s < batch.sequences().size(); s++) {
        int[] tokens = batch.sequences().get(s).tokens();
        assertTrue(seen.add(batch.sequences().get(s).key()));
        int start = batch.starts()[s];
        assertEquals(start / rows.length(), (start + tokens.length - 1) / rows.length());
        assertArrayEquals(tokens, Arrays.copyOfRange(rows.tokens(), start, start + tokens.length));
        for (int i = 0; i < tokens.length; i++) {
          assertEquals(i, rows.positions()[start + i]);
          assertEquals(s, rows.sequences()[start + i]);
        }
        used += tokens.length;
      }
      assertEquals(used, rows.used(), "no overlap");
    }
    assertEquals(sequences.size(), seen.size());
  }

  @Test
  void wastesLittleOnPadding() {
    List<MicroBatch> batches = SequencePacking.pack(ofLengths(256, 2), 256, 4096);
    long all = batches.stream().mapToLong(batch -> batch.rows().tokens().length).sum();
    long used = batches.stream().mapToLong(batch -> batch.rows().used()).sum();
    assertTrue(1 - (double) used / all < 0.1, "padding " + (1 - (double) used / all));
  }

  @Test
  void doesNotDependOnTheOrderGiven() {
    List<TrainSequence> sequences = ofLengths(60, 3);
    List<TrainSequence> shuffled = new ArrayList<>(sequences);
    Collections.shuffle(shuffled, new Random(4));
    List<MicroBatch> one = SequencePacking.pack(sequences, 256, 1024);
    List<MicroBatch> other = SequencePacking.pack(shuffled, 256, 1024);
    for (int i = 0; i < one.size(); i++) {
      assertArrayEquals(one.get(i).rows().tokens(), other.get(i).rows().tokens());
    }
  }

  @Test
  void attentionStaysWithinASequence() {
    var shape = TinyModels.QWEN;
    float[] flat = TinyModels.narrow(TinyModels.weights(shape, 5));
    List<TrainSequence> sequences = TinyModels.sequences(12, shape.vocab(), 6);
    try (var scope = new PointerScope();
        var parameters = Parameters.frozen(shape, Tensors.ofFloats(flat, flat.length));
        var decoder = new Decoder(parameters)) {
      for (MicroBatch batch : SequencePacking.pack(sequences, 40, 120)) {
        float[] packed = logprobs(decoder, batch.rows());
        for (int s = 0; s < batch.sequences().size(); s++) {
          int[] tokens = batch.sequences().get(s).tokens();
          float[] alone = logprobs(decoder, PackedRows.oneEach(new int[][] {tokens}));
          int from = batch.starts()[s] * shape.vocab();
          assertArrayEquals(alone, Arrays.copyOfRange(packed, from, from + alone.length), 1e-5f);
        }
      }
    }
  }

  /** Log-probs of every token at every place of the rows. */
  private static float[] logprobs(Decoder decoder, PackedRows rows) {
    return Tensors.floats(decoder.logits(decoder.hidden(rows)).log_softmax(1));
  }
}
