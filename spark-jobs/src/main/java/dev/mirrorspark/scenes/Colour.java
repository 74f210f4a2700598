package dev.mirrorspark.scenes;

import java.util.List;
import java.util.Locale;

/** The colours of the scenes. */
enum Colour {
  BACKGROUND(0xf4f1ea),
  INK(0x202020),
  RED(0xd62828),
  GREEN(0x2a9d3a),
  BLUE(0x2455c3),
  YELLOW(0xf2c014);

  /** Those of shapes and bars. */
  static final List<Colour> BRIGHT = List.of(RED, GREEN, BLUE, YELLOW);

  private final int rgb;

  Colour(int rgb) {
    this.rgb = rgb;
  }

  int rgb() {
    return rgb;
  }

  /** Its name in questions and answers. */
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Its name in a chain of thought. */
  char letter() {
    return word().charAt(0);
  }

  static Colour of(int rgb) {
    for (Colour colour : values()) {
      if (colour.rgb == rgb) {
        return colour;
      }
    }
    throw new IllegalArgumentException("no colour of a scene: %06x".formatted(rgb));
  }
}
