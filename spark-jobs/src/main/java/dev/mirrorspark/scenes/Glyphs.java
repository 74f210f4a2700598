package dev.mirrorspark.scenes;

import dev.mirrorspark.vision.Pixels;
import java.util.Map;

/** Digits and signs of 5 by 7 dots, drawn at twice the size: the same on every machine. */
final class Glyphs {
  /** Pixels from one character to the next, and of a line. */
  static final int WIDTH = 16;

  private static final int DOT = 2;
  private static final int COLUMNS = 5;
  private static final int ROWS = 7;

  private static final Map<Character, String> DOTS =
      Map.ofEntries(
          Map.entry('0', "01110 10001 10011 10101 11001 10001 01110"),
          Map.entry('1', "00100 01100 00100 00100 00100 00100 01110"),
          Map.entry('2', "01110 10001 00001 00110 01000 10000 11111"),
          Map.entry('3', "11111 00010 00100 00010 00001 10001 01110"),
          Map.entry('4', "00010 00110 01010 10010 11111 00010 00010"),
          Map.entry('5', "11111 10000 11110 00001 00001 10001 01110"),
          Map.entry('6', "00110 01000 10000 11110 10001 10001 01110"),
          Map.entry('7', "11111 00001 00010 00100 01000 01000 01000"),
          Map.entry('8', "01110 10001 10001 01110 10001 10001 01110"),
          Map.entry('9', "01110 10001 10001 01111 00001 00010 01100"),
          Map.entry('+', "00000 00100 00100 11111 00100 00100 00000"),
          Map.entry('-', "00000 00000 00000 11111 00000 00000 00000"));

  private Glyphs() {}

  private static boolean dot(char character, int column, int row) {
    return DOTS.get(character).charAt(row * (COLUMNS + 1) + column) == '1';
  }

  /** Draws a character with its upper left dot at that pixel. */
  static void draw(Canvas canvas, char character, int x, int y) {
    for (int row = 0; row < ROWS; row++) {
      for (int column = 0; column < COLUMNS; column++) {
        if (dot(character, column, row)) {
          canvas.fill(Colour.INK, x + column * DOT, y + row * DOT, DOT, DOT);
        }
      }
    }
  }

  /** The character of a cell of a line, wherever in the cell it stands. */
  static char read(Pixels pixels, int left) {
    for (char character : DOTS.keySet()) {
      for (int x = 0; x <= WIDTH - COLUMNS * DOT; x++) {
        for (int y = 0; y <= WIDTH - ROWS * DOT; y++) {
          if (equal(pixels, left, x, y, character)) {
            return character;
          }
        }
      }
    }
    throw new IllegalArgumentException("no character at " + left);
  }

  private static boolean equal(Pixels pixels, int left, int x, int y, char character) {
    for (int row = 0; row < WIDTH; row++) {
      for (int column = 0; column < WIDTH; column++) {
        int inX = column - x;
        int inY = row - y;
        boolean inside = inX >= 0 && inY >= 0 && inX < COLUMNS * DOT && inY < ROWS * DOT;
        boolean inked = inside && dot(character, inX / DOT, inY / DOT);
        if (inked != (Scene.colour(pixels, left + column, row) == Colour.INK)) {
          return false;
        }
      }
    }
    return true;
  }
}
