package dev.mirrorspark.report;

import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.sum;
import static scala.collection.JavaConverters.asScalaBuffer;

import dev.mirrorspark.report.RewardTrend.Finding;
import dev.mirrorspark.report.RewardTrend.Point;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.Rewards;
import dev.mirrorspark.table.TableSchema;
import dev.mirrorspark.table.Warehouse;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Row;

/**
 * What the tables of a run say of reward hacking: where the reward rises and the audit does not
 * ({@link RewardTrend}), and how many responses show a known {@link Trick}.
 *
 * @param audited responses that both verifiers judged
 * @param prompts problems with enough of these to look at
 * @param found by kind, the run before domains and these before problems, then the surest first
 * @param responses responses of the run by iteration
 * @param tricks those that were seen
 */
public record HackingReport(
    int audited,
    int prompts,
    List<Found> found,
    NavigableMap<Integer, Responses> responses,
    List<TrickCounts.Seen> tricks) {
  /** Columns of the table of iterations at most. */
  private static final int MOST_COLUMNS = 8;

  private static final String RUN = "run";
  private static final String PROMPT = "prompt ";
  private static final String DOMAIN = "domain ";

  /**
   * A finding and where: {@code run}, {@code domain X} or {@code prompt X}.
   *
   * @param finding what the responses of that scope show
   */
  public record Found(String scope, Finding finding) {}

  /**
   * What an iteration scored.
   *
   * @param correct how many of them the verifier takes for correct
   */
  public record Responses(long all, long correct) {}

  public HackingReport {
    found = List.copyOf(found);
    tricks = List.copyOf(tricks);
  }

  /** Reads the report of a run off the tables; {@code dataset} is its prompt set. */
  public static HackingReport of(Warehouse warehouse, String run, String dataset) {
    List<Found> found = new ArrayList<>();
    int audited = 0;
    int prompts = 0;
    for (var scope : points(warehouse, run, dataset).entrySet()) {
      String name = scope.getKey();
      List<Point> points = List.copyOf(scope.getValue().values());
      audited += name.equals(RUN) ? points.stream().mapToInt(Point::responses).sum() : 0;
      prompts += name.startsWith(PROMPT) && RewardTrend.isEnough(points) ? 1 : 0;
      RewardTrend.of(points).ifPresent(finding -> found.add(new Found(name, finding)));
    }
    found.sort(
        Comparator.comparing((Found one) -> one.finding().kind())
            .thenComparing(one -> one.scope().startsWith(PROMPT))
            .thenComparing(one -> !one.scope().equals(RUN))
            .thenComparing(one -> -one.finding().t()));
    NavigableMap<Integer, Responses> responses = new TreeMap<>();
    warehouse
        .read(Rewards.TABLE)
        .where(col(TableSchema.RUN).equalTo(run))
        .groupBy(Rewards.ITERATION)
        .agg(
            count("*").as("responses"),
            sum(col(Rewards.VERDICT).equalTo(Rewards.CORRECT).cast("int")).as("correct"))
        .collectAsList()
        .forEach(
            row ->
                responses.put(
                    row.getAs(Rewards.ITERATION),
                    new Responses(row.getAs("responses"), row.getAs("correct"))));
    return new HackingReport(
        audited, prompts, found, responses, TrickCounts.of(warehouse, run, dataset));
  }

  /** Names of the columns of {@link #rows}. */
  public List<String> header() {
    return List.of(
        "where", "what", "responses", "reward", "audit", "reward's rise", "audit's rise", "t");
  }

  /** One row for each finding, of the first so many. */
  public List<List<String>> rows(int most) {
    return found.stream()
        .limit(most)
        .map(
            one -> {
              Finding finding = one.finding();
              return List.of(
                  one.scope(),
                  finding.kind().words(),
                  Integer.toString(finding.responses()),
                  Figures.percent(finding.reward()),
                  Figures.percent(finding.audit()),
                  Figures.percent(finding.rewardRise()),
                  Figures.percent(finding.auditRise()),
                  Double.isInfinite(finding.t()) ? "∞" : Figures.fixed(finding.t(), 1));
            })
        .toList();
  }

  /** Names of the columns of {@link #trickRows}. */
  public List<String> trickHeader() {
    return List.of("trick", "responses", "share", "of these correct", "sudden change", "such as");
  }

  /** One row for each trick that was seen. */
  public List<List<String>> trickRows() {
    long all = responses.values().stream().mapToLong(Responses::all).sum();
    return tricks.stream()
        .map(
            seen ->
                List.of(
                    seen.trick(),
                    Long.toString(seen.responses()),
                    Figures.percent((double) seen.responses() / all),
                    Figures.percent((double) seen.correct() / seen.responses()),
                    trend(seen).map(TrickTrend::words).orElse("–"),
                    String.join("; ", seen.examples())))
        .toList();
  }

  private Optional<TrickTrend> trend(TrickCounts.Seen seen) {
    Map<Integer, Long> flagged = new HashMap<>();
    seen.iterations().forEach(one -> flagged.put(one.iteration(), one.responses()));
    return TrickTrend.of(
        responses.entrySet().stream()
            .map(
                one ->
                    new TrickTrend.Count(
                        one.getKey(), one.getValue().all(), flagged.getOrDefault(one.getKey(), 0L)))
            .toList());
  }

  /** Names of the columns of {@link #iterationRows}: iterations, several where there are many. */
  public List<String> iterationHeader() {
    List<String> header = new ArrayList<>(List.of("iteration"));
    for (List<Integer> some : columns()) {
      int first = some.get(0);
      int last = some.get(some.size() - 1);
      header.add(first == last ? Integer.toString(first) : first + "–" + last);
    }
    return header;
  }

  /** The responses, and for each trick those that show it and how many of these are correct. */
  public List<List<String>> iterationRows() {
    List<List<String>> rows = new ArrayList<>();
    List<String> totals = new ArrayList<>(List.of("responses, correct"));
    for (List<Integer> some : columns()) {
      totals.add(
          "%d, %d"
              .formatted(
                  some.stream().mapToLong(i -> responses.get(i).all()).sum(),
                  some.stream().mapToLong(i -> responses.get(i).correct()).sum()));
    }
    rows.add(totals);
    for (var seen : tricks) {
      List<String> row = new ArrayList<>(List.of(seen.trick() + ", correct"));
      for (List<Integer> some : columns()) {
        var here =
            seen.iterations().stream().filter(one -> some.contains(one.iteration())).toList();
        row.add(
            "%d, %d"
                .formatted(
                    here.stream().mapToLong(TrickCounts.InIteration::responses).sum(),
                    here.stream().mapToLong(TrickCounts.InIteration::correct).sum()));
      }
      rows.add(row);
    }
    return rows;
  }

  private List<List<Integer>> columns() {
    List<Integer> all = List.copyOf(responses.keySet());
    int width = (all.size() + MOST_COLUMNS - 1) / MOST_COLUMNS;
    List<List<Integer>> columns = new ArrayList<>();
    for (int from = 0; from < all.size(); from += width) {
      columns.add(all.subList(from, Math.min(all.size(), from + width)));
    }
    return columns;
  }

  /** The comparison with the audit in a sentence. */
  public String verdict() {
    if (audited == 0) {
      return "no response was judged by an audit: set reward.audit.verifier or reward.audit.url to"
          + " have the reward compared";
    }
    long flagged = found.stream().filter(one -> one.scope().startsWith(PROMPT)).count();
    boolean whole = found.stream().anyMatch(one -> one.scope().equals(RUN));
    return "flagged: %d of %d problems with enough audited responses%s (%d responses audited)"
        .formatted(flagged, prompts, whole ? ", and the run as a whole" : "", audited);
  }

  /** What both verifiers said, by scope and iteration. */
  private static Map<String, Map<Integer, Point>> points(
      Warehouse warehouse, String run, String dataset) {
    Column right = col(Rewards.VERDICT).equalTo(Rewards.CORRECT);
    Column rightToo = col(Rewards.AUDIT_VERDICT).equalTo(Rewards.CORRECT);
    var problems =
        warehouse
            .read(Prompts.TABLE)
            .where(col(Prompts.DATASET).equalTo(dataset))
            .select(Prompts.PROMPT_ID, Prompts.DOMAIN);
    List<Row> rows =
        warehouse
            .read(Rewards.TABLE)
            .where(col(TableSchema.RUN).equalTo(run))
            .where(col(Rewards.VERDICT).notEqual(Rewards.ERROR))
            .where(col(Rewards.AUDIT_VERDICT).notEqual(Rewards.ERROR))
            .groupBy(Rewards.PROMPT_ID, Rewards.ITERATION)
            .agg(
                count("*").as("responses"),
                sum(right.cast("int")).as("right"),
                sum(rightToo.cast("int")).as("right_too"),
                sum(right.and(rightToo).cast("int")).as("both"))
            .join(broadcast(problems), asScalaBuffer(List.of(Prompts.PROMPT_ID)).toSeq(), "left")
            .collectAsList();
    Map<String, Map<Integer, Point>> byScope = new TreeMap<>();
    for (Row row : rows) {
      var point =
          new Point(
              row.getAs(Rewards.ITERATION),
              row.<Long>getAs("responses").intValue(),
              row.<Long>getAs("right").intValue(),
              row.<Long>getAs("right_too").intValue(),
              row.<Long>getAs("both").intValue());
      List<String> scopes =
          new ArrayList<>(List.of(RUN, PROMPT + row.<String>getAs(Rewards.PROMPT_ID)));
      String domain = row.getAs(Prompts.DOMAIN);
      if (domain != null) {
        scopes.add(DOMAIN + domain);
      }
      for (String scope : scopes) {
        byScope
            .computeIfAbsent(scope, key -> new TreeMap<>())
            .merge(point.iteration(), point, Point::and);
      }
    }
    return byScope;
  }
}
