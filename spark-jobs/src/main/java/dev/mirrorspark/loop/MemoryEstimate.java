package dev.mirrorspark.loop;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.decode.DecodeEngine;
import dev.mirrorspark.model.CacheType;
import dev.mirrorspark.model.ModelShape;
import dev.mirrorspark.model.ParameterLayout;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The memory that one process needs which runs all tasks of a local master, part by part: what the
 * update and the rollout hold at their peaks. They follow on one another, so the larger one counts.
 *
 * <p>Activations are counted as {@code model.TrainingPass} and {@code model.Decoder} make them,
 * tensor by tensor; caches of the allocator and small buffers are in {@link #RUNTIME}.
 *
 * @param update parts of the update's or the warm-up's peak
 * @param rollout parts of the rollout's peak
 * @param heap limit of the Java heap
 */
public record MemoryEstimate(List<Part> update, List<Part> rollout, long heap) {

  /** What a JVM with Spark and LibTorch takes outside its heap before it computes, measured. */
  public static final long RUNTIME = 400L << 20;

  /** Longest sequences whose attention on a CPU holds a table of scores, in tokens. */
  private static final int TABLE_LENGTH = 256;

  /** Tokens of a forward pass of the prefill, see {@code decode.Prefill}. */
  private static final long CHUNK = 2048;

  private static final String ACTIVATIONS = "update.micro_batch_tokens";
  private static final String SLOTS = "rollout.slots";
  private static final String PRECISION = "model.precision";
  private static final String RANKS = "update.ranks";

  /**
   * Memory of one kind.
   *
   * @param key the key of the run file that makes it smaller
   */
  public record Part(String name, long bytes, String key) {}

  /**
   * What is not in the run file.
   *
   * @param length tokens of a training sequence
   * @param prompt tokens of a prompt
   * @param tasks tasks that run side by side
   * @param heap limit of the Java heap, in bytes
   * @param trained parameters that are trained: of adapters alone where there are some
   */
  public record Circumstances(int length, int prompt, int tasks, long heap, long trained) {}

  public MemoryEstimate {
    update = List.copyOf(update);
    rollout = List.copyOf(rollout);
  }

  /** The estimate for a run. */
  public static MemoryEstimate of(ModelShape shape, RunConfig config, Circumstances given) {
    return new MemoryEstimate(
        update(shape, config, given), rollout(shape, config, given), given.heap());
  }

  /** Bytes outside the Java heap at the larger peak. */
  public long tensors() {
    return Math.max(sum(update), sum(rollout));
  }

  /** Bytes of the process at its peak, with a full heap. */
  public long total() {
    return tensors() + RUNTIME + heap;
  }

  /** The key of the part of the larger peak that takes most. */
  public String key() {
    return (sum(update) > sum(rollout) ? update : rollout)
        .stream().max(Comparator.comparingLong(Part::bytes)).orElseThrow().key();
  }

  /** Bytes of all these parts. */
  static long sum(List<Part> parts) {
    return parts.stream().mapToLong(Part::bytes).sum();
  }

  private static List<Part> update(ModelShape shape, RunConfig config, Circumstances given) {
    long parameters = ParameterLayout.of(shape).size();
    long trained = given.trained();
    boolean adapters = trained < parameters;
    long ranks = config.update().ranks();
    boolean bf16 = bf16(config);
    var pass = new Pass(shape, config, given.length());
    List<Part> parts = new ArrayList<>();
    if (adapters) {
      parts.add(new Part("frozen weights", (bf16 ? 2 : 4) * parameters, PRECISION));
      parts.add(new Part("adapters", (bf16 ? 6 : 4) * trained, "model.lora.rank"));
    } else {
      parts.add(new Part("weights, fp32", 4 * parameters, "init or model.path"));
    }
    if (bf16 && !adapters) {
      parts.add(new Part("weights of computing, bf16", 2 * parameters, PRECISION));
    }
    parts.add(new Part("gradients of %d ranks".formatted(ranks), 4 * trained * ranks, RANKS));
    parts.add(new Part("sum of the gradients, in shards", 4 * trained, "init or model.path"));
    parts.add(new Part("AdamW's moments, in shards", 8 * trained, "init or model.path"));
    String key = config.update().recompute() ? ACTIVATIONS : "update.recompute or " + ACTIVATIONS;
    parts.add(new Part("activations kept, %d ranks".formatted(ranks), ranks * pass.kept(), key));
    parts.add(
        new Part(
            "activations of one layer or the head, %d ranks".formatted(ranks),
            ranks * pass.transients(),
            pass.headIsLarger() ? "update.head_tokens" : ACTIVATIONS));
    return parts;
  }

  private static List<Part> rollout(ModelShape shape, RunConfig config, Circumstances given) {
    long parameters = ParameterLayout.of(shape).size();
    boolean bf16 = bf16(config);
    int element = bf16 ? 2 : 4;
    long tasks = Math.min(config.rollout().partitions(), given.tasks());
    int slots = config.rollout().slots();
    int capacity = Math.min(shape.maxPositions(), given.prompt() + config.rollout().maxTokens());
    var type = CacheType.labelled(config.rollout().cacheType());
    var room = new DecodeEngine.Room(slots, capacity, config.rollout().cacheTokens(), type);
    // in fp32 on a CPU a page takes no memory before it is used
    boolean touched = bf16 || config.model().device().equals("cuda");
    long used = Math.min(room.tokens(), (long) slots * capacity);
    long cache = type.bytes(shape, touched ? room.tokens() : used, element);
    List<Part> parts = new ArrayList<>();
    parts.add(new Part("weights", parameters * element, PRECISION));
    if (bf16) {
      parts.add(new Part("fp32 state of the last update", 4 * parameters, "init or model.path"));
    }
    parts.add(
        new Part("caches of keys and values, %d tasks".formatted(tasks), tasks * cache, SLOTS));
    long chunk = Math.min((long) slots * given.prompt(), Math.max(CHUNK, given.prompt()));
    long prefill = chunk * prefillToken(shape, config, given.prompt());
    long logits = (long) slots * shape.vocab() * samplingBytes(config);
    parts.add(
        new Part(
            "prefill and logits, %d tasks".formatted(tasks), tasks * (prefill + logits), SLOTS));
    return parts;
  }

  /** Logits of the prompts, of the responses and of the batch; probabilities of a part of them. */
  private static long samplingBytes(RunConfig config) {
    return 3 * 4 + (bf16(config) ? 2 : 0);
  }

  /** Bytes of a token of all prompts within one layer, which frees them at its end. */
  private static long prefillToken(ModelShape shape, RunConfig config, int prompt) {
    long hidden = shape.hidden();
    long query = shape.queryWidth();
    long key = shape.keyWidth();
    long norms = 2 * 4 * hidden;
    long projections = query + 2 * key + 3 * (query + key) + 2 * key;
    long attention = 2 * query + 2 * key + query;
    long scores = table(config, prompt) ? 2L * shape.heads() * prompt : 0;
    long feedForward = 4L * shape.intermediate() + 4 * hidden;
    return (norms + projections + attention + scores + feedForward) * (bf16(config) ? 2 : 4);
  }

  private static boolean bf16(RunConfig config) {
    return config.model().precision().equals("bf16");
  }

  private static boolean table(RunConfig config, int length) {
    return length <= TABLE_LENGTH && !bf16(config) && !config.model().device().equals("cuda");
  }

  /** Activations of one rank's micro-batch. */
  private record Pass(ModelShape shape, RunConfig config, int length) {

    private long tokens() {
      return Math.max(config.update().microBatchTokens(), spread() ? length / ranks() + 1 : length);
    }

    private int ranks() {
      return config.update().ranks();
    }

    /** Whether the sequence is spread over the ranks. */
    private boolean spread() {
      int longest = config.update().spreadAbove();
      return longest > 0 && length > longest && ranks() > 1;
    }

    /** Keys and values of the whole sequence on one rank, twice, and their gradients. */
    private long gathered() {
      return spread() ? 4L * 2 * shape.keyWidth() * length * element() : 0;
    }

    private long element() {
      return bf16(config) ? 2 : 4;
    }

    /** Bytes that live from a layer's forward pass to its backward pass. */
    private long layer() {
      long query = shape.queryWidth();
      long key = shape.keyWidth();
      // both norms' outputs, the mixed heads, gate and up, the gate's silu
      long all = 2L * shape.hidden() + query + 3L * shape.intermediate();
      long attention =
          table(config, length)
              ? 2 * query + 2 * key + (long) shape.heads() * length
              : (query + key) + (query + 2 * key) + query;
      return tokens() * ((all + attention) * element() + 4L * shape.heads());
    }

    /** Bytes that live while the language head is at work. */
    long kept() {
      long stream = 2 * tokens() * shape.hidden() * element(); // and its gradient
      long inputs = tokens() * shape.hidden() * element();
      return stream + shape.layers() * (config.update().recompute() ? inputs : layer());
    }

    boolean headIsLarger() {
      return head() > layerAtWork();
    }

    long transients() {
      return Math.max(head(), layerAtWork());
    }

    /** Norm, hidden states and their gradients of all targets; logits of a chunk. */
    private long head() {
      long chunk = Math.min(config.update().headTokens(), tokens());
      long each = bf16(config) ? 2 + 4 + 4 + 2 : 4 + 4;
      return 6 * tokens() * shape.hidden() * element() + chunk * shape.vocab() * each;
    }

    /** The layer that is computed again, and what forward or backward pass make beside it. */
    private long layerAtWork() {
      long hidden = shape.hidden();
      long query = shape.queryWidth();
      long key = shape.keyWidth();
      long scores = table(config, length) ? (long) shape.heads() * length : 0;
      long forward = 2 * hidden + 2 * query + 3 * key + scores + shape.intermediate();
      long feedForward = 4L * shape.intermediate() + 5 * hidden;
      long attention = 6 * query + 4 * key + scores + 5 * hidden;
      long most = Math.max(forward, Math.max(feedForward, attention));
      return gathered() + tokens() * most * element() + (config.update().recompute() ? layer() : 0);
    }
  }
}
