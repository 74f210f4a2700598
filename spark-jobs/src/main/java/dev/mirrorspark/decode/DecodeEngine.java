package dev.mirrorspark.decode;

import dev.mirrorspark.model.CacheType;
import dev.mirrorspark.model.Decoder;
import dev.mirrorspark.model.KvCache;
import dev.mirrorspark.model.ModelShape;
import dev.mirrorspark.model.Parameters;
import dev.mirrorspark.model.Tensors;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.Predicate;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Decodes responses with continuous batching: a fixed number of slots over one paged cache of keys
 * and values, and a finished response's slot goes at once to the next request, if the cache has
 * room for its longest response.
 *
 * <p>Requests enter slots in the order given, so that the same requests always meet in the same
 * batches. Successive requests with the same prompt share it. An engine decodes once.
 */
public final class DecodeEngine implements AutoCloseable {

  /**
   * Steps whose tokens leave a device in one copy: a response that ends among them costs the steps
   * behind its end.
   */
  private static final int BLOCK = 8;

  /**
   * What an engine may hold.
   *
   * @param slots responses decoded side by side
   * @param capacity longest prompt and response together, in tokens
   * @param cacheTokens tokens of all responses and prompts together, in whole pages; 0: as many as
   *     the slots can need
   * @param type how the cache keeps keys and values
   */
  public record Room(int slots, int capacity, long cacheTokens, CacheType type) {
    /** With a cache of what the model computes. */
    public Room(int slots, int capacity, long cacheTokens) {
      this(slots, capacity, cacheTokens, CacheType.MODEL);
    }

    /** Tokens of the cache, less those that fill up its last page. */
    public long tokens() {
      long most = (slots + 1L) * KvCache.pagesFor(capacity) * KvCache.PAGE;
      return cacheTokens == 0 ? most : Math.min(most, cacheTokens);
    }
  }

  private final ModelShape shape;
  private final Decoder decoder;
  private final KvCache cache;
  private final boolean ownCache;
  private final Prefill prefill;
  private final Sampler sampler;
  private final Sampling sampling;
  private final EndTest ends;
  private final int capacity;
  private final int block;
  private final OpenResponse[] slots;
  private long slotSteps;
  private long busySteps;
  private long reads;

  /**
   * An engine over a policy's parameters, whose cache suits its slots.
   *
   * @param slots responses decoded side by side
   * @param capacity longest prompt and response together, in tokens
   * @param ends token ids that end a response
   */
  public DecodeEngine(
      Parameters policy, int slots, int capacity, Sampling sampling, Set<Integer> ends) {
    this(policy, new Room(slots, capacity, 0), sampling, EndTest.ofTokens(ends));
  }

  /** An engine over a policy's parameters. */
  DecodeEngine(Parameters policy, Room room, Sampling sampling, EndTest ends) {
    this(policy, room, sampling, ends, block(policy));
  }

  private static int block(Parameters policy) {
    return policy.flat().is_cuda() ? BLOCK : 1;
  }

  /** The room that a policy's positions leave. */
  private static Room fitting(Parameters policy, Room room) {
    int capacity = Math.min(room.capacity(), policy.shape().maxPositions());
    return new Room(room.slots(), capacity, room.cacheTokens(), room.type());
  }

  /** A cache for that room; to be closed. */
  public static KvCache cache(Parameters policy, Room room) {
    long tokens = fitting(policy, room).tokens();
    return new KvCache(policy.shape(), tokens, policy.flat(), room.type());
  }

  /** Bytes of {@link #cache}. */
  public static long cacheBytes(Parameters policy, Room room) {
    int element = (int) policy.flat().element_size();
    return room.type().bytes(policy.shape(), fitting(policy, room).tokens(), element);
  }

  /**
   * An engine over a policy's parameters.
   *
   * @param block steps whose tokens are read together
   */
  DecodeEngine(Parameters policy, Room room, Sampling sampling, EndTest ends, int block) {
    this(policy, cache(policy, room), true, room, sampling, ends, block);
  }

  /**
   * An engine over a cache that outlives it, of {@link #cache}, in which nothing is taken.
   *
   * @param ends token ids that end a response
   */
  public DecodeEngine(
      Parameters policy, KvCache cache, Room room, Sampling sampling, Set<Integer> ends) {
    this(policy, cache, false, room, sampling, EndTest.ofTokens(ends), block(policy));
  }

  private DecodeEngine(
      Parameters policy,
      KvCache cache,
      boolean ownCache,
      Room room,
      Sampling sampling,
      EndTest ends,
      int block) {
    this.shape = policy.shape();
    this.capacity = fitting(policy, room).capacity();
    this.decoder = new Decoder(policy);
    this.cache = cache;
    this.ownCache = ownCache;
    this.prefill = new Prefill(decoder, cache);
    this.sampler = new Sampler(shape, room.slots(), sampling, ends.ids(), policy.flat());
    this.slots = new OpenResponse[room.slots()];
    this.sampling = sampling;
    this.ends = ends;
    this.block = block;
  }

  /**
   * Decodes every request.
   *
   * @param finished receives each response as it ends
   * @param progress receives the number of tokens of each step
   * @throws IllegalArgumentException if a prompt leaves no room for a token, or a response does not
   *     fit into the cache
   */
  public void decode(
      Iterator<DecodeRequest> requests, Consumer<Decoded> finished, IntConsumer progress) {
    decode(requests, request -> true, finished, progress);
  }

  /**
   * The same, but for responses that are not wanted any more: they are given up without a word, at
   * the next token.
   *
   * @param wanted is asked at each token of each response
   */
  public void decode(
      Iterator<DecodeRequest> requests,
      Predicate<DecodeRequest> wanted,
      Consumer<Decoded> finished,
      IntConsumer progress) {
    var waiting = new Waiting(requests, wanted);
    try (var noGrad = new NoGradGuard()) {
      while (true) {
        giveUp(wanted);
        waiting.giveUp();
        admit(waiting);
        fill(finished);
        List<OpenResponse> active = active();
        if (active.isEmpty() && prefill.isEmpty()) {
          if (waiting.next().isEmpty()) {
            return;
          }
        } else if (waiting.next().isEmpty()
            && prefill.isEmpty()
            && active.size() < sampling.fullSlots() * slots.length) {
          active.forEach(slot -> finish(slot, StopReason.BUDGET, finished));
          return;
        } else if (!active.isEmpty()) {
          step(active, finished, progress);
        }
      }
    }
  }

  /** Slots times decoding steps so far. */
  public long slotSteps() {
    return slotSteps;
  }

  /** Those of {@link #slotSteps} in which the slot had a response. */
  public long busySteps() {
    return busySteps;
  }

  /** Tokens of prompts and of continued responses that were computed so far. */
  public long prefillTokens() {
    return prefill.computed();
  }

  /** How often tokens were read from the device so far. */
  long reads() {
    return reads;
  }

  /** The cache, for its pages. */
  KvCache cache() {
    return cache;
  }

  private void giveUp(Predicate<DecodeRequest> wanted) {
    for (OpenResponse slot : slots) {
      if (slot != null && !wanted.test(slot.request)) {
        prefill.remove(slot);
        free(slot);
      }
    }
  }

  private List<OpenResponse> active() {
    return Arrays.stream(slots).filter(Objects::nonNull).filter(OpenResponse::decodes).toList();
  }

  /** Gives free slots to the requests that come next, as long as the cache has room. */
  private void admit(Waiting waiting) {
    for (int i = 0; i < slots.length && waiting.next().isPresent(); i++) {
      if (slots[i] == null) {
        DecodeRequest request = waiting.next().get();
        int limit = limit(request);
        int tokens = request.context().length + limit;
        boolean another = waiting.another();
        if (prefill.pages(request, tokens, another) > cache.freePages()) {
          if (Arrays.stream(slots).anyMatch(Objects::nonNull)) {
            return;
          }
          prefill.leave(); // alone it fits: limit() has seen to it
          another = false;
        }
        slots[i] = slot(request, prefill.open(request, tokens, another), limit);
        prefill.add(slots[i]);
        waiting.remove();
      }
    }
  }

  /** Tokens that a response may gain at most, whether it is put off then or ends. */
  private int limit(DecodeRequest request) {
    int context = request.context().length;
    int earlier = request.begun().tokens().length;
    int limit = Math.min(capacity - context, sampling.maxTokens() - earlier);
    if (limit < 1 || request.promptTokens().length == 0) {
      throw new IllegalArgumentException(
          ("prompt %s has %d tokens, its response so far %d; together at most %d fit, and a"
                  + " response has %d at most")
              .formatted(
                  request.promptId(),
                  request.promptTokens().length,
                  earlier,
                  capacity - 1,
                  sampling.maxTokens()));
    }
    limit = sampling.budget() > 0 ? Math.min(limit, sampling.budget()) : limit;
    if (KvCache.pagesFor(context + limit) > cache.pages()) {
      throw new IllegalArgumentException(
          "prompt %s and its response need %d tokens, the cache holds %d"
              .formatted(request.promptId(), context + limit, cache.pages() * KvCache.PAGE));
    }
    return limit;
  }

  private OpenResponse slot(DecodeRequest request, KvCache.Sequence sequence, int limit) {
    int earlier = request.begun().tokens().length;
    boolean last =
        limit == Math.min(capacity - request.context().length, sampling.maxTokens() - earlier);
    var repeats = new RepeatDetector(sampling.repeatTokens());
    for (int token : request.begun().tokens()) {
      repeats.accept(token);
    }
    int shift = shape.vision().shift(request.picture());
    return new OpenResponse(
        request, sequence, limit, last ? StopReason.LENGTH : StopReason.BUDGET, repeats, shift);
  }

  /**
   * Computes prompts and samples the first token of each newcomer: all that wait while fewer than
   * half of the slots decode, else a chunk at a time.
   */
  private void fill(Consumer<Decoded> finished) {
    boolean more = !prefill.isEmpty();
    while (more) {
      try (var scope = new PointerScope()) {
        Prefill.Ready ready = prefill.chunk();
        if (!ready.slots().isEmpty()) {
          Tensor logits = decoder.logits(ready.hidden());
          logits = logits.index_select(0, Tensors.indices(ready.prompts(), logits.device()));
          choose(logits, ready.slots(), finished);
        }
      }
      more = !prefill.isEmpty() && active().size() * 2 < slots.length;
    }
  }

  private void choose(Tensor logits, List<OpenResponse> rows, Consumer<Decoded> finished) {
    Sampler.Picks picks = sampler.draw(logits, uniforms(rows, 0), early(rows, 0));
    Tensor both = logits.new_empty(1, rows.size(), 2).to(ScalarType.Double);
    put(both, 0, picks);
    take(both, rows, finished);
  }

  /** Ids and log-probs to one place, to leave the device in one copy; fp64 holds both exactly. */
  private static void put(Tensor both, int step, Sampler.Picks picks) {
    both.select(0, step).narrow(1, 0, 1).copy_(picks.ids());
    both.select(0, step).narrow(1, 1, 1).copy_(picks.logprobs());
  }

  /**
   * Takes the tokens of some steps {@code [steps, rows, 2]}, each row's up to its response's end.
   *
   * @return tokens taken in each step
   */
  private int[] take(Tensor both, List<OpenResponse> rows, Consumer<Decoded> finished) {
    double[] values = Tensors.doubles(both);
    reads++;
    int n = rows.size();
    int[] taken = new int[values.length / (2 * n)];
    for (int row = 0; row < n; row++) {
      OpenResponse slot = rows.get(row);
      boolean open = true;
      for (int step = 0; step < taken.length && open; step++) {
        int at = 2 * (step * n + row);
        slot.take((int) values[at], (float) values[at + 1]);
        taken[step]++;
        var reason = slot.ended(ends, sampling.truncation().minTokens());
        open = reason.isEmpty();
        reason.ifPresent(why -> finish(slot, why, finished));
      }
    }
    return taken;
  }

  /** One token, or a block of them, for every response under way. */
  private void step(List<OpenResponse> active, Consumer<Decoded> finished, IntConsumer progress) {
    int n = active.size();
    int steps = Math.min(block, active.stream().mapToInt(OpenResponse::left).min().orElse(1));
    var sequences = active.stream().map(slot -> slot.sequence).toList();
    int[] positions = active.stream().mapToInt(OpenResponse::lastPosition).toArray();
    int[] last = active.stream().mapToInt(OpenResponse::lastToken).toArray();
    try (var scope = new PointerScope()) {
      Tensor tokens = Tensors.indices(last, sampler.room(n).device());
      Tensor both = sampler.room(n).new_empty(steps, n, 2).to(ScalarType.Double);
      for (int step = 0; step < steps; step++) {
        try (var inner = new PointerScope()) {
          Tensor hidden =
              decoder.step(tokens, positions, turns(active, positions), sequences, cache);
          Tensor logits = decoder.logits(hidden, sampler.room(n));
          var picks = sampler.draw(logits, uniforms(active, step), early(active, step));
          put(both, step, picks);
          tokens.copy_(picks.ids().view(n));
        }
        for (int row = 0; row < n; row++) {
          positions[row]++;
        }
      }
      for (int taken : take(both, active, finished)) {
        slotSteps += slots.length;
        busySteps += taken;
        progress.accept(taken);
      }
    }
  }

  private static int[] turns(List<OpenResponse> rows, int[] positions) {
    int[] turns = new int[positions.length];
    for (int row = 0; row < turns.length; row++) {
      turns[row] = rows.get(row).turn(positions[row]);
    }
    return turns;
  }

  private double[] uniforms(List<OpenResponse> rows, int step) {
    return rows.stream()
        .mapToDouble(slot -> Seeds.uniform(slot.request.seed(), slot.next() + step))
        .toArray();
  }

  private boolean[] early(List<OpenResponse> rows, int step) {
    boolean[] early = new boolean[rows.size()];
    for (int row = 0; row < early.length; row++) {
      early[row] = rows.get(row).next() + step + 1 < sampling.truncation().minTokens();
    }
    return early;
  }

  private void finish(OpenResponse slot, StopReason reason, Consumer<Decoded> finished) {
    free(slot);
    finished.accept(slot.finish(reason));
  }

  private void free(OpenResponse slot) {
    for (int i = 0; i < slots.length; i++) {
      if (slots[i] == slot) {
        slots[i] = null;
      }
    }
    cache.close(slot.sequence);
  }

  @Override
  public void close() {
    prefill.close();
    sampler.close();
    if (ownCache) {
      cache.close();
    }
    decoder.close();
  }
}
