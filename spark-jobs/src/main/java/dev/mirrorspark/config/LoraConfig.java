package dev.mirrorspark.config;

import java.io.Serializable;
import java.util.List;

/**
 * Section {@code model.lora}: low-rank adapters that alone are trained (Hu et al., 2021): a
 * projection's weights W act as W + (alpha / rank)·B·A.
 *
 * @param rank rows of each A and columns of each B; 0: no adapters, all weights are trained
 * @param alpha factor of B·A times the rank
 * @param targets the projections that have adapters, of {@link #PROJECTIONS}
 */
public record LoraConfig(int rank, double alpha, List<String> targets) implements Serializable {
  /** The projections of a layer, in the order of its parameters. */
  public static final List<String> PROJECTIONS =
      List.of("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj");

  /** No adapters. */
  public static final LoraConfig NONE = new LoraConfig(0, 16, PROJECTIONS);

  public LoraConfig {
    targets = List.copyOf(targets);
  }

  /** Whether there are adapters. */
  public boolean present() {
    return rank > 0;
  }

  /** The factor of B·A. */
  public double scale() {
    return alpha / rank;
  }

  /** Whether both mean the same adapters: the order of targets says nothing. */
  public boolean sameAs(LoraConfig other) {
    return rank == other.rank
        && alpha == other.alpha
        && targets.size() == other.targets.size()
        && targets.containsAll(other.targets);
  }
}
