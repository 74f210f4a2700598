package dev.mirrorspark.decode;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.NoSuchElementException;

/**
 * Requests that come while others are decoded: what an engine that serves reads from. The engine
 * keeps the slots that are idle meanwhile. Safe for several threads at once.
 */
public final class OpenRequests implements Iterator<DecodeRequest> {
  private final Deque<DecodeRequest> waiting = new ArrayDeque<>();

  /** Adds one. */
  public synchronized void add(DecodeRequest request) {
    waiting.add(request);
  }

  @Override
  public synchronized boolean hasNext() {
    return !waiting.isEmpty();
  }

  @Override
  public synchronized DecodeRequest next() {
    if (waiting.isEmpty()) {
      throw new NoSuchElementException();
    }
    return waiting.remove();
  }
}
