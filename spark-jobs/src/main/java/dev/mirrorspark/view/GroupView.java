package dev.mirrorspark.view;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.report.Figures;
import dev.mirrorspark.table.Prompts.Question;
import dev.mirrorspark.vision.PictureFile;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** The responses to one problem that an iteration scored, side by side. */
final class GroupView implements View {
  /** Characters of a response that stand here; the whole stands on its own page. */
  private static final int SHOWN = 1_500;

  private static final int PROBLEM = 20_000;
  private static final long MILLIS = 250;

  /** Where the picture of a problem is. */
  static final String PICTURE = "/picture";

  /** Pixels up to which a small picture is magnified, by a whole number. */
  private static final int SMALL = 240;

  /** Pixels that a large one takes at most. */
  private static final int WIDE = 640;

  @Override
  public Page page(PageRequest request) {
    String run = request.text("run");
    int iteration = request.required("iteration");
    String prompt = request.text("prompt");
    var filter = RowFilter.ofRun(run).prompt(prompt);
    var scored = ScoredResponse.of(request.moment(), filter.iteration(iteration));
    if (scored.isEmpty()) {
      throw new UserError(
          "iteration %d of run %s scored no response to prompt %s"
              .formatted(iteration, run, prompt));
    }
    var body = Html.all(problem(request, prompt));
    body.add(
        Html.el(
            "p",
            Html.link(
                request.link("/prompt").with("run", run).with("prompt", prompt),
                "The same problem in other iterations")));
    var texts = texts(request.moment(), filter, scored, iteration);
    List<List<?>> rows = new ArrayList<>();
    List<Html> articles = new ArrayList<>();
    for (ScoredResponse one : scored) {
      var segments = texts.getOrDefault(one.key(), List.of());
      Link link = response(request, run, one.key());
      rows.add(row(one, link, segments));
      articles.add(article(one, link, segments, SHOWN));
    }
    body.add(Html.el("h2", "Responses"));
    body.add(
        Html.table(
            "Responses",
            List.of(
                "sample", "verdict", "reward", "tokens", "gate", "advantage", "policies", "ended"),
            rows));
    body.add(Html.el("div", Html.style("side"), articles));
    return new Page(
        "Prompt %s in iteration %d of %s".formatted(prompt, iteration, run),
        RunView.path(
            request,
            Html.link(request.link("/run").with("run", run), run),
            Html.link(RunView.iteration(request, run, iteration), "iteration " + iteration),
            Html.el("span", "prompt " + prompt)),
        body);
  }

  /** The texts of responses, by response. */
  static Map<ScoredResponse.Key, List<ViewedSegment>> texts(
      Moment moment, RowFilter filter, List<ScoredResponse> scored, int iteration) {
    int oldest = scored.stream().mapToInt(one -> one.key().born()).min().orElse(iteration);
    return ViewedSegment.of(moment, filter.iterations(oldest, iteration), false).stream()
        .collect(
            Collectors.groupingBy(ViewedSegment::key, LinkedHashMap::new, Collectors.toList()));
  }

  /** The page of a response. */
  static Link response(PageRequest request, String run, ScoredResponse.Key key) {
    return request
        .link("/response")
        .with("run", run)
        .with("born", key.born())
        .with("prompt", key.prompt())
        .with("sample", key.sample());
  }

  /** The problem and its answer. */
  static Html problem(PageRequest request, String prompt) {
    Optional<Question> problem =
        Optional.ofNullable(
            Problems.of(request.moment(), List.of(prompt), LookTime.ofMillis(MILLIS)).get(prompt));
    return problem
        .map(
            known ->
                Html.el(
                    "section",
                    Html.attribute("aria-label", "Problem"),
                    Page.quoted(known.text(), PROBLEM),
                    shown(request, prompt),
                    Html.el(
                        "p",
                        "Answer (",
                        known.answerType(),
                        "): ",
                        Html.el("code", cut(known.answer(), 300)),
                        " · ",
                        known.domain(),
                        ", level ",
                        known.level())))
        .orElse(Html.el("p", "Table prompts does not have this problem."));
  }

  /** The problem's picture, where it has one. */
  private static Html shown(PageRequest request, String prompt) {
    PictureFile picture = found(request, prompt);
    if (!picture.present()) {
      return Html.all();
    }
    int zoom = Math.max(1, SMALL / Math.max(picture.width(), picture.height()));
    return Html.el(
        "p",
        Html.el(
            "img",
            Html.attribute("src", request.link(PICTURE).with("prompt", prompt)),
            Html.attribute("alt", "the picture of the problem"),
            Html.attribute("width", Math.min(WIDE, zoom * picture.width()))));
  }

  private static PictureFile found(PageRequest request, String prompt) {
    return Problems.picture(request.moment(), prompt, LookTime.ofMillis(MILLIS));
  }

  /**
   * The file of a problem's picture.
   *
   * @throws UserError if it has none, or none is found in time
   */
  static PictureFile picture(PageRequest request) {
    PictureFile picture = found(request, request.text("prompt"));
    if (!picture.present()) {
      throw new UserError("prompt %s has no picture".formatted(request.text("prompt")));
    }
    return picture;
  }

  static String cut(String text, int most) {
    return text.length() <= most ? text : text.substring(0, most) + " …";
  }

  private static List<?> row(ScoredResponse one, Link link, List<ViewedSegment> segments) {
    return List.of(
        Html.link(link, one.key().sample()),
        verdict(one.verdict()),
        Figures.fixed(one.reward(), 3),
        Figures.fixed(one.tokens(), 0),
        one.gate(),
        one.advantage(),
        segments.stream()
            .map(segment -> Integer.toString(segment.policyVersion()))
            .collect(Collectors.joining(", ")),
        segments.isEmpty() ? "–" : segments.get(segments.size() - 1).stopReason());
  }

  /** A verdict as a word with a colour. */
  static Html verdict(String verdict) {
    return Html.el("span", Html.style("verdict " + verdict), verdict);
  }

  /** A response in short. */
  static Html article(ScoredResponse one, Link link, List<ViewedSegment> segments, int most) {
    String text = segments.stream().map(ViewedSegment::text).collect(Collectors.joining());
    return Html.el(
        "article",
        Html.el(
            "h3",
            Html.link(link, "sample " + one.key().sample()),
            " ",
            verdict(one.verdict()),
            ", ",
            Figures.fixed(one.tokens(), 0) + " tokens"),
        Page.quoted(text, most));
  }
}
