package dev.mirrorspark.scenes;

import java.util.Locale;

/** The shapes of the scenes. */
enum Figure {
  CIRCLE,
  SQUARE,
  TRIANGLE;

  /** Its name in questions and answers. */
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Its name in a chain of thought. */
  char letter() {
    return word().charAt(0);
  }
}
