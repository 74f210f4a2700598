package dev.mirrorspark.report;

import java.util.ArrayList;
import java.util.List;

/** A table in Markdown whose columns are aligned in plain text, too. */
public final class MarkdownTable {
  private MarkdownTable() {}

  /**
   * The lines of the table: header, rule, rows.
   *
   * @param header names of the columns
   * @param rows cells, as many a row as the header has
   */
  public static List<String> lines(List<String> header, List<List<String>> rows) {
    int[] widths = new int[header.size()];
    for (int column = 0; column < widths.length; column++) {
      int at = column;
      widths[at] = width(header.get(at));
      rows.forEach(row -> widths[at] = Math.max(widths[at], width(escaped(row.get(at)))));
    }
    List<String> lines = new ArrayList<>();
    lines.add(line(header, widths));
    var rule = new StringBuilder("|");
    for (int width : widths) {
      rule.append("-".repeat(width + 2)).append('|');
    }
    lines.add(rule.toString());
    rows.forEach(row -> lines.add(line(row, widths)));
    return lines;
  }

  private static String line(List<String> cells, int[] widths) {
    var line = new StringBuilder("|");
    for (int column = 0; column < widths.length; column++) {
      String cell = escaped(cells.get(column));
      line.append(' ').append(cell).append(" ".repeat(widths[column] - width(cell))).append(" |");
    }
    return line.toString();
  }

  private static String escaped(String cell) {
    return cell.replace("|", "\\|");
  }

  private static int width(String cell) {
    return cell.codePointCount(0, cell.length());
  }
}
