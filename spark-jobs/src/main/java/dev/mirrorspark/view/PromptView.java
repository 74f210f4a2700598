package dev.mirrorspark.view;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.report.Figures;
import dev.mirrorspark.table.Rewards;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.TreeMap;

/** One problem in the iterations of one or several runs, side by side, the newest first. */
final class PromptView implements View {
  /** Iterations on a page. */
  private static final int LISTED = 6;

  private static final int RESPONSES = 4;
  private static final int SHOWN = 600;
  private static final long MILLIS = 550;

  private final PromptIndex index;

  PromptView(PromptIndex index) {
    this.index = index;
  }

  @Override
  public Page page(PageRequest request) {
    String prompt = request.text("prompt");
    List<String> runs = request.all("run").stream().distinct().toList();
    if (runs.isEmpty() || runs.size() > CompareView.MOST) {
      throw new UserError("run=…: name 1 to %d runs".formatted(CompareView.MOST));
    }
    var body = Html.all(GroupView.problem(request, prompt));
    for (String run : runs) {
      body.add(Html.el("h2", Html.link(request.link("/run").with("run", run), run)));
      body.add(run(request, run, prompt, LookTime.ofMillis(MILLIS / runs.size())));
    }
    return new Page(
        "Prompt %s over the iterations".formatted(prompt),
        RunView.path(
            request,
            Html.link(request.link("/run").with("run", runs.get(0)), runs.get(0)),
            Html.el("span", "prompt " + prompt)),
        body);
  }

  /**
   * The iterations that scored it, found from the newest to the oldest.
   *
   * @param next iteration before which to look on; empty if all has been seen
   */
  private record Found(List<Integer> iterations, OptionalInt next) {}

  private Html run(PageRequest request, String run, String prompt, LookTime time) {
    var found = found(request, run, prompt, time);
    List<Html> columns = new ArrayList<>();
    for (int iteration : found.iterations()) {
      columns.add(column(request, run, prompt, iteration));
    }
    List<Html> neighbours = new ArrayList<>();
    if (request.optional("before").isPresent()) {
      neighbours.add(Page.neighbour("prev", request.address().without("before"), "Newest"));
    }
    if (found.next().isPresent()) {
      int before = found.next().getAsInt();
      neighbours.add(
          Page.neighbour(
              "next",
              request.address().replacing("before", before),
              "Look on before iteration " + before));
    }
    return Html.all(
        columns.isEmpty()
            ? Html.el("p", "Not in the iterations looked at.")
            : Html.el("div", Html.style("side"), columns),
        Page.neighbours(neighbours));
  }

  private Found found(PageRequest request, String run, String prompt, LookTime time) {
    int before = request.number("before").orElse(Integer.MAX_VALUE);
    var table = request.moment().table(Rewards.TABLE);
    var filter = RowFilter.ofRun(run).iterations(Integer.MIN_VALUE, before - 1);
    TreeMap<Integer, List<DataFile>> byIteration = new TreeMap<>();
    for (DataFile file : table.files(filter)) {
      Integer newest = file.iteration().greatest();
      byIteration
          .computeIfAbsent(
              newest == null ? before - 1 : Math.min(newest, before - 1), key -> new ArrayList<>())
          .add(file);
    }
    TreeMap<Integer, Boolean> iterations = new TreeMap<>();
    for (int at : byIteration.descendingKeySet()) {
      // an iteration of which files are still to come is newer than all that is left
      boolean enough = iterations.tailMap(at, false).size() >= LISTED;
      if (enough || time.spent() && at < byIteration.lastKey()) {
        var shown = newest(iterations);
        boolean full = shown.size() == LISTED;
        return new Found(shown, OptionalInt.of(full ? shown.get(LISTED - 1) : at + 1));
      }
      for (DataFile file : byIteration.get(at)) {
        if (index.has(table, file, prompt)) {
          table.read(
              file,
              filter.prompt(prompt),
              List.of(Rewards.ITERATION),
              row -> iterations.put(row.number(Rewards.ITERATION), true) == null || true);
        }
      }
    }
    boolean more = iterations.size() > LISTED;
    var shown = newest(iterations);
    return new Found(
        shown, more ? OptionalInt.of(shown.get(shown.size() - 1)) : OptionalInt.empty());
  }

  private static List<Integer> newest(TreeMap<Integer, Boolean> iterations) {
    return iterations.descendingKeySet().stream().limit(LISTED).toList();
  }

  private static Html column(PageRequest request, String run, String prompt, int iteration) {
    var filter = RowFilter.ofRun(run).prompt(prompt);
    var scored = ScoredResponse.of(request.moment(), filter.iteration(iteration));
    var texts =
        GroupView.texts(
            request.moment(),
            filter,
            scored.subList(0, Math.min(RESPONSES, scored.size())),
            iteration);
    long right = scored.stream().filter(ScoredResponse::correct).count();
    double tokens =
        scored.stream()
            .mapToDouble(ScoredResponse::tokens)
            .filter(count -> !Double.isNaN(count))
            .average()
            .orElse(Double.NaN);
    List<Html> articles =
        scored.stream()
            .limit(RESPONSES)
            .map(
                one ->
                    GroupView.article(
                        one,
                        GroupView.response(request, run, one.key()),
                        texts.getOrDefault(one.key(), List.of()),
                        SHOWN))
            .toList();
    return Html.el(
        "section",
        Html.el(
            "h3",
            Html.link(
                request
                    .link("/group")
                    .with("run", run)
                    .with("iteration", iteration)
                    .with("prompt", prompt),
                "iteration " + iteration)),
        Html.el(
            "p",
            "%d of %d right, %s tokens on average"
                .formatted(right, scored.size(), Figures.fixed(tokens, 1))),
        articles);
  }
}
