package dev.mirrorspark.rewardmodel;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.files.Storage;
import dev.mirrorspark.policy.PolicyVersion;
import dev.mirrorspark.table.Policies;
import java.util.List;
import java.util.function.IntConsumer;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * The value head in a build for Spark 4, where there is none: Deeplearning4j on Spark is published
 * for Scala 2.12 alone. Whoever asks for one is told so.
 */
public final class ValueHead implements RewardModel {
  static final String VERIFIER = "value-head";

  private ValueHead() {}

  /** Never made here. */
  public record Training(ValueHead model, int triples, List<Policies.Step> epochs) {}

  /** Never made here. */
  public record Evaluation(int responses, double accuracy, double auc) {}

  /**
   * Refuses.
   *
   * @throws UserError always
   */
  public static Training train(
      JavaSparkContext spark,
      RunConfig config,
      PolicyVersion policy,
      List<LabelledTriple> triples,
      IntConsumer epoch) {
    throw absent();
  }

  static ValueHead read(Storage storage, String folder, Manifest manifest, PolicyVersion policy) {
    throw absent();
  }

  private static UserError absent() {
    return new UserError(
        "a reward model of kind value_head: is not in the build for Spark 4, since Deeplearning4j on"
            + " Spark is made for Scala 2.12 alone; use the build for Spark 3.5, or kind"
            + " chain_of_thought");
  }

  @Override
  public String verifier() {
    return VERIFIER;
  }

  @Override
  public List<ModelScore> score(Scoring scoring, List<Triple> triples) {
    throw absent();
  }

  /**
   * Refuses.
   *
   * @throws UserError always
   */
  public Evaluation evaluate(Scoring scoring, List<LabelledTriple> triples) {
    throw absent();
  }

  @Override
  public String sha256() {
    throw absent();
  }

  @Override
  public void write(Storage storage, String folder) {
    throw absent();
  }
}
