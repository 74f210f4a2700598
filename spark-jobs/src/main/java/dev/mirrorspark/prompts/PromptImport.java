package dev.mirrorspark.prompts;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.files.Storage;
import dev.mirrorspark.prompts.ImportReport.RejectedRow;
import dev.mirrorspark.prompts.ProblemFile.RawRow;
import dev.mirrorspark.prompts.RowMapping.BadRow;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.Warehouse;
import dev.mirrorspark.vision.PictureFile;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.commons.codec.digest.DigestUtils;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Takes a user's own problems into table {@code prompts}: JSONL, CSV or Parquet in any layout that
 * the run file maps ({@code prompts.imports}). A bad row is named with its line and reason; the
 * others are kept.
 *
 * <p>Rows are appended at the end of a file, and before it where their pictures come to {@link
 * #PART_BYTES}: so no more of them are in memory at once. An import that was stopped between two
 * parts goes on when it is started again.
 */
public final class PromptImport {
  /** Bytes of pictures that are appended in one part. */
  static final long PART_BYTES = 64L << 20;

  private static final String PARTS = "/parts";

  private final SparkSession spark;
  private final Warehouse warehouse;
  private final ProblemCheck check;
  private final RowMapping mapping;
  private final String app;
  private final long partBytes;
  private final Map<String, String> placeByPrompt;
  private final List<Kept> kept = new ArrayList<>();
  private final List<RejectedRow> rejected = new ArrayList<>();
  private final boolean again;
  private final boolean begun;
  private long pictureBytes;
  private int rowsIn;
  private int done;
  private long part;

  /**
   * A problem and the line that it stands in.
   *
   * @param inTable whether an earlier start of the import has appended it
   */
  private record Kept(long line, Prompts.Prompt problem, boolean inTable) {}

  private PromptImport(
      SparkSession spark,
      Warehouse warehouse,
      ProblemCheck check,
      RowMapping mapping,
      String app,
      long partBytes,
      Map<String, String> places) {
    this.spark = spark;
    this.warehouse = warehouse;
    this.check = check;
    this.mapping = mapping;
    this.app = app;
    this.partBytes = partBytes;
    this.placeByPrompt = places;
    this.again = warehouse.committed(Prompts.TABLE, app).isPresent();
    var parts = warehouse.committed(Prompts.TABLE, app + PARTS);
    this.begun = again || parts.isPresent();
    this.part = parts.orElse(-1) + 1;
  }

  /**
   * Imports every file of {@code prompts.imports}; a file that was imported before, unchanged and
   * with the same mapping, appends nothing.
   *
   * @param answerTypes answer types that have a verifier
   * @throws UserError if a file cannot be read, lacks a mapped column, or holds no usable row
   */
  public static List<ImportReport> importAll(
      SparkSession spark, Warehouse warehouse, RunConfig config, Set<String> answerTypes) {
    return importAll(spark, warehouse, config, answerTypes, ProblemCheck.NONE);
  }

  /**
   * The same, but for problems of programming whose tests tell nothing.
   *
   * @param check looks at their answers, in Spark tasks; not again at those that are in the table
   */
  public static List<ImportReport> importAll(
      SparkSession spark,
      Warehouse warehouse,
      RunConfig config,
      Set<String> answerTypes,
      ProblemCheck check) {
    return importAll(spark, warehouse, config, answerTypes, check, PART_BYTES);
  }

  static List<ImportReport> importAll(
      SparkSession spark,
      Warehouse warehouse,
      RunConfig config,
      Set<String> answerTypes,
      ProblemCheck check,
      long partBytes) {
    List<ImportReport> reports = new ArrayList<>();
    var dataset = config.prompts().dataset();
    for (int i = 0; i < config.prompts().imports().size(); i++) {
      var source = config.prompts().imports().get(i);
      var file = new ProblemFile(spark, "prompts.imports." + i, source.file());
      var app = "prompts/%s/import/%s".formatted(dataset, digest(file, source));
      var mapping = new RowMapping(dataset, source, answerTypes, pictures(spark, source));
      var places = PromptSets.places(warehouse, dataset);
      var work = new PromptImport(spark, warehouse, check, mapping, app, partBytes, places);
      file.read(source.format(), RowMapping.columns(source), work::take);
      reports.add(work.end(source.file()));
    }
    return reports;
  }

  /** What an import depends on: its mapping and all rows of the file. */
  private static String digest(ProblemFile file, RunConfig.Import source) {
    var digest = DigestUtils.getSha256Digest();
    var before = new StringBuilder(source + "\n[");
    file.read(
        source.format(),
        RowMapping.columns(source),
        row -> {
          digest.update(before.append(row).toString().getBytes(StandardCharsets.UTF_8));
          before.setLength(0);
          before.append(", ");
        });
    boolean empty = !before.toString().equals(", ");
    digest.update(((empty ? before : "") + "]").getBytes(StandardCharsets.UTF_8));
    return HexFormat.of().formatHex(digest.digest());
  }

  private ImportReport end(String file) {
    look();
    if (done + kept.size() == 0) {
      throw noneUsable(file, rowsIn, rejected);
    }
    if (!again) {
      append(app, 0);
    }
    rejected.sort(Comparator.comparingLong(RejectedRow::line));
    return new ImportReport(file, rowsIn, done + kept.size(), rejected, again);
  }

  private void append(String txnApp, long version) {
    List<Row> problems =
        kept.stream().filter(one -> !one.inTable()).map(one -> one.problem().toRow()).toList();
    warehouse.append(Prompts.TABLE, problems, txnApp, version);
  }

  private static PictureCell pictures(SparkSession spark, RunConfig.Import source) {
    var storage = Storage.of(spark.sparkContext().hadoopConfiguration());
    var folder = new Path(source.file()).getParent();
    return new PictureCell(
        storage, folder == null ? "." : folder.toString(), PictureFile.Limits.DEFAULT);
  }

  /** Takes back the problems that the check has something against. */
  private void look() {
    List<Kept> looked =
        kept.stream()
            .filter(one -> ProblemCheck.ANSWER_TYPES.contains(one.problem().answerType()))
            .filter(one -> !one.inTable())
            .toList();
    if (check == ProblemCheck.NONE || looked.isEmpty()) {
      return;
    }
    List<String> faults =
        check.faults(
            spark,
            looked.stream()
                .map(Kept::problem)
                .map(one -> new ProblemCheck.Answer(one.answer(), one.answerType()))
                .toList());
    for (int i = 0; i < faults.size(); i++) {
      if (!faults.get(i).isEmpty()) {
        kept.remove(looked.get(i));
        rejected.add(new RejectedRow(looked.get(i).line(), faults.get(i)));
      }
    }
  }

  static UserError noneUsable(String file, long rows, List<RejectedRow> rejected) {
    return new UserError(
        "%s: none of %,d rows is usable%s"
            .formatted(
                file,
                rows,
                rejected.stream()
                    .findFirst()
                    .map(row -> "; line %d: %s".formatted(row.line(), row.reason()))
                    .orElse(": the file is empty")));
  }

  private void take(RawRow raw) {
    rowsIn++;
    try {
      var prompt = mapping.map(raw);
      var text = PromptIdentity.normalised(prompt.text(), prompt.picture());
      var earlier = placeByPrompt.putIfAbsent(text, prompt.source());
      boolean inTable = begun && prompt.source().equals(earlier);
      if (earlier == null || inTable) {
        kept.add(new Kept(raw.line(), prompt, inTable));
        pictureBytes += prompt.picture().file().length;
      } else {
        rejected.add(new RejectedRow(raw.line(), "the same problem as " + earlier));
      }
    } catch (BadRow e) {
      rejected.add(new RejectedRow(raw.line(), e.getMessage()));
    }
    if (pictureBytes >= partBytes) {
      look();
      if (!again) {
        append(app + PARTS, part++);
      }
      done += kept.size();
      kept.clear();
      pictureBytes = 0;
    }
  }
}
