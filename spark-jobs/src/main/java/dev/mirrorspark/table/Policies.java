package dev.mirrorspark.table;

import static dev.mirrorspark.table.TableSchema.DOUBLE;
import static dev.mirrorspark.table.TableSchema.INT;
import static dev.mirrorspark.table.TableSchema.LONG;
import static dev.mirrorspark.table.TableSchema.RUN;
import static dev.mirrorspark.table.TableSchema.TEXT;
import static dev.mirrorspark.table.TableSchema.columns;
import static dev.mirrorspark.table.TableSchema.optional;
import static dev.mirrorspark.table.TableSchema.required;

import java.io.Serializable;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;

/** Table {@code policies}: one row is one version of a run's policy. */
public final class Policies {
  public static final String VERSION = "version";
  public static final String PARENT = "parent";
  public static final String CHECKPOINT = "checkpoint";
  public static final String SHA256 = "sha256";
  public static final String PRODUCED_BY = "produced_by";
  public static final String ITERATION = "iteration";
  public static final String STEPS = "steps";
  public static final String EXPORT_SHA256 = "export_sha256";
  public static final String METHOD = "method";
  public static final String PARENTS = "parents";

  public static final TableSchema TABLE =
      new TableSchema(
          "policies",
          "One row is one version of a run's policy.",
          columns(
              TableSchema.run(),
              required(VERSION, INT, "version of the policy, from 0"),
              optional(PARENT, INT, "version it was trained from; null for the first"),
              required(CHECKPOINT, TEXT, "Hugging Face folder of the weights"),
              required(
                  SHA256,
                  TEXT,
                  "SHA-256 over name, type and SHA-256 of the bytes of each tensor, ordered by name;"
                      + " of the fp32 state where the folder has one"),
              required(PRODUCED_BY, TEXT, "init, sft or rl"),
              optional(ITERATION, INT, "iteration that trained it; null unless rl"),
              required(
                  STEPS,
                  DataTypes.createArrayType(
                      columns(
                          optional("step", INT, "index of the optimizer step, from 0"),
                          optional("loss", DOUBLE, "loss before the step"),
                          optional("grad_norm", DOUBLE, "global gradient norm before clipping"),
                          optional("learning_rate", DOUBLE, "learning rate of the step"),
                          optional("tokens", LONG, "tokens that the step trained on"),
                          optional(
                              "logratio_rms",
                              DOUBLE,
                              "root mean square of the whole-response log-ratio; null in a"
                                  + " warm-up"),
                          optional("seconds", DOUBLE, "seconds that the step took"))),
                  "the optimizer steps that produced it; empty for init"),
              optional(
                  EXPORT_SHA256,
                  TEXT,
                  "SHA-256 over the 16-bit tensors of a folder whose fp32 state sha256 is of; null"
                      + " otherwise"),
              optional(
                  METHOD,
                  TEXT,
                  "how, where produced_by does not say it: merge (an init), shortest or dpo (each an"
                      + " sft); null otherwise"),
              optional(
                  PARENTS,
                  DataTypes.createArrayType(
                      columns(
                          optional("folder", TEXT, "Hugging Face folder of the model"),
                          optional("run", TEXT, "run that it is a policy of; null if of none"),
                          optional("version", INT, "its version there; null if it has none"),
                          optional("sha256", TEXT, "SHA-256 of its tensors, as in sha256"),
                          optional("weight", DOUBLE, "its weight in the average; they sum to 1"))),
                  "the models that it is the average of, the first gave its tokenizer; null unless"
                      + " merge")),
          Map.of(
              "produced_by_known", "produced_by IN ('init', 'sft', 'rl')",
              "iteration_when_rl", "(produced_by = 'rl') = (iteration IS NOT NULL)",
              "parent_is_older", "version >= 0 AND (parent IS NULL OR parent < version)",
              "sha256_is_hex", "sha256 RLIKE '^[0-9a-f]{64}$'"),
          List.of(RUN, VERSION),
          List.of("steps.seconds"));

  private Policies() {}

  /** Where a policy version comes from. */
  public enum ProducedBy {
    INIT,
    SFT,
    RL;

    /** The name in column {@code produced_by}. */
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }

    static ProducedBy of(String text) {
      return valueOf(text.toUpperCase(Locale.ROOT));
    }
  }

  /**
   * One optimizer step.
   *
   * @param step index of the step within the version, from 0
   * @param loss loss before the step
   * @param gradNorm global gradient norm before clipping
   * @param tokens tokens trained on
   * @param logratioRms root mean square of the whole-response log-ratio in nats; NaN unless mirror
   *     descent
   */
  public record Step(
      int step,
      double loss,
      double gradNorm,
      double learningRate,
      long tokens,
      double logratioRms,
      double seconds)
      implements Serializable {

    Row toRow() {
      return RowFactory.create(
          step, loss, gradNorm, learningRate, tokens, Cells.orNull(logratioRms), seconds);
    }

    static Step from(Row row) {
      return new Step(
          row.getAs("step"),
          row.getAs("loss"),
          row.getAs("grad_norm"),
          row.getAs("learning_rate"),
          row.getAs("tokens"),
          Cells.orNaN(row, "logratio_rms"),
          row.getAs("seconds"));
    }
  }

  /** How a version came about, where {@link ProducedBy} does not say it. */
  public enum Method {
    /** The average of other models, an {@code INIT}. */
    MERGE,
    /** Trained on its own shortest correct responses, an {@code SFT}. */
    SHORTEST,
    /** Trained on preferences, an {@code SFT}. */
    DPO;

    /** The name in column {@code method}. */
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * A model that went into an average.
   *
   * @param run run that it is a policy of, with its version there; empty if of none
   * @param weight its weight; those of an average sum to 1
   */
  public record Parent(
      String folder, Optional<String> run, OptionalInt version, String sha256, double weight) {

    Row toRow() {
      return RowFactory.create(
          folder, Cells.orNull(run), Cells.orNull(version), sha256, Double.valueOf(weight));
    }

    static Parent from(Row row) {
      return new Parent(
          row.getAs("folder"),
          Optional.ofNullable(row.getAs("run")),
          Cells.orEmpty(row, "version"),
          row.getAs("sha256"),
          row.getAs("weight"));
    }
  }

  /**
   * One row of the table.
   *
   * @param parent version it was trained from, empty for the first
   * @param iteration iteration that trained it, empty unless {@code RL}
   * @param exportSha256 hash of the folder where {@code sha256} is of its state
   * @param method empty where {@code producedBy} says it all, and in rows of versions that lacked
   *     it
   * @param parents what it is the average of; none unless {@link Method#MERGE}
   */
  public record Policy(
      String run,
      int version,
      OptionalInt parent,
      String checkpoint,
      String sha256,
      ProducedBy producedBy,
      OptionalInt iteration,
      List<Step> steps,
      Optional<String> exportSha256,
      Optional<Method> method,
      List<Parent> parents) {

    public Policy {
      steps = List.copyOf(steps);
      parents = List.copyOf(parents);
    }

    /** A version without a {@link Method} of its own. */
    public Policy(
        String run,
        int version,
        OptionalInt parent,
        String checkpoint,
        String sha256,
        ProducedBy producedBy,
        OptionalInt iteration,
        List<Step> steps,
        Optional<String> exportSha256) {
      this(
          run,
          version,
          parent,
          checkpoint,
          sha256,
          producedBy,
          iteration,
          steps,
          exportSha256,
          Optional.empty(),
          List.of());
    }

    /** The same version, made so. */
    public Policy by(Method how, List<Parent> of) {
      return new Policy(
          run,
          version,
          parent,
          checkpoint,
          sha256,
          producedBy,
          iteration,
          steps,
          exportSha256,
          Optional.of(how),
          of);
    }

    /** The row in the column order of {@link #TABLE}. */
    public Row toRow() {
      return RowFactory.create(
          run,
          version,
          Cells.orNull(parent),
          checkpoint,
          sha256,
          producedBy.text(),
          Cells.orNull(iteration),
          steps.stream().map(Step::toRow).toList(),
          Cells.orNull(exportSha256),
          method.map(Method::text).orElse(null),
          parents.isEmpty() ? null : parents.stream().map(Parent::toRow).toList());
    }

    /** Reads a row with the columns of {@link #TABLE}, in any order. */
    public static Policy from(Row row) {
      return new Policy(
          row.getAs(RUN),
          row.getAs(VERSION),
          Cells.orEmpty(row, PARENT),
          row.getAs(CHECKPOINT),
          row.getAs(SHA256),
          ProducedBy.of(row.getAs(PRODUCED_BY)),
          Cells.orEmpty(row, ITERATION),
          Cells.<Row>list(row, STEPS).stream().map(Step::from).toList(),
          Optional.ofNullable(row.getAs(EXPORT_SHA256)),
          Optional.<String>ofNullable(row.getAs(METHOD))
              .map(text -> Method.valueOf(text.toUpperCase(Locale.ROOT))),
          Cells.<Row>list(row, PARENTS).stream().map(Parent::from).toList());
    }
  }
}
