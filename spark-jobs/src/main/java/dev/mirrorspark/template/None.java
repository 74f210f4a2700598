package dev.mirrorspark.template;

/** Python's {@code None}. */
enum None {
  NONE
}
