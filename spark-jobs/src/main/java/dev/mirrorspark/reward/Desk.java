package dev.mirrorspark.reward;

import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

/**
 * Where responses are judged: a verifier by its name.
 *
 * @param open gives an instance, one to a thread
 * @param threads how many of its judgements a task may have under way
 * @param turns a judgement takes one; the clock of its limit starts then
 */
record Desk(String name, Supplier<Verifier> open, int threads, Semaphore turns) {

  /** A verifier that computes in this process. */
  static Desk of(String name, Supplier<Verifier> open) {
    return new Desk(name, open, 1, new Semaphore(Integer.MAX_VALUE));
  }
}
