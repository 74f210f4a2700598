package dev.mirrorspark.model;

import dev.mirrorspark.config.LoraConfig;
import dev.mirrorspark.model.Projection.Adapter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * The adapters of all layers as views of one flat tensor {@code [layout.size()]}.
 *
 * @param layout that of {@link ParameterLayout#ofAdapters}
 */
record Adapters(LoraConfig lora, ParameterLayout layout, Tensor flat) {
  private static final String PREFIX = "base_model.model.";
  private static final String WEIGHT = ".weight";

  static Adapters of(ModelShape shape, LoraConfig lora, Tensor flat) {
    var layout = ParameterLayout.ofAdapters(shape, lora);
    if (flat.numel() != layout.size()) {
      throw new IllegalArgumentException(
          "flat buffer has " + flat.numel() + " elements, the adapters need " + layout.size());
    }
    return new Adapters(lora, layout, flat);
  }

  /** The projection whose weights the parameter is, if it is one's. */
  static Optional<String> target(String parameter) {
    return LoraConfig.PROJECTIONS.stream()
        .filter(name -> parameter.endsWith("." + name + WEIGHT))
        .findFirst();
  }

  static String nameOfA(String weight) {
    return PREFIX + module(weight) + ".lora_A.weight";
  }

  static String nameOfB(String weight) {
    return PREFIX + module(weight) + ".lora_B.weight";
  }

  private static String module(String weight) {
    return weight.substring(0, weight.length() - WEIGHT.length());
  }

  /**
   * Those of the named parameters, which are neighbours of one product.
   *
   * @param base layout of the parameters
   * @param kept what keeps the views alive
   */
  List<Adapter> beside(ParameterLayout base, Kept kept, String... weights) {
    var found = new ArrayList<Adapter>();
    long first = 0;
    for (String weight : weights) {
      if (layout.byName().containsKey(nameOfA(weight))) {
        found.add(
            new Adapter(
                view(nameOfA(weight), kept), view(nameOfB(weight), kept), first, lora.scale()));
      }
      first += base.entry(weight).shape()[0];
    }
    return List.copyOf(found);
  }

  private Tensor view(String name, Kept kept) {
    var entry = layout.entry(name);
    return kept.keep(flat.narrow(0, entry.offset(), entry.size()).view(entry.shape()).detach());
  }
}
