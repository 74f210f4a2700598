package dev.mirrorspark.scenes;

import dev.mirrorspark.vision.PictureFault;
import dev.mirrorspark.vision.PictureFile;
import dev.mirrorspark.vision.PictureReader;
import dev.mirrorspark.vision.Pixels;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Shapes on a square board, at most one to a cell.
 *
 * @param side cells of a row, and rows
 * @param cells row by row; empty where there is no shape
 */
record Scene(int side, List<Optional<Item>> cells) {
  /** Pixels of a cell's side. */
  static final int CELL = 16;

  private static final int MARGIN = 2;
  private static final int SMALLEST = 9;
  private static final int LARGEST = 12;

  /** A shape of a colour. */
  record Item(Colour colour, Figure figure) {
    static Item random(RandomGenerator rng) {
      return new Item(
          Colour.BRIGHT.get(rng.nextInt(Colour.BRIGHT.size())),
          Figure.values()[rng.nextInt(Figure.values().length)]);
    }

    /** Its name in questions. */
    String words() {
      return colour.word() + " " + figure.word();
    }

    /** Its name in a chain of thought. */
    String letters() {
      return "" + colour.letter() + figure.letter();
    }
  }

  Scene {
    cells = List.copyOf(cells);
  }

  /** A board of that size with these shapes in cells of chance. */
  static Scene scattered(int side, List<Item> items, RandomGenerator rng) {
    List<Optional<Item>> cells = new ArrayList<>();
    items.forEach(item -> cells.add(Optional.of(item)));
    while (cells.size() < side * side) {
      cells.add(Optional.empty());
    }
    for (int i = cells.size() - 1; i > 0; i--) {
      Collections.swap(cells, i, rng.nextInt(i + 1));
    }
    return new Scene(side, cells);
  }

  /** Its drawing: sizes and places within cells are of chance. */
  PictureFile draw(RandomGenerator rng) {
    var canvas = new Canvas(side * CELL, side * CELL);
    for (int i = 0; i < cells.size(); i++) {
      int size = SMALLEST + rng.nextInt(LARGEST - SMALLEST + 1);
      int play = CELL - 2 * MARGIN - size + 1;
      int x = i % side * CELL + MARGIN + rng.nextInt(play);
      int y = i / side * CELL + MARGIN + rng.nextInt(play);
      cells
          .get(i)
          .ifPresent(
              item -> {
                switch (item.figure()) {
                  case CIRCLE -> canvas.circle(item.colour(), x, y, size);
                  case SQUARE -> canvas.fill(item.colour(), x, y, size, size);
                  case TRIANGLE -> canvas.triangle(item.colour(), x, y, size);
                }
              });
    }
    return canvas.picture();
  }

  /** The scene that a drawing shows, by its pixels alone. */
  static Scene of(PictureFile picture) {
    Pixels pixels = pixels(picture);
    int side = pixels.width() / CELL;
    List<Optional<Item>> cells = new ArrayList<>();
    for (int i = 0; i < side * side; i++) {
      cells.add(item(pixels, i % side * CELL, i / side * CELL));
    }
    return new Scene(side, cells);
  }

  static Pixels pixels(PictureFile picture) {
    try {
      return PictureReader.pixels(picture);
    } catch (PictureFault e) {
      throw new IllegalArgumentException(e);
    }
  }

  /** The colour of a pixel. */
  static Colour colour(Pixels pixels, int x, int y) {
    return Colour.of(pixels.at(x, y, 0) << 16 | pixels.at(x, y, 1) << 8 | pixels.at(x, y, 2));
  }

  /** A square fills its frame; a triangle has one corner above, a circle none. */
  private static Optional<Item> item(Pixels pixels, int left, int top) {
    int minX = CELL;
    int maxX = -1;
    int minY = CELL;
    int maxY = -1;
    int filled = 0;
    Colour found = Colour.BACKGROUND;
    for (int y = 0; y < CELL; y++) {
      for (int x = 0; x < CELL; x++) {
        Colour colour = colour(pixels, left + x, top + y);
        if (colour != Colour.BACKGROUND) {
          found = colour;
          filled++;
          minX = Math.min(minX, x);
          maxX = Math.max(maxX, x);
          minY = Math.min(minY, y);
          maxY = Math.max(maxY, y);
        }
      }
    }
    if (filled == 0) {
      return Optional.empty();
    }
    int frame = (maxX - minX + 1) * (maxY - minY + 1);
    if (filled == frame) {
      return Optional.of(new Item(found, Figure.SQUARE));
    }
    return Optional.of(new Item(found, filled > 0.65 * frame ? Figure.CIRCLE : Figure.TRIANGLE));
  }

  /** The shapes in the order in which a page is read, {@code --} where there is none. */
  String read() {
    var text = new StringBuilder();
    for (int i = 0; i < cells.size(); i++) {
      text.append(i == 0 ? "" : i % side == 0 ? ";" : ",");
      text.append(cells.get(i).map(Item::letters).orElse("--"));
    }
    return text.toString();
  }
}
