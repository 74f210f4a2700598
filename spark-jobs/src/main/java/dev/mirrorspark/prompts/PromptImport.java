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
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Takes a user's own problems into table {@code prompts}: JSONL, CSV or Parquet in any layout that
 * the run file maps ({@code prompts.imports}). A bad row is named with its line and reason; the
 * others are kept.
 */
public final class PromptImport {
  private final RowMapping mapping;
  private final Map<String, String> placeByPrompt;
  private final List<Kept> kept = new ArrayList<>();
  private final List<RejectedRow> rejected = new ArrayList<>();

  /** A problem and the line that it stands in. */
  private record Kept(long line, Prompts.Prompt problem) {}

  private PromptImport(RowMapping mapping, Map<String, String> placeByPrompt) {
    this.mapping = mapping;
    this.placeByPrompt = placeByPrompt;
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
    List<ImportReport> reports = new ArrayList<>();
    for (int i = 0; i < config.prompts().imports().size(); i++) {
      reports.add(
          importFile(
              spark,
              warehouse,
              config.prompts().dataset(),
              "prompts.imports." + i,
              config.prompts().imports().get(i),
              answerTypes,
              check));
    }
    return reports;
  }

  private static ImportReport importFile(
      SparkSession spark,
      Warehouse warehouse,
      String dataset,
      String key,
      RunConfig.Import source,
      Set<String> answerTypes,
      ProblemCheck check) {
    var rows =
        new ProblemFile(spark, key, source.file())
            .rows(source.format(), RowMapping.columns(source));
    var app =
        "prompts/%s/import/%s".formatted(dataset, PromptIdentity.sha256(source + "\n" + rows));
    boolean again = warehouse.committed(Prompts.TABLE, app).isPresent();
    var places = PromptSets.places(warehouse, dataset);
    Set<String> taken = Set.copyOf(places.values());
    if (again) {
      places.values().removeIf(place -> place.startsWith(source.file() + ":"));
    }
    var work =
        new PromptImport(
            new RowMapping(dataset, source, answerTypes, pictures(spark, source)), places);
    rows.forEach(work::take);
    work.look(spark, check, taken);
    if (work.kept.isEmpty()) {
      throw noneUsable(source.file(), rows.size(), work.rejected);
    }
    if (!again) {
      List<Row> problems = work.kept.stream().map(one -> one.problem().toRow()).toList();
      warehouse.append(Prompts.TABLE, problems, app, 0);
    }
    return new ImportReport(source.file(), rows.size(), work.kept.size(), work.rejected, again);
  }

  private static PictureCell pictures(SparkSession spark, RunConfig.Import source) {
    var storage = Storage.of(spark.sparkContext().hadoopConfiguration());
    var folder = new Path(source.file()).getParent();
    return new PictureCell(
        storage, folder == null ? "." : folder.toString(), PictureFile.Limits.DEFAULT);
  }

  /** Takes back the problems that the check has something against. */
  private void look(SparkSession spark, ProblemCheck check, Set<String> taken) {
    List<Kept> looked =
        kept.stream()
            .filter(one -> ProblemCheck.ANSWER_TYPES.contains(one.problem().answerType()))
            .filter(one -> !taken.contains(one.problem().source()))
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
    rejected.sort(Comparator.comparingLong(RejectedRow::line));
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
    try {
      var prompt = mapping.map(raw);
      var text = PromptIdentity.normalised(prompt.text(), prompt.picture());
      var earlier = placeByPrompt.putIfAbsent(text, prompt.source());
      if (earlier == null) {
        kept.add(new Kept(raw.line(), prompt));
      } else {
        rejected.add(new RejectedRow(raw.line(), "the same problem as " + earlier));
      }
    } catch (BadRow e) {
      rejected.add(new RejectedRow(raw.line(), e.getMessage()));
    }
  }
}
