package dev.mirrorspark.curate;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import dev.mirrorspark.table.Prompts;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/** What a prompt set holds and what was shut out of it and why, as a page of Markdown. */
public final class CurationCard {
  private static final int DOMAINS = 40;

  /** Problems of one split, domain and level with one fate; the reason is empty where they stay. */
  private record Cell(String split, String domain, int level, String reason, long problems) {}

  private static final String PROBLEMS = "problems";

  private final String dataset;
  private final List<Cell> cells;
  private final Map<String, Long> passRates;

  private CurationCard(String dataset, List<Cell> cells, Map<String, Long> passRates) {
    this.dataset = dataset;
    this.cells = cells;
    this.passRates = passRates;
  }

  /** The card of rows of table {@code prompts}, all of one prompt set. */
  public static CurationCard of(String dataset, Dataset<Row> prompts) {
    List<Cell> cells =
        prompts
            .groupBy(Prompts.SPLIT, Prompts.DOMAIN, Prompts.LEVEL, Prompts.EXCLUDED_BECAUSE)
            .agg(functions.count(lit(1)).as(PROBLEMS))
            .collectAsList()
            .stream()
            .map(
                row ->
                    new Cell(
                        row.getAs(Prompts.SPLIT),
                        row.getAs(Prompts.DOMAIN),
                        row.getAs(Prompts.LEVEL),
                        Objects.requireNonNullElse(row.getAs(Prompts.EXCLUDED_BECAUSE), ""),
                        row.getAs(PROBLEMS)))
            .toList();
    Map<String, Long> passRates = new TreeMap<>();
    prompts
        .where(col(Prompts.PASS_RATE).isNotNull())
        .groupBy(functions.round(col(Prompts.PASS_RATE), 1).as(Prompts.PASS_RATE))
        .agg(functions.count(lit(1)).as(PROBLEMS))
        .collectAsList()
        .forEach(
            row ->
                passRates.put(
                    String.format(Locale.ROOT, "%.1f", row.<Double>getAs(Prompts.PASS_RATE)),
                    row.getAs(PROBLEMS)));
    return new CurationCard(dataset, cells, passRates);
  }

  /** Problems with a reason; an empty reason counts those that stay. */
  public long count(String reason) {
    return sum(cell -> cell.reason().equals(reason));
  }

  /** The counts as Markdown, one element a line. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add("# Prompt set " + dataset);
    lines.add("");
    lines.add(
        String.format(
            Locale.ROOT,
            "%,d problems, of which %,d are in use and %,d are shut out.",
            sum(cell -> true),
            count(""),
            sum(cell -> !cell.reason().isEmpty())));
    reasons(lines);
    splits(lines);
    domains(lines);
    levels(lines);
    if (!passRates.isEmpty()) {
      table(lines, "Pass rate", List.of("pass rate", "problems"));
      passRates.forEach((rate, problems) -> row(lines, rate, number(problems)));
    }
    return lines;
  }

  private void reasons(List<String> lines) {
    table(lines, "Shut out", List.of("excluded_because", "the problem …", "problems", "share"));
    for (Exclusion why : Exclusion.values()) {
      long problems = count(why.label());
      if (problems > 0) {
        String share = String.format(Locale.ROOT, "%.1f%%", 100.0 * problems / sum(cell -> true));
        row(lines, "`" + why.label() + "`", why.meaning(), number(problems), share);
      }
    }
  }

  private void splits(List<String> lines) {
    table(lines, "Splits", List.of("split", "in use", "shut out"));
    group(Cell::split).forEach((split, of) -> fate(lines, split, of));
  }

  private void domains(List<String> lines) {
    table(lines, "Domains", List.of("domain", "in use", "shut out"));
    var byDomain = new ArrayList<>(group(Cell::domain).entrySet());
    byDomain.sort(
        Comparator.comparingLong((Map.Entry<String, List<Cell>> of) -> -total(of.getValue()))
            .thenComparing(Map.Entry::getKey));
    byDomain.stream().limit(DOMAINS).forEach(of -> fate(lines, of.getKey(), of.getValue()));
    if (byDomain.size() > DOMAINS) {
      var others = byDomain.stream().skip(DOMAINS).flatMap(of -> of.getValue().stream()).toList();
      fate(lines, (byDomain.size() - DOMAINS) + " more", others);
    }
  }

  private void levels(List<String> lines) {
    table(lines, "Levels", List.of("level", "in use", "shut out"));
    Map<Integer, List<Cell>> byLevel = new TreeMap<>();
    cells.forEach(cell -> byLevel.computeIfAbsent(cell.level(), l -> new ArrayList<>()).add(cell));
    byLevel.forEach((level, of) -> fate(lines, level == 0 ? "unknown" : level.toString(), of));
  }

  private Map<String, List<Cell>> group(Function<Cell, String> by) {
    Map<String, List<Cell>> groups = new TreeMap<>();
    cells.forEach(cell -> groups.computeIfAbsent(by.apply(cell), k -> new ArrayList<>()).add(cell));
    return new LinkedHashMap<>(groups);
  }

  private static void fate(List<String> lines, String name, List<Cell> of) {
    long kept = total(of.stream().filter(cell -> cell.reason().isEmpty()).toList());
    row(lines, name, number(kept), number(total(of) - kept));
  }

  private static long total(List<Cell> of) {
    return of.stream().mapToLong(Cell::problems).sum();
  }

  private long sum(Predicate<Cell> which) {
    return cells.stream().filter(which).mapToLong(Cell::problems).sum();
  }

  private static void table(List<String> lines, String title, List<String> header) {
    lines.add("");
    lines.add("## " + title);
    lines.add("");
    row(lines, header.toArray(String[]::new));
    lines.add("|" + "---|".repeat(header.size()));
  }

  private static void row(List<String> lines, String... cells) {
    lines.add("| " + String.join(" | ", cells) + " |");
  }

  private static String number(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }
}
