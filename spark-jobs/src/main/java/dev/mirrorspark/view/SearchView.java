package dev.mirrorspark.view;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.report.Figures;
import dev.mirrorspark.table.Runs;
import dev.mirrorspark.table.TableSchema;
import dev.mirrorspark.table.Trajectories;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeSet;

/**
 * The responses of a run that hold a text, or that a filter holds, from the newest iteration to the
 * oldest. There is no index of texts: a page looks for as long as it may, and a link goes on.
 */
final class SearchView implements View {
  /** Responses on a page. */
  private static final int LISTED = 30;

  /** Characters of a text that are searched; a longer one is searched up to here. */
  private static final int SEARCHED = 1 << 20;

  private static final int AROUND = 90;
  private static final long MILLIS = 550;

  /** What is asked for; empty: anything. */
  private record Wanted(
      String text, Optional<String> verdict, Optional<String> gate, Optional<String> stop) {

    boolean ofScores() {
      return verdict.isPresent() || gate.isPresent();
    }

    boolean holds(Optional<ScoredResponse> scored) {
      return verdict.map(v -> scored.map(s -> s.verdict().equals(v)).orElse(false)).orElse(true)
          && gate.map(
                  g ->
                      scored
                          .flatMap(ScoredResponse::offer)
                          .map(o -> o.kept() ? g.equals("kept") : g.equals(o.rejected()))
                          .orElse(false))
              .orElse(true);
    }
  }

  /** A segment that is shown. */
  private record Hit(ViewedSegment segment, Optional<ScoredResponse> scored) {}

  /**
   * What was found.
   *
   * @param before iteration before which to look on; empty if all has been seen
   * @param skip hits of that page to leave out, where an iteration has more than fit
   */
  private record Hits(List<Hit> hits, OptionalInt before, int skip) {}

  @Override
  public Page page(PageRequest request) {
    Optional<String> run = request.optional("run").or(() -> newestRun(request.moment()));
    var wanted =
        new Wanted(
            request.optional("q").orElse(""),
            request.optional("verdict"),
            request.optional("gate"),
            request.optional("stop"));
    var body = Html.all(form(request, run, wanted));
    if (run.isEmpty()) {
      body.add(Html.el("p", "No run has been started in this warehouse."));
    } else {
      body.add(results(request, run.get(), wanted));
    }
    return new Page(
        "Responses" + run.map(name -> " of " + name).orElse(""),
        RunView.path(
            request,
            run.map(name -> Html.link(request.link("/run").with("run", name), name))
                .orElse(Html.el("span", "no run")),
            Html.el("span", "responses")),
        body);
  }

  /** The run that was started last. */
  static Optional<String> newestRun(Moment moment) {
    return moment
        .table(Runs.TABLE)
        .rowsOfLog(RowFilter.ALL, TableSchema.RUN, Runs.STARTED_AT)
        .stream()
        .max(Comparator.comparing(row -> row.<Timestamp>getAs(Runs.STARTED_AT)))
        .map(row -> row.getAs(TableSchema.RUN));
  }

  private static Html form(PageRequest request, Optional<String> run, Wanted wanted) {
    return Html.el(
        "form",
        Html.attribute("action", "/search"),
        Html.style("filters"),
        request.pinned() ? Page.hidden("at", request.moment().name()) : Html.all(),
        field("run", "run", run.orElse("")),
        field("q", "text", wanted.text()),
        choice("verdict", wanted.verdict(), List.of("correct", "wrong", "error")),
        choice(
            "gate",
            wanted.gate(),
            List.of(
                "kept",
                "stale",
                "error",
                "cut",
                "over_long",
                "duplicate",
                "no_signal",
                "not_best")),
        choice("stop", wanted.stop(), List.of("stop", "length", "repeat", "budget")),
        field("from", "from iteration", request.optional("from").orElse("")),
        field("to", "to iteration", request.optional("to").orElse("")),
        Html.el("button", "Filter"));
  }

  private static Html field(String name, String label, String value) {
    return Html.el(
        "label",
        label + " ",
        Html.el("input", Html.attribute("name", name), Html.attribute("value", value)));
  }

  private static Html choice(String name, Optional<String> chosen, List<String> values) {
    List<Html> options = new ArrayList<>();
    options.add(Html.el("option", Html.attribute("value", ""), "any"));
    for (String value : values) {
      options.add(
          chosen.equals(Optional.of(value))
              ? Html.el("option", Html.attribute("selected", "selected"), value)
              : Html.el("option", value));
    }
    return Html.el("label", name + " ", Html.el("select", Html.attribute("name", name), options));
  }

  private static Html results(PageRequest request, String run, Wanted wanted) {
    Hits found = found(request, run, wanted, LookTime.ofMillis(MILLIS));
    List<List<?>> rows = new ArrayList<>();
    for (Hit hit : found.hits()) {
      rows.add(row(request, run, wanted, hit));
    }
    List<Html> neighbours = new ArrayList<>();
    if (request.optional("before").isPresent()) {
      neighbours.add(
          Page.neighbour("prev", request.address().without("before").without("skip"), "Newest"));
    }
    if (found.before().isPresent()) {
      neighbours.add(
          Page.neighbour(
              "next",
              request
                  .address()
                  .replacing("run", run)
                  .replacing("before", found.before().getAsInt())
                  .replacing("skip", found.skip()),
              "Look on from iteration " + (found.before().getAsInt() - 1)));
    }
    return Html.all(
        rows.isEmpty()
            ? Html.el("p", "Nothing in the iterations looked at.")
            : Html.table(
                "Responses",
                List.of(
                    "iteration", "prompt", "sample", "verdict", "gate", "tokens", "ended", "text"),
                rows),
        Page.neighbours(neighbours));
  }

  private static Hits found(PageRequest request, String run, Wanted wanted, LookTime time) {
    int from = request.number("from").orElse(0);
    int to = request.number("to").orElse(Integer.MAX_VALUE - 1);
    int before = Math.min(to + 1, request.number("before").orElse(Integer.MAX_VALUE));
    int skip = request.number("skip").orElse(0);
    if (from > to) {
      throw new UserError("from=%d: lies after to=%d".formatted(from, to));
    }
    var moment = request.moment();
    var table = moment.table(Trajectories.TABLE);
    var filter = RowFilter.ofRun(run).iterations(from, before - 1);
    List<Hit> hits = new ArrayList<>();
    boolean first = true;
    for (int iteration : iterations(table, filter, before).descendingSet()) {
      if (!first && (time.spent() || hits.size() >= LISTED)) {
        return new Hits(hits, OptionalInt.of(iteration + 1), 0);
      }
      int skipped = first ? skip : 0;
      int left = LISTED - hits.size();
      List<Hit> more = ofIteration(moment, filter.iteration(iteration), wanted, skipped, left + 1);
      if (more.size() > left) {
        hits.addAll(more.subList(0, left));
        return new Hits(hits, OptionalInt.of(iteration + 1), skipped + left);
      }
      hits.addAll(more);
      first = false;
    }
    return new Hits(hits, OptionalInt.empty(), 0);
  }

  /** The iterations that the files can have, by their bounds. */
  private static TreeSet<Integer> iterations(TableVersion table, RowFilter filter, int before) {
    TreeSet<Integer> iterations = new TreeSet<>();
    for (DataFile file : table.files(filter)) {
      int least = file.iteration().least() == null ? filter.from() : file.iteration().least();
      int greatest = file.iteration().greatest() == null ? before - 1 : file.iteration().greatest();
      for (int i = Math.max(least, filter.from());
          i <= Math.min(greatest, before - 1) && iterations.size() < 1_000_000;
          i++) {
        iterations.add(i);
      }
    }
    return iterations;
  }

  /**
   * The hits of an iteration in the order of the files; texts that do not match are not kept.
   *
   * @param skip hits that are left out
   * @param most hits that are returned
   */
  private static List<Hit> ofIteration(
      Moment moment, RowFilter filter, Wanted wanted, int skip, int most) {
    Map<ScoredResponse.Key, ScoredResponse> scores = new HashMap<>();
    if (wanted.ofScores()) {
      ScoredResponse.of(moment, filter).forEach(one -> scores.put(one.key(), one));
    }
    String text = wanted.text().toLowerCase(Locale.ROOT);
    int[] matching = {0};
    List<ViewedSegment> segments =
        ViewedSegment.matching(
            moment,
            filter,
            row ->
                wanted.stop().map(row.text(Trajectories.STOP_REASON)::equals).orElse(true)
                    && (!wanted.ofScores()
                        || wanted.holds(Optional.ofNullable(scores.get(ViewedSegment.key(row)))))
                    && at(row.text(Trajectories.TEXT_OF_RESPONSE), text) >= 0
                    && matching[0]++ >= skip,
            most);
    if (!wanted.ofScores() && !segments.isEmpty()) {
      ScoredResponse.of(moment, filter).forEach(one -> scores.put(one.key(), one));
    }
    return segments.stream()
        .map(one -> new Hit(one, Optional.ofNullable(scores.get(one.key()))))
        .toList();
  }

  private static int at(String text, String wanted) {
    String searched = text.length() > SEARCHED ? text.substring(0, SEARCHED) : text;
    return searched.toLowerCase(Locale.ROOT).indexOf(wanted);
  }

  private static List<?> row(PageRequest request, String run, Wanted wanted, Hit hit) {
    var segment = hit.segment();
    var key = segment.key();
    return List.of(
        Html.link(RunView.iteration(request, run, segment.iteration()), segment.iteration()),
        Html.link(
            request.link("/prompt").with("run", run).with("prompt", key.prompt()), key.prompt()),
        Html.link(
            GroupView.response(request, run, key),
            key.sample() + (segment.segment() > 0 ? ", segment " + segment.segment() : "")),
        hit.scored().map(one -> (Object) GroupView.verdict(one.verdict())).orElse("–"),
        hit.scored().map(ScoredResponse::gate).orElse("–"),
        Figures.fixed(segment.tokens(), 0),
        segment.stopReason(),
        excerpt(segment.text(), wanted.text().toLowerCase(Locale.ROOT)));
  }

  /** The text around what was looked for. */
  private static Html excerpt(String text, String wanted) {
    int at = Math.min(text.length(), Math.max(0, at(text, wanted)));
    int end = Math.min(text.length(), at + wanted.length());
    int from = Math.max(0, at - AROUND);
    int to = Math.min(text.length(), end + AROUND);
    return Html.el(
        "span",
        Html.style("excerpt"),
        (from > 0 ? "… " : "") + text.substring(from, at),
        wanted.isEmpty() ? "" : Html.el("mark", text.substring(at, end)),
        text.substring(end, to) + (to < text.length() ? " …" : ""));
  }
}
