package dev.mirrorspark.prompts;

import java.util.ArrayList;
import java.util.List;

/**
 * What came of importing a file.
 *
 * @param file the file
 * @param rowsIn rows in the file, blank lines aside
 * @param kept rows that are problems now
 * @param rejected the other rows, in order
 * @param alreadyImported whether an earlier import had appended these very rows
 */
public record ImportReport(
    String file, int rowsIn, int kept, List<RejectedRow> rejected, boolean alreadyImported) {
  private static final int PRINTED = 20;

  /**
   * A row that is no problem.
   *
   * @param line its line (JSONL, CSV), or its number among the rows (Parquet), from 1
   * @param reason why, in words for the user
   */
  public record RejectedRow(long line, String reason) {}

  public ImportReport {
    rejected = List.copyOf(rejected);
  }

  /** The report in words: a line with the counts, then one for each rejected row, 20 at most. */
  public List<String> lines() {
    var head =
        "%s: %,d rows in, %,d kept, %,d rejected%s"
            .formatted(
                file,
                rowsIn,
                kept,
                rejected.size(),
                alreadyImported ? " (imported before, nothing appended)" : "");
    var lines = new ArrayList<String>();
    lines.add(head);
    rejected.stream()
        .limit(PRINTED)
        .forEach(row -> lines.add("  line %d: %s".formatted(row.line(), row.reason())));
    if (rejected.size() > PRINTED) {
      lines.add("  and %,d more".formatted(rejected.size() - PRINTED));
    }
    return lines;
  }
}
