package dev.mirrorspark.config;

import java.io.Serializable;
import java.util.List;
import java.util.Map;

/**
 * A resolved run file: every setting of one training run.
 *
 * <p>The defaults and the meaning of each key stand in {@code defaults.yaml}; a run file and {@code
 * --set key=value} override them. Keys are the component names in snake case.
 *
 * @param run name of the run; the {@code run} column of every table
 * @param seed seed from which every other seed is derived
 * @param warehouse folder (any Hadoop file system) that holds the Delta tables
 */
public record RunConfig(
    String run,
    long seed,
    String warehouse,
    Model model,
    Init init,
    Prompts prompts,
    Sft sft,
    Rollout rollout,
    Train train,
    Update update,
    Eval eval)
    implements Serializable {

  /**
   * The policy and where it computes.
   *
   * @param path Hugging Face folder to start from; empty: a new model of shape {@link Init}
   * @param device {@code cpu} or {@code cuda}
   * @param precision {@code fp32} or {@code bf16}
   * @param threads LibTorch threads a task
   */
  public record Model(String path, String device, String precision, int threads)
      implements Serializable {}

  /** Shape and initialisation of a new model (a tiny Qwen2 or Llama with a character tokenizer). */
  public record Init(
      String family,
      int hidden,
      int layers,
      int heads,
      int kvHeads,
      int intermediate,
      int maxPositions,
      double ropeTheta,
      double rmsNormEps,
      boolean attentionBias,
      boolean tieEmbeddings,
      double embeddingStd)
      implements Serializable {}

  /**
   * The prompt set.
   *
   * @param dataset name of the prompt set in table {@code prompts}
   * @param generators built-in problem generators; their problems are split evenly by weight
   * @param train number of generated training problems
   * @param heldout number of generated held-out problems
   * @param warmup number of generated long chain-of-thought examples
   * @param imports files of a user's own problems
   */
  public record Prompts(
      String dataset,
      List<Generator> generators,
      int train,
      int heldout,
      int warmup,
      List<Import> imports)
      implements Serializable {}

  /** One built-in generator with its range of levels and its share of the problems. */
  public record Generator(String name, int minLevel, int maxLevel, double weight)
      implements Serializable {}

  /**
   * One file of problems and how its columns map to the prompt schema.
   *
   * @param file path of a JSONL, CSV or Parquet file
   * @param format {@code jsonl}, {@code csv}, {@code parquet}; empty: by the file's ending
   * @param split {@code train}, {@code heldout} or {@code warmup}
   * @param domain domain of rows without a domain column
   * @param answerType answer type of rows without such a column
   * @param fields from schema column (prompt, answer, answer_type, domain, level, solution) to the
   *     file's column
   * @param answerPattern {@code none}, {@code after_hashes} (the text after ####), {@code
   *     last_boxed} (the last \boxed{…}), or a regular expression whose first group is the answer
   */
  public record Import(
      String file,
      String format,
      String split,
      String domain,
      String answerType,
      Map<String, String> fields,
      String answerPattern)
      implements Serializable {}

  /** Supervised warm-up (Kimi k1.5, 2.2 and 2.5.2). */
  public record Sft(
      int epochs,
      int examplesPerStep,
      double learningRate,
      double finalLearningRate,
      int warmupSteps,
      Adam adam)
      implements Serializable {}

  /** AdamW with clipping by the global norm of the gradient. */
  public record Adam(
      double beta1, double beta2, double epsilon, double weightDecay, double clipNorm)
      implements Serializable {}

  /**
   * How responses are decoded.
   *
   * @param partitions logical partitions of a rollout; part of the run, not of the cluster
   * @param slots responses decoded side by side in a partition
   * @param temperature sampling temperature
   * @param maxTokens longest response, in tokens
   */
  public record Rollout(int partitions, int slots, double temperature, int maxTokens)
      implements Serializable {}

  /**
   * Online policy mirror descent (Kimi k1.5, 2.3.2).
   *
   * @param iterations iterations of the run
   * @param promptsPerIteration prompts sampled in an iteration
   * @param samples responses to a prompt, the paper's k
   * @param minibatches optimizer steps in an iteration; whole prompts, disjoint, one pass
   * @param tau the paper's τ
   * @param baseline {@code mean} (mean reward) or {@code log_z} (τ log Z)
   * @param resetOptimizer whether Adam's state starts at zero in every iteration (the paper's way)
   * @param maxLogprobGap largest allowed difference between a sampling and a trainer log-prob, nats
   */
  public record Train(
      int iterations,
      int promptsPerIteration,
      int samples,
      int minibatches,
      double tau,
      String baseline,
      double learningRate,
      int warmupSteps,
      boolean resetOptimizer,
      double maxLogprobGap,
      Adam adam)
      implements Serializable {}

  /**
   * How a gradient step is laid out.
   *
   * @param partitions logical gradient partitions; part of the run, not of the cluster
   * @param shards parameter shards of the reduce and the optimizer
   * @param rowTokens length of a packed row
   * @param microBatchTokens tokens in one forward and backward pass
   */
  public record Update(int partitions, int shards, int rowTokens, int microBatchTokens)
      implements Serializable {}

  /**
   * Evaluation on held-out problems.
   *
   * @param split which split is evaluated
   * @param problems problems at most; 0: all
   * @param samples responses a problem when sampling
   * @param every iterations between evaluations during training; 0: only before and after
   */
  public record Eval(String split, int problems, int samples, int every) implements Serializable {}
}
