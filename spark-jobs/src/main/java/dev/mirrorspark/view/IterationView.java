package dev.mirrorspark.view;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.report.Figures;
import dev.mirrorspark.table.Iterations.Metrics;
import dev.mirrorspark.table.Prompts.Question;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/** One iteration: its figures, and the groups of responses that it scored. */
final class IterationView implements View {
  /** Groups on a page. */
  private static final int LISTED = 50;

  private static final int TEXT = 80;
  private static final long MILLIS = 250;

  /** A problem's responses in the iteration. */
  private record Group(String prompt, List<ScoredResponse> responses) {
    long correct() {
      return responses.stream().filter(ScoredResponse::correct).count();
    }

    long kept() {
      return responses.stream().filter(ScoredResponse::kept).count();
    }

    double mean(ToDoubleFunction<ScoredResponse> figure) {
      return responses.stream()
          .mapToDouble(figure)
          .filter(value -> !Double.isNaN(value))
          .average()
          .orElse(Double.NaN);
    }
  }

  /** What the groups can be ordered by. */
  private static final Map<String, Comparator<Group>> ORDERS = orders();

  private static Map<String, Comparator<Group>> orders() {
    Map<String, Comparator<Group>> orders = new LinkedHashMap<>();
    orders.put("prompt", Comparator.comparing(Group::prompt));
    orders.put(
        "right",
        Comparator.comparingDouble(group -> (double) group.correct() / group.responses().size()));
    orders.put("reward", Comparator.comparingDouble(group -> group.mean(ScoredResponse::reward)));
    orders.put("tokens", Comparator.comparingDouble(group -> -group.mean(ScoredResponse::tokens)));
    return orders;
  }

  @Override
  public Page page(PageRequest request) {
    String run = request.text("run");
    int iteration = request.required("iteration");
    Optional<Metrics> metrics = RunRows.iteration(request.moment(), run, iteration);
    var scored = ScoredResponse.of(request.moment(), RowFilter.ofRun(run).iteration(iteration));
    if (metrics.isEmpty() && scored.isEmpty()) {
      throw new UserError("run %s has no iteration %d yet".formatted(run, iteration));
    }
    var body = Html.all();
    List<Html> neighbours = new ArrayList<>();
    if (iteration > 0) {
      neighbours.add(
          Page.neighbour(
              "prev",
              RunView.iteration(request, run, iteration - 1),
              "Iteration " + (iteration - 1)));
    }
    if (metrics.isPresent()) {
      neighbours.add(
          Page.neighbour(
              "next",
              RunView.iteration(request, run, iteration + 1),
              "Iteration " + (iteration + 1)));
    }
    body.add(Page.neighbours(neighbours));
    body.add(metrics.map(IterationView::figures).orElse(Html.el("p", "Not finished yet.")));
    body.add(Html.el("h2", "Groups"));
    body.add(
        Html.el(
            "p",
            Html.link(
                request
                    .link("/search")
                    .with("run", run)
                    .with("from", iteration)
                    .with("to", iteration),
                "Its responses one by one, with filters")));
    body.add(groups(request, scored));
    return new Page(
        "Iteration %d of %s".formatted(iteration, run),
        RunView.path(
            request,
            Html.link(request.link("/run").with("run", run), run),
            Html.el("span", "iteration " + iteration)),
        body);
  }

  private static Html figures(Metrics m) {
    List<List<?>> facts = new ArrayList<>();
    facts.add(List.of("sampled by policy", m.policyVersion()));
    facts.add(List.of("responses", "%,d to %,d problems".formatted(m.responses(), m.prompts())));
    facts.add(List.of("accuracy", Figures.percent(m.accuracy())));
    facts.add(List.of("verifier errors", m.errors()));
    facts.add(
        List.of(
            "tokens",
            "%s on average, %,d at most"
                .formatted(Figures.fixed(m.meanTokens(), 1), m.maxTokens())));
    facts.add(List.of("kept", Figures.percent(m.keptFraction())));
    facts.add(List.of("rejected", counts(m.rejected())));
    facts.add(List.of("stop reasons", counts(m.stopReasons())));
    facts.add(List.of("loss", Figures.fixed(m.loss(), 4)));
    facts.add(List.of("gradient norm", Figures.fixed(m.gradNorm(), 3)));
    facts.add(List.of("KL, nats a response", Figures.fixed(m.klEstimate(), 4)));
    facts.add(List.of("entropy, nats a token", Figures.fixed(m.entropy(), 3)));
    facts.add(List.of("trainer's log-prob gap", gap(m)));
    facts.add(List.of("seconds", Figures.fixed(m.seconds(), 1)));
    return Page.facts(facts);
  }

  /** How far the trainer's log-probs are from those of the sampling. */
  static String gap(Metrics m) {
    return Double.isNaN(m.logprobGapMean())
        ? "–"
        : "%.1e on average, %.1e at most, nats a token"
            .formatted(m.logprobGapMean(), m.logprobGapMax());
  }

  private static String counts(Map<String, Integer> counts) {
    return counts.isEmpty()
        ? "–"
        : String.join(
            ", ",
            counts.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(entry -> entry.getKey() + " " + entry.getValue())
                .toList());
  }

  private static Html groups(PageRequest request, List<ScoredResponse> scored) {
    Map<String, List<ScoredResponse>> byPrompt = new LinkedHashMap<>();
    scored.forEach(
        one -> byPrompt.computeIfAbsent(one.key().prompt(), id -> new ArrayList<>()).add(one));
    String order = request.optional("order").orElse("prompt");
    if (!ORDERS.containsKey(order)) {
      throw new UserError(
          "order=%s: must be one of %s".formatted(order, String.join(", ", ORDERS.keySet())));
    }
    var groups =
        byPrompt.entrySet().stream()
            .map(entry -> new Group(entry.getKey(), entry.getValue()))
            .sorted(ORDERS.get(order).thenComparing(Group::prompt))
            .toList();
    int from = Math.min(request.number("skip").orElse(0), groups.size());
    var shown = groups.subList(from, Math.min(groups.size(), from + LISTED));
    var problems =
        Problems.of(
            request.moment(),
            shown.stream().map(Group::prompt).toList(),
            LookTime.ofMillis(MILLIS));
    List<List<?>> rows = new ArrayList<>();
    for (Group group : shown) {
      rows.add(row(request, group, Optional.ofNullable(problems.get(group.prompt()))));
    }
    List<Html> neighbours = new ArrayList<>();
    if (from > 0) {
      neighbours.add(
          Page.neighbour(
              "prev",
              request.address().replacing("skip", Math.max(0, from - LISTED)),
              "Previous groups"));
    }
    if (from + shown.size() < groups.size()) {
      neighbours.add(
          Page.neighbour(
              "next",
              request.address().replacing("skip", from + LISTED),
              "Next of %,d groups".formatted(groups.size())));
    }
    return Html.all(
        ordering(request, order),
        Html.table(
            "Groups",
            List.of("prompt", "problem", "responses", "right", "reward", "mean tokens", "kept"),
            rows),
        Page.neighbours(neighbours));
  }

  private static Html ordering(PageRequest request, String order) {
    List<Object> links = new ArrayList<>();
    for (String name : ORDERS.keySet()) {
      links.add(
          name.equals(order)
              ? Html.el("strong", name)
              : Html.link(request.address().without("skip").replacing("order", name), name));
      links.add(" ");
    }
    return Html.el("p", "Ordered by ", links);
  }

  private static List<?> row(PageRequest request, Group group, Optional<Question> problem) {
    return List.of(
        Html.link(
            request
                .link("/group")
                .with("run", request.text("run"))
                .with("iteration", request.required("iteration"))
                .with("prompt", group.prompt()),
            group.prompt()),
        problem.map(known -> shortened(known.text())).orElse("–"),
        group.responses().size(),
        group.correct(),
        Figures.fixed(group.mean(ScoredResponse::reward), 3),
        Figures.fixed(group.mean(ScoredResponse::tokens), 1),
        group.kept());
  }

  private static String shortened(String text) {
    String line = text.strip().lines().findFirst().orElse("");
    return line.length() <= TEXT && line.length() == text.strip().length()
        ? line
        : line.substring(0, Math.min(TEXT, line.length())) + " …";
  }
}
