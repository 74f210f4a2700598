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
    Curate curate,
    Examples examples,
    SftConfig sft,
    Sampling sampling,
    Rollout rollout,
    RewardConfig reward,
    RewardModelConfig rewardModel,
    Gate gate,
    Train train,
    Update update,
    Eval eval,
    Sandbox sandbox,
    TestCasesConfig testcases,
    ScheduleConfig schedule,
    TrackConfig track)
    implements Serializable {

  /**
   * The policy and where it computes.
   *
   * @param path Hugging Face folder to start from; empty: a new model of shape {@link Init}
   * @param device {@code cpu} or {@code cuda}
   * @param precision {@code fp32} or {@code bf16}
   * @param threads LibTorch threads a task
   * @param lora adapters that are trained in the weights' place
   * @param chat what its chat template is given
   * @param vision what is trained of a policy that sees pictures
   */
  public record Model(
      String path,
      String device,
      String precision,
      int threads,
      LoraConfig lora,
      ChatConfig chat,
      VisionConfig vision)
      implements Serializable {}

  /**
   * Shape and initialisation of a new model (a tiny Qwen2 or Llama with a character tokenizer).
   *
   * @param characters what the tokenizer knows beyond the characters of the built-in generators
   * @param vision the encoder of pictures before the decoder
   */
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
      double embeddingStd,
      String characters,
      VisionConfig.Fresh vision)
      implements Serializable {}

  /**
   * The prompt set.
   *
   * @param dataset name of the prompt set in table {@code prompts}
   * @param generators built-in problem generators; their problems are split evenly by weight
   * @param train number of generated training problems
   * @param heldout number of generated held-out problems
   * @param warmup number of generated long chain-of-thought examples
   * @param twins number of generated held-out problems that are asked as a picture and as text
   * @param imports files of a user's own problems
   */
  public record Prompts(
      String dataset,
      List<Generator> generators,
      int train,
      int heldout,
      int warmup,
      int twins,
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
   * @param fields from schema column (prompt, answer, answer_type, domain, level, solution, image)
   *     to the file's column; of image also a path with columns in braces
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

  /**
   * How {@code curate} makes a prompt set out of {@code prompts.imports} (Kimi k1.5, 2.1).
   *
   * @param against other prompt sets whose held-out problems no training problem may repeat
   * @param shingleWords words in a shingle
   * @param similarity Jaccard similarity of the shingles from which two problems are the same
   * @param bands MinHash bands; two problems that share a band are compared
   * @param bandRows MinHash values in a band
   * @param bucketCap problems of a full bucket that the others in it are compared with
   * @param tagDomains whether problems without a domain are given one by their words
   * @param domainCap training problems kept in a domain at most; 0: any number
   * @param policy Hugging Face folder of the policy that tries the problems; empty: none does
   * @param samples tries by which the pass rate is measured
   * @param temperature sampling temperature of all tries
   * @param minPassRate a lower pass rate makes a problem impossible
   * @param maxPassRate a higher pass rate makes a problem trivial
   * @param guesses tries without reasoning, of which one right answer drops the problem; 0: none
   * @param guessTemplate how a guess is asked for, with {@code {problem}} in it
   * @param guessTokens longest guess, in tokens
   * @param card path of the card; empty: {@code WAREHOUSE/_cards/DATASET.md}
   * @param examples copies shown on the card for each reason
   */
  public record Curate(
      List<String> against,
      int shingleWords,
      double similarity,
      int bands,
      int bandRows,
      int bucketCap,
      boolean tagDomains,
      int domainCap,
      String policy,
      int samples,
      double temperature,
      double minPassRate,
      double maxPassRate,
      int guesses,
      String guessTemplate,
      int guessTokens,
      String card,
      int examples)
      implements Serializable {}

  /**
   * Examples for a warm-up, from a policy by rejection sampling (Kimi k1.5, 2.2 and 2.5.2).
   *
   * @param into prompt set that receives them
   * @param split {@code train}, {@code heldout} or {@code warmup}: the problems that are tried
   * @param problems how many of them; 0: all
   * @param template what the policy reads, with {@code {problem}} where the problem stands
   * @param keep most right responses that are kept of a problem
   * @param prefer which: {@code first}, {@code shortest} or {@code longest}
   * @param minTokens shorter responses are not kept
   */
  public record Examples(
      String into,
      String split,
      int problems,
      String template,
      int samples,
      double temperature,
      int keep,
      String prefer,
      int minTokens)
      implements Serializable {}

  /** AdamW with clipping by the global norm of the gradient. */
  public record Adam(
      double beta1, double beta2, double epsilon, double weightDecay, double clipNorm)
      implements Serializable {}

  /**
   * Which problems an iteration works on (Kimi k1.5, 2.3.4).
   *
   * @param strategy {@code uniform}, {@code curriculum}, {@code prioritized} or {@code mixed}
   *     (both)
   * @param difficulty what the curriculum orders by: {@code level} or {@code pass_rate}
   * @param schedule {@code linear} (harder problems join bit by bit) or {@code switch} (all, then
   *     the hard ones only)
   * @param curriculumIterations iterations until the schedule is at its end
   * @param hardShare share of the problems that counts as hard
   * @param decay factor of an older success in the success rate s_i, per time the prompt was tried
   * @param unseenRate success rate that a prompt never tried is taken to have
   * @param waves most times that an iteration samples, until as many groups train as it samples
   *     prompts; 1: it does not over-sample
   */
  public record Sampling(
      String strategy,
      String difficulty,
      String schedule,
      int curriculumIterations,
      double hardShare,
      double decay,
      double unseenRate,
      int waves)
      implements Serializable {}

  /**
   * How responses are decoded.
   *
   * @param partitions logical partitions of a rollout; part of the run, not of the cluster
   * @param slots responses decoded side by side in a partition
   * @param temperature sampling temperature
   * @param maxTokens longest response, in tokens, over all its segments
   * @param budget tokens that a response may gain in an iteration before it is put off to the next
   *     (partial rollouts, 2.6.2); 0: as many as it needs
   * @param fullSlots once no response waits and a smaller share of the slots is busy, the others
   *     are put off to the next iteration; 0: never
   * @param maxAge iterations after its birth in which a response can still go on; then it is stale
   * @param repeatTokens repeating tokens at the end of a response that end it; 0: none do
   * @param topK the so many most likely tokens alone are drawn; 0: all
   * @param topP the fewest most likely tokens with this share of the probability alone; 1: all
   * @param minP tokens with at least this share of the most likely one's probability alone; 0: all
   * @param minTokens fewest tokens of a response, its end token among them
   * @param stop texts that end a response in which they appear
   * @param stopIds token ids that end a response, beside the policy's end tokens
   * @param cacheTokens tokens of prompts and responses that a partition's cache holds; 0: as many
   *     as its slots can need
   * @param cacheType how the cache keeps keys and values: {@code model}, as they are computed, or
   *     {@code int8}
   * @param engine who decodes
   */
  public record Rollout(
      int partitions,
      int slots,
      double temperature,
      int maxTokens,
      int budget,
      double fullSlots,
      int maxAge,
      int repeatTokens,
      int topK,
      double topP,
      double minP,
      int minTokens,
      List<String> stop,
      List<Integer> stopIds,
      int cacheTokens,
      String cacheType,
      EngineConfig engine)
      implements Serializable {

    /** Whether responses can be put off to the next iteration (partial rollouts, 2.6.2). */
    public boolean partial() {
      return budget > 0 || fullSlots > 0;
    }

    /** The precision whose log-prob gap fits who samples: bf16 for all that computes otherwise. */
    public String gapPrecision(String ofModel) {
      return engine.outside() || cacheType.equals("int8") ? "bf16" : ofModel;
    }

    /** The earliest iteration in which a response of this iteration can have been born. */
    public int oldestBirth(int iteration) {
      return partial() ? Math.max(0, iteration - maxAge) : iteration;
    }
  }

  /**
   * Which finished responses train.
   *
   * @param cut what becomes of responses cut off at the longest length: {@code train} or {@code
   *     drop}
   * @param duplicates what becomes of a response that repeats another one of its group to the
   *     token: {@code train} or {@code drop}
   * @param maxTokens longest response that trains, in tokens; 0: any
   */
  public record Gate(String cut, String duplicates, int maxTokens) implements Serializable {
    /** Whether responses cut off at the longest length are left out. */
    public boolean dropsCut() {
      return cut.equals("drop");
    }

    /** Whether a response that repeats an earlier one of its group is left out. */
    public boolean dropsDuplicates() {
      return duplicates.equals("drop");
    }
  }

  /**
   * The update, by online policy mirror descent (Kimi k1.5, 2.3.2) or another algorithm.
   *
   * @param iterations iterations of the run
   * @param method {@code mirror_descent}, {@code grpo}, {@code rest}: fit to the correct responses
   *     only (ReST, expert iteration), or {@code distill}: become the teacher
   * @param teacher Hugging Face folder of the teacher of {@code distill}
   * @param earlierSegments what becomes of a response's segments of earlier iterations: {@code
   *     train} (off-policy) or {@code drop}
   * @param promptsPerIteration prompts sampled in an iteration
   * @param samples responses to a prompt, the paper's k
   * @param minibatches optimizer steps in an iteration; whole prompts, disjoint, one pass
   * @param tau the paper's τ
   * @param baseline {@code mean} (mean reward) or {@code log_z} (τ log Z)
   * @param resetOptimizer whether Adam's state starts at zero in every iteration (the paper's way)
   * @param maxLogprobGap largest allowed difference between sampling and trainer log-probs
   */
  public record Train(
      int iterations,
      String method,
      String teacher,
      String earlierSegments,
      int promptsPerIteration,
      int samples,
      int minibatches,
      double tau,
      String baseline,
      double learningRate,
      int warmupSteps,
      boolean resetOptimizer,
      LogprobGap maxLogprobGap,
      Grpo grpo,
      Dpo dpo,
      Adam adam)
      implements Serializable {}

  /**
   * Group relative policy optimisation, {@code train.method: grpo}.
   *
   * @param clipLow distance below 1 at which a token's ratio is clipped
   * @param clipHigh distance above 1
   * @param kl weight of the divergence from the policy that sampled
   * @param normalise whether advantages are divided by the standard deviation of their group
   */
  public record Grpo(double clipLow, double clipHigh, double kl, boolean normalise)
      implements Serializable {}

  /**
   * Direct preference optimisation, {@code long2short dpo} (Kimi k1.5, 2.4).
   *
   * @param beta how far the policy may move from the one that it starts from: higher, less
   * @param lengthRatio a correct response is rejected that is so many times as long as the shortest
   * @param rejected most rejected responses of a problem; 0: all
   */
  public record Dpo(double beta, double lengthRatio, int rejected) implements Serializable {}

  /**
   * How the steps of an update, or of the warm-up, are laid out.
   *
   * @param ranks logical ranks that share a step's gradient and its optimizer; part of the run, not
   *     of the cluster
   * @param microBatchTokens tokens in one forward and backward pass; a longer response has one of
   *     its own
   * @param recompute whether the backward pass computes a layer again in place of keeping it
   * @param headTokens tokens whose logits exist at once
   * @param spreadAbove a sequence of more tokens, prompt and response, is spread over all ranks; 0:
   *     none is
   * @param snapshotMinutes time between two snapshots of a phase in progress; 0: after every step
   */
  public record Update(
      int ranks,
      int microBatchTokens,
      boolean recompute,
      int headTokens,
      int spreadAbove,
      double snapshotMinutes)
      implements Serializable {}

  /**
   * Evaluation on held-out problems.
   *
   * @param split which split is evaluated
   * @param problems problems at most; 0: all
   * @param samples responses a problem when sampling
   * @param every iterations between evaluations during training; 0: only before and after
   * @param voteInputs inputs on which programs vote for maj@k; 0: they do not
   */
  public record Eval(String split, int problems, int samples, int every, int voteInputs)
      implements Serializable {}

  /**
   * The sandbox that runs programs of responses (Kimi k1.5, 2.6.4).
   *
   * @param slots programs side by side in a process; 0: as many as processors
   * @param cpuSeconds processor time of a program
   * @param wallSeconds time of a program
   * @param memoryMb memory of a program, files in memory included, in MiB
   * @param processes processes and threads of a program side by side
   * @param outputKb output of a program, in KiB
   * @param diskMb largest file, and each of the two folders it may write to, in MiB
   * @param retries how often a run that the sandbox failed at is tried again
   * @param allowMissing what the machine may lack: {@code seccomp}, {@code uid_switch}, …
   * @param bubblewrap the program {@code bwrap}
   * @param firstUid first of 500 host users that programs run as, where the sandbox runs as root
   * @param binds further folders of the host that programs may read
   * @param languages beside the built-in ones, or in place of them
   */
  public record Sandbox(
      int slots,
      double cpuSeconds,
      double wallSeconds,
      int memoryMb,
      int processes,
      int outputKb,
      int diskMb,
      int retries,
      List<String> allowMissing,
      String bubblewrap,
      int firstUid,
      List<String> binds,
      List<SandboxLanguage> languages)
      implements Serializable {}

  /**
   * A language of the sandbox.
   *
   * @param file name of the source file in a box
   * @param compile command that compiles it into the working folder; empty: none
   * @param run command; in both, {@code {file}} is the source file and {@code {memory_mb}} the
   *     memory limit
   * @param compileError regular expression that the last line of standard error starts with if the
   *     source is no program; empty: none
   * @param memoryError likewise for a line that tells of memory run out
   * @param extraMemoryMb memory beside the program's, in MiB
   * @param limitAddressSpace whether, where no control group counts memory, the address space of
   *     each process is limited
   * @param environment further variables
   */
  public record SandboxLanguage(
      String name,
      String file,
      List<String> compile,
      List<String> run,
      String compileError,
      String memoryError,
      int extraMemoryMb,
      boolean limitAddressSpace,
      Map<String, String> environment)
      implements Serializable {}
}
