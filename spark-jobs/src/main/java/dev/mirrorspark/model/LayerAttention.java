package dev.mirrorspark.model;

import java.io.Serializable;
import java.util.Collections;
import java.util.List;

/**
 * What one layer's attention sees of its sequence.
 *
 * @param window how many positions a query sees, its own among them; 0: all before it
 * @param rotary whether queries and keys are turned by their position
 */
public record LayerAttention(int window, boolean rotary) implements Serializable {
  /** All earlier positions, with rotary positions. */
  static final LayerAttention FULL = new LayerAttention(0, true);

  static List<LayerAttention> full(int layers) {
    return Collections.nCopies(layers, FULL);
  }
}
