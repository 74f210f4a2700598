package dev.mirrorspark.config;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A resolved long2short file (Kimi k1.5, 2.4): a model that reasons at length, one that answers
 * briefly, and the methods that are to give the one's skill in the other's length.
 *
 * @param name first part of the name of every run
 * @param base the run file that every run starts from, relative to this file
 * @param warehouse folder of the Delta tables
 * @param seeds everything is done once a seed
 * @param set keys of the run file for every run
 * @param longModel what {@code long} names
 * @param shortModel what {@code short} names
 * @param tolerance accuracy, in percentage points, that the best trade-off may cost
 * @param methods in the order in which they run
 */
public record Long2ShortConfig(
    String name,
    String base,
    String warehouse,
    List<Long> seeds,
    Map<String, JsonNode> set,
    Model longModel,
    Model shortModel,
    double tolerance,
    List<Step> methods) {

  /** The name by which {@code from} and {@code teacher} mean {@code long_model}. */
  public static final String LONG = "long";

  /** Likewise {@code short_model}. */
  public static final String SHORT = "short";

  /** In {@code from}: whatever has the best trade-off so far. */
  public static final String BEST = "best";

  /**
   * A model to begin with.
   *
   * @param path Hugging Face folder; empty: it is trained
   * @param from {@code long}: the training starts from it; empty: from the model of the base
   * @param set keys of the run file for its training
   */
  public record Model(String path, String from, Map<String, JsonNode> set) {
    public Model {
      set = Collections.unmodifiableMap(new LinkedHashMap<>(set));
    }
  }

  /**
   * One method.
   *
   * @param method {@code merge}, {@code shortest}, {@code dpo}, {@code distill} or {@code rl}
   * @param from names of what it starts from: one, for a merge two or more
   * @param weights of a merge; empty: all alike
   * @param teacher name of the teacher of {@code distill}
   * @param set keys of the run file for its run
   */
  public record Step(
      String name,
      String method,
      List<String> from,
      List<Double> weights,
      String teacher,
      Map<String, JsonNode> set) {
    public Step {
      from = List.copyOf(from);
      weights = List.copyOf(weights);
      set = Collections.unmodifiableMap(new LinkedHashMap<>(set));
    }
  }

  public Long2ShortConfig {
    seeds = List.copyOf(seeds);
    set = Collections.unmodifiableMap(new LinkedHashMap<>(set));
    methods = List.copyOf(methods);
  }
}
