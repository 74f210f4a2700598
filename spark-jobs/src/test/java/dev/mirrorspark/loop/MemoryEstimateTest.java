package dev.mirrorspark.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.loop.MemoryEstimate.Circumstances;
import dev.mirrorspark.loop.MemoryEstimate.Part;
import dev.mirrorspark.model.ModelShape;
import dev.mirrorspark.model.ParameterLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MemoryEstimateTest {
  /** 3 layers, 8 wide, 2 heads of 4 over one key head, 10 between, 11 tokens, tied. */
  private static final ModelShape SHAPE =
      new ModelShape("llama", 11, 8, 3, 2, 1, 4, 10, 4096, 1e4, 1e-6, false, false, true);

  /** Embedding 11·8, last norm 8; a layer: norms 16, q 64, k and v 32 each, o 64, 3 · 80. */
  private static final long PARAMETERS = 88 + 8 + 3 * (16 + 64 + 32 + 32 + 64 + 240);

  private static final long GIB = 1L << 30;

  private static RunConfig config(String... more) {
    List<String> sets =
        new ArrayList<>(
            List.of(
                "update.micro_batch_tokens=1000",
                "update.head_tokens=100",
                "rollout.slots=5",
                "rollout.max_tokens=30"));
    sets.addAll(List.of(more));
    return RunFile.load(Optional.empty(), sets);
  }

  private static MemoryEstimate estimate(int length, String... more) {
    return MemoryEstimate.of(
        SHAPE, config(more), new Circumstances(length, 20, 2, 7, ParameterLayout.of(SHAPE).size()));
  }

  private static long bytes(List<Part> parts, String name) {
    return parts.stream()
        .filter(part -> part.name().startsWith(name))
        .mapToLong(Part::bytes)
        .reduce((a, b) -> a + b)
        .orElseThrow();
  }

  @Test
  void whatIsInProportionToTheParameters() {
    var fp32 = estimate(50).update();
    assertEquals(4 * PARAMETERS, bytes(fp32, "weights, fp32"));
    assertEquals(2 * 4 * PARAMETERS, bytes(fp32, "gradients"));
    assertEquals(4 * PARAMETERS, bytes(fp32, "sum of"));
    assertEquals(8 * PARAMETERS, bytes(fp32, "AdamW"));
    var bf16 = estimate(50, "model.precision=bf16", "update.ranks=5");
    assertEquals(2 * PARAMETERS, bytes(bf16.update(), "weights of computing"));
    assertEquals(5 * 4 * PARAMETERS, bytes(bf16.update(), "gradients"));
    assertEquals(2 * PARAMETERS, bytes(bf16.rollout(), "weights"));
    assertEquals(4 * PARAMETERS, bytes(bf16.rollout(), "fp32 state"));
  }

  @Test
  void keptActivationsTensorByTensor() {
    // stream and its gradient 16; a layer: two norms 16, mixed 8, gate and up 20, silu 10,
    // q and out 16, k and v 8, scores 2 heads · 50; the scales of both norms are 2 heads' worth
    long table = 1000 * 4 * (16 + 3 * (16 + 8 + 20 + 10 + 16 + 8 + 100 + 2));
    assertEquals(2 * table, bytes(estimate(50).update(), "activations kept"));
    // the fused kernel holds queries with keys 12, all three 16, out 8, and no scores
    long fused = 1000 * 4 * (16 + 3 * (16 + 8 + 20 + 10 + 12 + 16 + 8 + 2));
    assertEquals(2 * fused, bytes(estimate(300).update(), "activations kept"));
    long inputs = 1000 * 4 * (16 + 3 * 8);
    var again = estimate(300, "update.recompute=true").update();
    assertEquals(2 * inputs, bytes(again, "activations kept"));
  }

  @Test
  void aLongerSequenceHasAMicroBatchOfItsOwn() {
    assertEquals(
        2 * bytes(estimate(1000).update(), "activations kept"),
        bytes(estimate(2000).update(), "activations kept"));
  }

  @Test
  void cachesOfEveryTask() {
    // keys and values, 3 layers, 5 slots, 4 wide, 20 + 30 tokens, 4 bytes, two tasks
    assertEquals(2 * 3 * 5 * 4 * 50 * 4 * 2, bytes(estimate(50).rollout(), "caches"));
    // of whole numbers: 4 bytes wide, and a scale of 4 bytes for the one head
    assertEquals(
        2 * 3 * 5 * (4 + 4) * 50 * 2,
        bytes(estimate(50, "rollout.cache_type=int8").rollout(), "caches"));
    // in whole pages, and those of a shared prompt: six times 128 tokens, 2 bytes, one task
    assertEquals(
        2 * 3 * 6 * 4 * 128 * 2,
        bytes(estimate(50, "model.precision=bf16", "rollout.partitions=1").rollout(), "caches"));
  }

  @Test
  void whatCannotFitIsRefusedWithTheKeyThatMends() {
    long needed = 20 * GIB + MemoryEstimate.RUNTIME;
    for (String key : List.of("rollout.slots", "update.ranks", "update.micro_batch_tokens")) {
      var estimate =
          new MemoryEstimate(
              List.of(new Part("small", GIB, "other"), new Part("large", 19 * GIB, key)),
              List.of(new Part("rollout", 2 * GIB, "third")),
              4 * GIB);
      assertEquals(key, estimate.key());
      assertEquals(needed + 4 * GIB, estimate.total());
      var refused =
          assertThrows(UserError.class, () -> new MachineMemory(16 * GIB, 8 * GIB).check(estimate));
      assertTrue(refused.getMessage().startsWith(key + ": "), refused.getMessage());
      assertTrue(refused.getMessage().contains("16.0 GiB"), refused.getMessage());
      // within the margin: a line, no refusal
      var warning = new MachineMemory(19 * GIB, 19 * GIB).check(estimate);
      assertTrue(warning.orElseThrow().contains(key), warning.toString());
      assertEquals(Optional.empty(), new MachineMemory(64 * GIB, 60 * GIB).check(estimate));
    }
  }

  @Test
  void theRolloutCountsWhereItIsLarger() {
    var estimate =
        new MemoryEstimate(
            List.of(new Part("update", GIB, "update.ranks")),
            List.of(new Part("weights", GIB, "model.precision"), new Part("c", 2 * GIB, "slots")),
            0);
    assertEquals(3 * GIB, estimate.tensors());
    assertEquals("slots", estimate.key());
  }

  @Test
  void thisMachineHasMemory() {
    var here = MachineMemory.read().orElseThrow();
    assertTrue(here.total() > 100 << 20 && here.available() <= here.total(), here.toString());
  }
}
