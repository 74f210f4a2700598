package dev.mirrorspark.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * A resolved experiment file: a grid of runs, arms × seeds, and the questions that it answers (the
 * ablations of Kimi k1.5, 3.5).
 *
 * @param name first part of the name of every run
 * @param base the run file that every run starts from, relative to the experiment file
 * @param warehouse folder of the Delta tables
 * @param seeds one run of each arm a seed
 * @param set keys of the run file for every run
 * @param sharedWarmup whether the arms of a seed start from one warm-up, those that set keys of
 *     {@code init} or {@code sft} from one with these
 * @param warmup first part of the name of the warm-up runs, which experiments that give the same
 *     share; empty: the name of the experiment
 * @param arms what is compared; differences are taken to the first
 */
public record ExperimentConfig(
    String name,
    String base,
    String warehouse,
    List<Long> seeds,
    Map<String, JsonNode> set,
    boolean sharedWarmup,
    String warmup,
    List<Arm> arms,
    List<Question> questions) {

  /** One setting of the run file that is compared with others. */
  public record Arm(String name, Map<String, JsonNode> set) {
    public Arm {
      set = Collections.unmodifiableMap(new LinkedHashMap<>(set));
    }

    /** The number that it sets a dotted key of the run file to. */
    public OptionalDouble number(String key) {
      ObjectNode all = JsonNodeFactory.instance.objectNode();
      JsonNode value = all.setAll(set);
      for (String name : Keys.split(key)) {
        value = value.path(name);
      }
      return value.isNumber() ? OptionalDouble.of(value.doubleValue()) : OptionalDouble.empty();
    }
  }

  /**
   * One picture.
   *
   * @param name name of its file, without the ending
   * @param x {@code iteration}, {@code rollout_tokens}, {@code update_tokens} or {@code seconds},
   *     of which each arm has a curve; {@code mean_tokens}, against which each arm has a slope; or
   *     a dotted key of the run file, at whose values the arms end
   * @param y a metric of the iterations, or {@code eval greedy} or {@code eval sampling}
   * @param arms names of the arms that are drawn; empty: all
   */
  public record Question(String name, String title, String x, String y, List<String> arms) {
    public Question {
      arms = List.copyOf(arms);
    }

    /** Whether the picture shows an arm. */
    public boolean shows(String arm) {
      return arms.isEmpty() || arms.contains(arm);
    }

    /** Whether its x is mean tokens, its answer how accuracy rises with them. */
    public boolean ofLength() {
      return x.equals("mean_tokens");
    }

    /** Whether its x is a key of the run file. */
    public boolean ofKey() {
      return x.contains(".");
    }
  }

  public ExperimentConfig {
    seeds = List.copyOf(seeds);
    set = Collections.unmodifiableMap(new LinkedHashMap<>(set));
    arms = List.copyOf(arms);
    questions = List.copyOf(questions);
  }
}
