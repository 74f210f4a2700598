package dev.mirrorspark.template;

import java.util.Iterator;
import java.util.List;

/**
 * What {@code map}, {@code select} and their like give: it can be gone through once, has no length
 * and is true even where it is empty.
 */
record Generator(Iterator<Object> items) implements Iterable<Object> {
  static Generator of(List<Object> items) {
    return new Generator(items.iterator());
  }

  @Override
  public Iterator<Object> iterator() {
    return items;
  }
}
