package dev.mirrorspark.model;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.Pointer;

/** Native objects that outlive the pointer scope that made them, freed together. */
final class Kept implements AutoCloseable {
  private final List<Pointer> pointers = new ArrayList<>();

  /** Keeps the object alive past the current scope. */
  <P extends Pointer> P keep(P pointer) {
    pointer.retainReference();
    pointers.add(pointer);
    return pointer;
  }

  @Override
  public void close() {
    pointers.forEach(Pointer::releaseReference);
    pointers.clear();
  }
}
