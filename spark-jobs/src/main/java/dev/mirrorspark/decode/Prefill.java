package dev.mirrorspark.decode;

import dev.mirrorspark.model.Decoder;
import dev.mirrorspark.model.KvCache;
import dev.mirrorspark.model.PackedSequences;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * The prompts that wait to be computed, in chunks of at most {@link #CHUNK} tokens, so that neither
 * memory nor the responses under way wait for a long one. Successive responses to one prompt share
 * it: it is computed once.
 */
final class Prefill implements AutoCloseable {

  /** Most tokens of one forward pass. */
  static final int CHUNK = 2048;

  /** What is computed before a response's first token, and the responses that wait for it. */
  private static final class Prompt {
    final DecodeRequest request;
    final int[] tokens;
    final KvCache.Sequence sequence;

    /** Whether the sequence is the prompt's own and the responses are forks of it. */
    final boolean shared;

    final List<OpenResponse> waiting = new ArrayList<>();
    int done;
    Tensor last;

    Prompt(DecodeRequest request, int[] tokens, KvCache.Sequence sequence, boolean shared) {
      this.request = request;
      this.tokens = tokens;
      this.sequence = sequence;
      this.shared = shared;
    }

    int left() {
      return tokens.length - done;
    }
  }

  /**
   * Responses whose first token can be drawn.
   *
   * @param hidden hidden states of the last tokens of their prompts {@code [prompts, hidden]}
   * @param prompts row of each response's prompt {@code [slots]}
   */
  record Ready(List<OpenResponse> slots, Tensor hidden, int[] prompts) {}

  private final Decoder decoder;
  private final KvCache cache;
  private final Queue<Prompt> queue = new ArrayDeque<>();

  /** The prompt that the next response may share; it outlives its responses. */
  private Prompt current;

  private long computed;

  Prefill(Decoder decoder, KvCache cache) {
    this.decoder = decoder;
    this.cache = cache;
  }

  /** Tokens of prompts computed so far. */
  long computed() {
    return computed;
  }

  boolean isEmpty() {
    return queue.isEmpty();
  }

  /** Whether a response's prompt is there, or on its way. */
  private boolean has(DecodeRequest request) {
    return current != null && request.sharesPrompt() && request.samePrompt(current.request);
  }

  /** Pages that a response needs from the cache, with so many tokens in all. */
  int pages(DecodeRequest request, int tokens, boolean another) {
    int all = KvCache.pagesFor(tokens);
    int prompt = request.promptTokens().length;
    if (has(request)) {
      return all - prompt / KvCache.PAGE;
    }
    return another ? all - prompt / KvCache.PAGE + KvCache.pagesFor(prompt) : all;
  }

  /**
   * Room for a response, that of {@link #pages}.
   *
   * @param another whether the next response has the same prompt
   */
  KvCache.Sequence open(DecodeRequest request, int tokens, boolean another) {
    int[] prompt = request.promptTokens();
    if (!has(request)) {
      if (!another) {
        return cache.open(tokens);
      }
      leave();
      current = new Prompt(request, prompt, cache.open(prompt.length), true);
    }
    return cache.fork(current.sequence, prompt.length, tokens);
  }

  /** Puts a response in line. */
  void add(OpenResponse slot) {
    Prompt prompt = current;
    if (!has(slot.request)) {
      prompt = new Prompt(slot.request, slot.request.context(), slot.sequence, false);
    }
    prompt.waiting.add(slot);
    if (prompt.waiting.size() == 1) {
      queue.add(prompt);
    }
  }

  /** Takes a response out of the line, and its prompt unless others wait for it. */
  void remove(OpenResponse slot) {
    queue.removeIf(
        prompt -> {
          boolean idle = prompt.waiting.remove(slot) && prompt.waiting.isEmpty();
          if (idle && prompt.shared) {
            free(prompt);
            current = prompt == current ? null : current;
          }
          return idle;
        });
  }

  /** Gives up the prompt that was kept for responses to come. */
  void leave() {
    if (current != null && current.waiting.isEmpty()) {
      free(current);
    }
    current = null;
  }

  private void free(Prompt prompt) {
    cache.close(prompt.sequence);
    if (prompt.last != null) {
      prompt.last.releaseReference();
      prompt.last = null;
    }
  }

  /** Computes a chunk; what it returns lives in the caller's pointer scope. */
  Ready chunk() {
    List<Prompt> whole = new ArrayList<>();
    List<Prompt> rests = new ArrayList<>();
    List<Prompt> finished = new ArrayList<>();
    int tokens = 0;
    while (!queue.isEmpty() && tokens + queue.peek().left() <= CHUNK) {
      Prompt prompt = queue.remove();
      finished.add(prompt);
      tokens += prompt.left();
      if (prompt.done == 0) {
        whole.add(prompt);
      } else if (prompt.left() > 0) {
        rests.add(prompt);
      }
    }
    if (finished.isEmpty() && queue.peek().request.picture().present()) {
      whole.add(queue.peek()); // its picture is computed once
      finished.add(queue.remove());
    } else if (finished.isEmpty()) {
      rests.add(queue.peek());
    }
    if (!rests.isEmpty()) {
      pieces(rests);
    }
    if (!whole.isEmpty()) {
      together(whole);
      computed += whole.stream().mapToInt(prompt -> prompt.tokens.length).sum();
    }
    return ready(finished);
  }

  private void together(List<Prompt> prompts) {
    Tensor hidden =
        decoder.prefill(
            PackedSequences.of(
                prompts.stream().map(prompt -> prompt.tokens).toList(),
                prompts.stream().map(prompt -> decoder.patches(prompt.request.picture())).toList()),
            prompts.stream().map(prompt -> prompt.sequence).toList(),
            cache);
    for (int i = 0; i < prompts.size(); i++) {
      Prompt prompt = prompts.get(i);
      prompt.done = prompt.tokens.length;
      prompt.last = hidden.narrow(0, i, 1).clone();
      prompt.last.retainReference();
    }
  }

  /** What comes behind the tokens that are done, of each a chunk at most. */
  private void pieces(List<Prompt> prompts) {
    try (var scope = new PointerScope()) {
      List<Decoder.Piece> pieces = new ArrayList<>();
      for (Prompt prompt : prompts) {
        int end = prompt.done + Math.min(CHUNK, prompt.left());
        int[] tokens = Arrays.copyOfRange(prompt.tokens, prompt.done, end);
        pieces.add(new Decoder.Piece(tokens, prompt.done, prompt.sequence));
        prompt.done = end;
        computed += tokens.length;
      }
      Tensor hidden = decoder.prefill(pieces, cache);
      for (int i = 0; i < prompts.size(); i++) {
        if (prompts.get(i).left() == 0) {
          prompts.get(i).last = hidden.narrow(0, i, 1).clone();
          prompts.get(i).last.retainReference();
        }
      }
    }
  }

  private Ready ready(List<Prompt> finished) {
    List<OpenResponse> slots = new ArrayList<>();
    List<Integer> rows = new ArrayList<>();
    var hidden = new TensorVector();
    for (Prompt prompt : finished) {
      if (prompt.shared) {
        var forks = prompt.waiting.stream().map(slot -> slot.sequence).toList();
        cache.fill(prompt.sequence, prompt.tokens.length, forks);
      }
      for (OpenResponse slot : prompt.waiting) {
        if (prompt.shared && slot.begun()) { // its own tokens come behind the prompt's
          var rest = new Prompt(slot.request, slot.request.context(), slot.sequence, false);
          rest.done = prompt.tokens.length;
          rest.waiting.add(slot);
          queue.add(rest);
        } else {
          slots.add(slot);
          rows.add((int) hidden.size());
        }
      }
      hidden.push_back(prompt.last);
      prompt.waiting.clear();
    }
    Tensor all = finished.isEmpty() ? new Tensor() : torch.cat(hidden, 0);
    for (Prompt prompt : finished) {
      if (!prompt.shared) {
        prompt.last.releaseReference();
      } else if (prompt != current) {
        free(prompt);
      }
    }
    return new Ready(slots, all, rows.stream().mapToInt(row -> row).toArray());
  }

  @Override
  public void close() {
    leave();
    queue.forEach(
        prompt -> {
          if (prompt.last != null) {
            prompt.last.releaseReference();
          }
        });
    queue.clear();
  }
}
