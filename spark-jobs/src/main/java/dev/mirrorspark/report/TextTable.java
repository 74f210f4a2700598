package dev.mirrorspark.report;

import java.util.ArrayList;
import java.util.List;

/** A table as aligned lines of text: numbers to the right, everything else to the left. */
public final class TextTable {
  private static final String GAP = "  ";

  private TextTable() {}

  /**
   * The lines of the table: header, rule, rows.
   *
   * @param header names of the columns
   * @param rows cells, as many a row as the header has
   */
  public static List<String> lines(List<String> header, List<List<String>> rows) {
    int[] widths = new int[header.size()];
    boolean[] right = new boolean[header.size()];
    for (int column = 0; column < widths.length; column++) {
      int at = column;
      widths[at] = width(header.get(at));
      rows.forEach(row -> widths[at] = Math.max(widths[at], width(row.get(at))));
      right[at] = !rows.isEmpty() && rows.stream().allMatch(row -> numeric(row.get(at)));
    }
    List<String> lines = new ArrayList<>();
    lines.add(line(header, widths, right));
    var rule = new ArrayList<String>();
    for (int width : widths) {
      rule.add("─".repeat(width));
    }
    lines.add(line(rule, widths, right));
    rows.forEach(row -> lines.add(line(row, widths, right)));
    return lines;
  }

  private static String line(List<String> cells, int[] widths, boolean[] right) {
    var line = new StringBuilder();
    for (int column = 0; column < widths.length; column++) {
      String cell = cells.get(column);
      String fill = " ".repeat(widths[column] - width(cell));
      line.append(column == 0 ? "" : GAP);
      line.append(right[column] ? fill + cell : cell + fill);
    }
    return line.toString().stripTrailing();
  }

  private static int width(String cell) {
    return cell.codePointCount(0, cell.length());
  }

  private static boolean numeric(String cell) {
    return cell.isEmpty() || cell.equals("–") || cell.matches("[-+]?[0-9][0-9.,]*( ?%| ?s)?");
  }
}
