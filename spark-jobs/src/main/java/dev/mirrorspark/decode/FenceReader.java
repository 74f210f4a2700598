package dev.mirrorspark.decode;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Finds the fenced blocks of a text, by the rules of CommonMark 0.31 (4.5), also within list items
 * and quotations. Where these rules would lose a program that a reader sees, it follows the reader:
 *
 * <ul>
 *   <li>a fence may be indented by more than three columns outside a list too
 *   <li>lines of a list item's block may be indented by less than the item
 *   <li>a fence inside a string of three quotes does not close a block of Python, if a later one
 *       outside such strings does
 * </ul>
 */
final class FenceReader {
  private static final Pattern MARKER = Pattern.compile("([-+*]|\\d{1,9}[.)])(?=[ \\t])");
  private static final int TAB = 4;
  private static final int FREE = 3; // columns by which a fence may be indented
  private static final int DEEPEST = 100; // list items and quotations around a fence

  /** So often a later fence is looked for: what a response may cost stays linear in its length. */
  private static final int LOOKS_AHEAD = 16;

  private final List<String> lines;
  private final boolean lastLineEnds;
  private int looks = LOOKS_AHEAD;

  FenceReader(String text) {
    this.lines = text.lines().toList();
    this.lastLineEnds = text.endsWith("\n") || text.endsWith("\r");
  }

  /**
   * The line that opens a block.
   *
   * @param quotes marks of quotations before it
   * @param indent columns before the fence, behind the quotation's marks
   */
  private record Opening(int quotes, int indent, char mark, int length, String info) {
    static Optional<Opening> of(String text) {
      int quotes = 0;
      int from = 0;
      int column = 0;
      int depth = 0;
      for (boolean container = true; container && depth <= DEEPEST; depth++) {
        while (from < text.length() && blank(text.charAt(from))) {
          column = next(column, text.charAt(from));
          from++;
        }
        var marker = MARKER.matcher(text).region(from, text.length());
        marker.useTransparentBounds(true);
        if (text.startsWith(">", from)) {
          quotes++;
          from += text.startsWith("> ", from) ? 2 : 1;
          column = 0;
        } else if (marker.lookingAt()) {
          column += marker.end() - from;
          from = marker.end();
        } else {
          container = false;
        }
      }
      int length = run(text, from);
      if (length < 3 || depth > DEEPEST) {
        return Optional.empty();
      }
      String info = text.substring(from + length);
      boolean inline = text.charAt(from) == '`' && info.indexOf('`') >= 0;
      return inline
          ? Optional.empty()
          : Optional.of(new Opening(quotes, column, text.charAt(from), length, info));
    }

    /** A line without the marks of the quotation; empty where it stands outside of it. */
    Optional<String> inside(String line) {
      String rest = line;
      for (int i = 0; i < quotes; i++) {
        String text = rest.stripLeading();
        if (!text.startsWith(">")) {
          return Optional.empty();
        }
        rest = text.startsWith("> ") ? text.substring(2) : text.substring(1);
      }
      return Optional.of(rest);
    }

    boolean closedBy(String line) {
      int column = 0;
      int from = 0;
      while (from < line.length() && blank(line.charAt(from))) {
        column = next(column, line.charAt(from));
        from++;
      }
      int run = run(line, from);
      return column <= Math.max(FREE, indent)
          && run >= length
          && line.charAt(from) == mark
          && line.substring(from + run).isBlank();
    }

    /** A line without as many columns of white space as stand before the fence. */
    String outdented(String line) {
      int column = 0;
      int from = 0;
      while (column < indent && from < line.length() && blank(line.charAt(from))) {
        column = next(column, line.charAt(from));
        from++;
      }
      return " ".repeat(Math.max(0, column - indent)) + line.substring(from);
    }

    private static boolean blank(char c) {
      return c == ' ' || c == '\t' || c == '\uFEFF';
    }

    private static int next(int column, char c) {
      return switch (c) {
        case '\t' -> (column / TAB + 1) * TAB;
        case '\uFEFF' -> column;
        default -> column + 1;
      };
    }

    /** How many of the same mark stand there, if it is one of a fence. */
    private static int run(String text, int from) {
      int end = from;
      while (end < text.length()
          && (text.charAt(end) == '`' || text.charAt(end) == '~')
          && text.charAt(end) == text.charAt(from)) {
        end++;
      }
      return end - from;
    }
  }

  List<FencedBlock> blocks() {
    List<FencedBlock> blocks = new ArrayList<>();
    int line = 0;
    while (line < lines.size()) {
      Optional<Opening> opening = Opening.of(lines.get(line));
      line++;
      if (opening.isPresent()) {
        line = read(opening.get(), line, blocks);
      }
    }
    return blocks;
  }

  /** Adds the block whose lines begin there; returns the line behind it. */
  private int read(Opening opening, int first, List<FencedBlock> blocks) {
    String language = FencedBlock.languageOf(opening.info());
    var block = new FencedBlock(language, "");
    boolean python = language.isEmpty() || block.languageIn(known -> false).equals("python");
    var source = new StringBuilder();
    var strings = new TripleQuotes();
    int closing = -1; // where a fence within a string was passed over: the one that closes
    int line = first;
    for (; line < lines.size(); line++) {
      Optional<String> inside = opening.inside(lines.get(line));
      if (inside.isEmpty()) {
        blocks.add(new FencedBlock(language, source.toString()));
        return line;
      }
      if (line >= closing && opening.closedBy(inside.get())) {
        closing = python && strings.open() ? closingAfter(opening, line, strings) : line;
        if (closing == line) {
          blocks.add(new FencedBlock(language, source.toString()));
          return line + 1;
        }
      }
      String content = opening.outdented(inside.get());
      source.append(line == first ? content.replaceFirst("^\uFEFF", "") : content).append('\n');
      strings.read(content);
    }
    if (!lastLineEnds && !source.isEmpty()) {
      source.setLength(source.length() - 1);
    }
    blocks.add(new FencedBlock(language, source.toString()));
    return line;
  }

  /** The first fence behind a line that closes the block outside of strings; else that line. */
  private int closingAfter(Opening opening, int line, TripleQuotes strings) {
    if (looks-- <= 0) {
      return line;
    }
    var ahead = strings.copy();
    for (int next = line; next < lines.size(); next++) {
      Optional<String> inside = opening.inside(lines.get(next));
      if (inside.isEmpty()) {
        return line;
      }
      if (next > line && !ahead.open() && opening.closedBy(inside.get())) {
        return next;
      }
      ahead.read(opening.outdented(inside.get()));
    }
    return line;
  }
}
