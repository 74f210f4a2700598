package dev.mirrorspark.decode;

/** Follows a Python program line by line and knows whether a string of three quotes is open. */
final class TripleQuotes {
  private static final char NONE = 0;

  private char quote = NONE;

  boolean open() {
    return quote != NONE;
  }

  TripleQuotes copy() {
    var copy = new TripleQuotes();
    copy.quote = quote;
    return copy;
  }

  void read(String line) {
    char single = NONE; // the quote of a string that ends on its line
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == '\\' && (open() || single != NONE)) {
        i++;
      } else if (open()) {
        if (c == quote && triple(line, i)) {
          quote = NONE;
          i += 2;
        }
      } else if (single != NONE) {
        single = c == single ? NONE : single;
      } else if (c == '#') {
        return;
      } else if (c == '"' || c == '\'') {
        if (triple(line, i)) {
          quote = c;
          i += 2;
        } else {
          single = c;
        }
      }
    }
  }

  private static boolean triple(String line, int at) {
    return at + 2 < line.length()
        && line.charAt(at + 1) == line.charAt(at)
        && line.charAt(at + 2) == line.charAt(at);
  }
}
