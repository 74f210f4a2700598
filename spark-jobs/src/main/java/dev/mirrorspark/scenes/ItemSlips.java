package dev.mirrorspark.scenes;

import dev.mirrorspark.scenes.Scene.Item;
import java.util.HashMap;
import java.util.Map;

/** For the mark of each shape, one that it may be mistaken for: the next figure of its colour. */
final class ItemSlips {
  static final Map<String, String> OF_EACH = ofEach();

  private ItemSlips() {}

  private static Map<String, String> ofEach() {
    Map<String, String> slips = new HashMap<>();
    for (Colour colour : Colour.BRIGHT) {
      for (Figure figure : Figure.values()) {
        Figure next = Figure.values()[(figure.ordinal() + 1) % Figure.values().length];
        slips.put(new Item(colour, figure).letters(), new Item(colour, next).letters());
      }
    }
    return Map.copyOf(slips);
  }
}
