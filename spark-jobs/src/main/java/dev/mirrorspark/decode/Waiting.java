package dev.mirrorspark.decode;

import java.util.Iterator;
import java.util.Optional;
import java.util.function.Predicate;

/** Requests that no slot has yet, with the two that come next in sight. */
final class Waiting {
  private final Iterator<DecodeRequest> requests;
  private final Predicate<DecodeRequest> wanted;
  private Optional<DecodeRequest> next = Optional.empty();
  private Optional<DecodeRequest> second = Optional.empty();

  /**
   * @param wanted leaves out those that nobody waits for
   */
  Waiting(Iterator<DecodeRequest> requests, Predicate<DecodeRequest> wanted) {
    this.requests = requests;
    this.wanted = wanted;
  }

  private Optional<DecodeRequest> following() {
    while (requests.hasNext()) {
      DecodeRequest request = requests.next();
      if (wanted.test(request)) {
        return Optional.of(request);
      }
    }
    return Optional.empty();
  }

  /** The next one; where there was none before, there may be one now. */
  Optional<DecodeRequest> next() {
    next = next.or(this::following);
    return next;
  }

  /** Forgets those in sight that nobody waits for any more. */
  void giveUp() {
    second = second.filter(wanted);
    next = next.filter(wanted);
    if (next.isEmpty()) {
      remove();
    }
  }

  /** Whether the request after the next one has the same prompt, and both can share it. */
  boolean another() {
    second = second.or(this::following);
    return second.isPresent()
        && next.orElseThrow().sharesPrompt()
        && second.get().sharesPrompt()
        && next.get().samePrompt(second.get());
  }

  /** Takes the next one away. */
  void remove() {
    next = second;
    second = Optional.empty();
  }
}
