package dev.mirrorspark.math;

import java.util.Arrays;
import java.util.Optional;

/** Balanced braces of LaTeX, such as those of <code>\boxed{…}</code>. */
public final class Braces {
  private Braces() {}

  /**
   * The text between a brace and its partner; an escaped brace is text. Empty if it has none.
   *
   * @param open index of the opening brace
   */
  public static Optional<String> argument(String text, int open) {
    int depth = 0;
    for (int i = open; i < text.length(); i++) {
      switch (text.charAt(i)) {
        case '\\' -> i++;
        case '{' -> depth++;
        case '}' -> depth--;
        default -> {}
      }
      if (depth == 0) {
        return Optional.of(text.substring(open + 1, i));
      }
    }
    return Optional.empty();
  }

  /**
   * For each brace of a text that opens and is closed, the index of its partner; elsewhere -1. In
   * one pass, however many braces stay open.
   */
  public static int[] partners(String text) {
    int[] partners = new int[text.length()];
    int[] open = new int[text.length()];
    Arrays.fill(partners, -1);
    int depth = 0;
    for (int i = 0; i < text.length(); i++) {
      switch (text.charAt(i)) {
        case '\\' -> i++;
        case '{' -> open[depth++] = i;
        case '}' -> {
          if (depth > 0) {
            partners[open[--depth]] = i;
          }
        }
        default -> {}
      }
    }
    return partners;
  }
}
