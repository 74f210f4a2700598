package dev.mirrorspark.prompts;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.prompts.ImportReport.RejectedRow;
import dev.mirrorspark.prompts.ProblemFile.RawRow;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.Warehouse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;

/**
 * Takes a user's own problems into table {@code prompts}: JSONL, CSV or Parquet in any layout that
 * the run file maps ({@code prompts.imports}). A bad row is named with its line and reason; the
 * others are kept.
 */
public final class PromptImport {
  private static final Pattern INTEGER = Pattern.compile("[-+]?\\d+");
  private static final Pattern DECIMAL = Pattern.compile("[-+]?(\\d+(\\.\\d*)?|\\.\\d+)");
  private static final Pattern FIRST_NUMBER = Pattern.compile("\\d+");
  private static final int SHOWN = 40;

  private final String dataset;
  private final RunConfig.Import source;
  private final AnswerPattern pattern;
  private final Set<String> answerTypes;
  private final Map<String, String> placeByPrompt;
  private final List<Row> kept = new ArrayList<>();
  private final List<RejectedRow> rejected = new ArrayList<>();

  private PromptImport(
      String dataset,
      RunConfig.Import source,
      Set<String> answerTypes,
      Map<String, String> placeByPrompt) {
    this.dataset = dataset;
    this.source = source;
    this.pattern = AnswerPattern.of(source.answerPattern());
    this.answerTypes = answerTypes;
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
    List<ImportReport> reports = new ArrayList<>();
    for (int i = 0; i < config.prompts().imports().size(); i++) {
      reports.add(
          importFile(
              spark,
              warehouse,
              config.prompts().dataset(),
              "prompts.imports." + i,
              config.prompts().imports().get(i),
              answerTypes));
    }
    return reports;
  }

  private static ImportReport importFile(
      SparkSession spark,
      Warehouse warehouse,
      String dataset,
      String key,
      RunConfig.Import source,
      Set<String> answerTypes) {
    var required = Set.of(column(source, "prompt"), column(source, "answer"));
    var all = new TreeSet<>(required);
    all.addAll(source.fields().values());
    var rows = new ProblemFile(spark, key, source.file()).rows(source.format(), all);
    var app =
        "prompts/%s/import/%s".formatted(dataset, PromptIdentity.sha256(source + "\n" + rows));
    boolean again = warehouse.committed(Prompts.TABLE, app).isPresent();
    var places = PromptSets.places(warehouse, dataset);
    if (again) {
      places.values().removeIf(place -> place.startsWith(source.file() + ":"));
    }
    var work = new PromptImport(dataset, source, answerTypes, places);
    rows.forEach(work::take);
    if (work.kept.isEmpty()) {
      throw new UserError(
          "%s: none of %,d rows is usable%s"
              .formatted(
                  source.file(),
                  rows.size(),
                  work.rejected.stream()
                      .findFirst()
                      .map(row -> "; line %d: %s".formatted(row.line(), row.reason()))
                      .orElse(": the file is empty")));
    }
    if (!again) {
      warehouse.append(Prompts.TABLE, work.kept, app, 0);
    }
    return new ImportReport(source.file(), rows.size(), work.kept.size(), work.rejected, again);
  }

  private static String column(RunConfig.Import source, String field) {
    return source.fields().getOrDefault(field, field);
  }

  private void take(RawRow raw) {
    try {
      kept.add(map(raw));
    } catch (BadRow e) {
      rejected.add(new RejectedRow(raw.line(), e.getMessage()));
    }
  }

  /** The row of table {@code prompts}. */
  private Row map(RawRow raw) throws BadRow {
    if (!raw.fault().isEmpty()) {
      throw new BadRow(raw.fault());
    }
    var prompt = required(raw, "prompt");
    if (prompt.isBlank()) {
      throw new BadRow("empty prompt");
    }
    var answerType = optional(raw, "answer_type", source.answerType());
    if (!answerTypes.contains(answerType)) {
      throw new BadRow(
          "unknown answer type '%s'; known: %s"
              .formatted(shown(answerType), String.join(", ", new TreeSet<>(answerTypes))));
    }
    var answer = answer(raw, answerType);
    int level = level(optional(raw, "level", ""));
    boolean warmup = source.split().equals(Prompts.WARMUP);
    var solution = warmup ? required(raw, "solution") : null;
    if (warmup && solution.isBlank()) {
      throw new BadRow("empty solution, which a warmup row needs");
    }
    var place = source.file() + ":" + raw.line();
    var earlier = placeByPrompt.putIfAbsent(PromptIdentity.normalised(prompt), place);
    if (earlier != null) {
      throw new BadRow("the same problem as " + earlier);
    }
    return RowFactory.create(
        dataset,
        PromptIdentity.promptId(prompt, answer),
        source.split(),
        optional(raw, "domain", source.domain().isEmpty() ? dataset : source.domain()),
        level,
        prompt,
        answer,
        answerType,
        solution,
        place);
  }

  private String answer(RawRow raw, String answerType) throws BadRow {
    var cell = required(raw, "answer");
    if (cell.isBlank()) {
      throw new BadRow("empty answer");
    }
    var extracted =
        pattern
            .extract(cell)
            .orElseThrow(
                () ->
                    new BadRow(
                        "no answer by pattern %s in column '%s'"
                            .formatted(source.answerPattern(), column(source, "answer"))));
    boolean integer = answerType.equals("integer");
    boolean number = integer || answerType.equals("decimal");
    var answer = number ? AnswerPattern.withoutThousands(extracted) : extracted;
    if (answer.isEmpty()) {
      throw new BadRow("empty answer");
    }
    if (number && !(integer ? INTEGER : DECIMAL).matcher(answer).matches()) {
      throw new BadRow("the answer '%s' is no %s".formatted(shown(answer), answerType));
    }
    return answer;
  }

  /** The first whole number in a cell such as {@code Level 5}; 0 without one. */
  private static int level(String cell) throws BadRow {
    var matcher = FIRST_NUMBER.matcher(cell);
    if (!matcher.find()) {
      return 0;
    }
    try {
      return Integer.parseInt(matcher.group());
    } catch (NumberFormatException e) {
      throw new BadRow("the level '%s' is too large".formatted(shown(cell)));
    }
  }

  private String required(RawRow raw, String field) throws BadRow {
    var value = raw.cells().get(column(source, field));
    if (value == null) {
      throw new BadRow("no column '%s' (or null)".formatted(column(source, field)));
    }
    return value;
  }

  private String optional(RawRow raw, String field, String otherwise) {
    var value = raw.cells().getOrDefault(column(source, field), "").strip();
    return value.isEmpty() ? otherwise : value;
  }

  private static String shown(String text) {
    return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
  }

  /** Why a row is no problem. */
  private static final class BadRow extends Exception {
    private static final long serialVersionUID = 1L;

    BadRow(String reason) {
      super(reason, null, false, false);
    }
  }
}
