package dev.mirrorspark.template;

/** A function, macro or method bound to its value. */
@FunctionalInterface
interface Callable {
  Object call(Arguments arguments);
}
