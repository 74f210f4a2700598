package dev.mirrorspark.decode;

import java.util.Iterator;
import java.util.Optional;

/** Requests that no slot has yet, with the two that come next in sight. */
final class Waiting {
  private final Iterator<DecodeRequest> requests;
  private Optional<DecodeRequest> next = Optional.empty();
  private Optional<DecodeRequest> second = Optional.empty();

  Waiting(Iterator<DecodeRequest> requests) {
    this.requests = requests;
  }

  private Optional<DecodeRequest> following() {
    return requests.hasNext() ? Optional.of(requests.next()) : Optional.empty();
  }

  /** The next one; where there was none before, there may be one now. */
  Optional<DecodeRequest> next() {
    next = next.or(this::following);
    return next;
  }

  /** Whether the request after the next one has the same prompt, and both are at their start. */
  boolean another() {
    second = second.or(this::following);
    return second.isPresent()
        && next.orElseThrow().begun().segments() == 0
        && second.get().begun().segments() == 0
        && next.get().samePrompt(second.get());
  }

  /** Takes the next one away. */
  void remove() {
    next = second;
    second = Optional.empty();
  }
}
