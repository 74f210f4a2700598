package dev.mirrorspark.view;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.report.Figures;
import dev.mirrorspark.table.Cells;
import dev.mirrorspark.table.Rewards;
import dev.mirrorspark.table.TeacherLogprobs;
import dev.mirrorspark.table.TokenScores;
import dev.mirrorspark.table.Trajectories;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.sql.Row;

/** One response: its tokens in colours, segment by segment, and what became of it. */
final class ResponseView implements View {
  /** Tokens on a page. */
  private static final int LISTED = 2_000;

  private static final int LEAST_LIKELY = 12;
  private static final int TEXT = 20_000;

  private final TokenTexts tokenTexts;

  ResponseView(TokenTexts tokenTexts) {
    this.tokenTexts = tokenTexts;
  }

  /** What the page is made from, the figures of tokens being those of all segments. */
  private record Response(
      String run,
      ScoredResponse.Key key,
      List<ViewedSegment> segments,
      Optional<ScoredResponse> scored,
      List<Float> logprobs,
      List<Float> teacher,
      Read read,
      Map<Integer, String> folders) {

    double value(TokenColours colours, int token) {
      return switch (colours) {
        case LOGPROB -> -logprobs.get(token);
        case ENTROPY ->
            read.whole() ? read.entropies().get(token) : TokenColours.entropy(logprobs, token);
        case TRAINER ->
            Float.isNaN(read.logprobs().get(token))
                ? Double.NaN
                : Math.abs(read.logprobs().get(token) - logprobs.get(token));
        case ADVANTAGE ->
            scored
                .flatMap(ScoredResponse::offer)
                .map(ScoredResponse.Offer::advantage)
                .orElse(Double.NaN);
        case TEACHER ->
            token < teacher.size()
                ? Math.abs(teacher.get(token) - logprobs.get(token))
                : Double.NaN;
      };
    }
  }

  /**
   * What the trainer made of the tokens of all segments; NaN where it did not read them.
   *
   * @param whole whether it read them all
   */
  private record Read(List<Float> logprobs, List<Float> entropies, boolean whole) {
    static Read of(Moment moment, RowFilter filter, List<ViewedSegment> segments) {
      Map<Integer, Row> rows =
          moment
              .table(TokenScores.TABLE)
              .rows(
                  filter,
                  TokenScores.ITERATION,
                  TokenScores.TRAINER_LOGPROBS,
                  TokenScores.ENTROPIES)
              .stream()
              .collect(
                  Collectors.toMap(
                      row -> row.<Integer>getAs(TokenScores.ITERATION), row -> row, (a, b) -> a));
      List<Float> logprobs = new ArrayList<>();
      List<Float> entropies = new ArrayList<>();
      boolean whole = true;
      for (ViewedSegment segment : segments) {
        var row = Optional.ofNullable(rows.get(segment.iteration()));
        whole &= row.isPresent();
        var unknown = Collections.nCopies(segment.tokenIds().size(), Float.NaN);
        logprobs.addAll(
            row.map(one -> Cells.<Float>list(one, TokenScores.TRAINER_LOGPROBS)).orElse(unknown));
        entropies.addAll(
            row.map(one -> Cells.<Float>list(one, TokenScores.ENTROPIES)).orElse(unknown));
      }
      return new Read(logprobs, entropies, whole);
    }

    boolean none() {
      return logprobs.stream().allMatch(one -> one.isNaN());
    }
  }

  @Override
  public Page page(PageRequest request) {
    String run = request.text("run");
    var key =
        new ScoredResponse.Key(
            request.required("born"), request.text("prompt"), request.required("sample"));
    var filter = RowFilter.ofRun(run).born(key.born()).prompt(key.prompt()).sample(key.sample());
    var segments = ViewedSegment.of(request.moment(), filter, true);
    if (segments.isEmpty()) {
      throw new UserError(
          "run %s has no sample %d of prompt %s born in iteration %d"
              .formatted(run, key.sample(), key.prompt(), key.born()));
    }
    var response =
        new Response(
            run,
            key,
            segments,
            ScoredResponse.of(request.moment(), filter).stream().findFirst(),
            segments.stream().flatMap(segment -> segment.logprobs().stream()).toList(),
            teacher(request.moment(), run, key),
            Read.of(request.moment(), filter, segments),
            RunRows.folders(
                request.moment(),
                run,
                segments.stream().map(ViewedSegment::policyVersion).collect(Collectors.toSet())));
    var body = Html.all(neighbours(request, response));
    body.add(GroupView.problem(request, key.prompt()));
    body.add(Page.facts(facts(request, response, filter)));
    body.add(tokens(request, response));
    body.add(leastLikely(response));
    body.add(text(segments));
    int iteration = response.scored().map(ScoredResponse::iteration).orElse(key.born());
    return new Page(
        "Sample %d of prompt %s, born in iteration %d of %s"
            .formatted(key.sample(), key.prompt(), key.born(), run),
        RunView.path(
            request,
            Html.link(request.link("/run").with("run", run), run),
            Html.link(RunView.iteration(request, run, iteration), "iteration " + iteration),
            Html.link(
                request
                    .link("/group")
                    .with("run", run)
                    .with("iteration", iteration)
                    .with("prompt", key.prompt()),
                "prompt " + key.prompt()),
            Html.el("span", "sample " + key.sample())),
        body);
  }

  private static List<Float> teacher(Moment moment, String run, ScoredResponse.Key key) {
    return moment
        .table(TeacherLogprobs.TABLE)
        .rows(
            RowFilter.ofRun(run).iteration(key.born()).prompt(key.prompt()).sample(key.sample()),
            TeacherLogprobs.TEACHER_LOGPROBS)
        .stream()
        .findFirst()
        .map(row -> Cells.<Float>list(row, TeacherLogprobs.TEACHER_LOGPROBS))
        .orElse(List.of());
  }

  private static Html neighbours(PageRequest request, Response response) {
    var key = response.key();
    List<Html> links = new ArrayList<>();
    if (key.sample() > 0) {
      links.add(sample(request, response, "prev", key.sample() - 1));
    }
    links.add(sample(request, response, "next", key.sample() + 1));
    return Page.neighbours(links);
  }

  private static Html sample(PageRequest request, Response response, String way, int sample) {
    var key = response.key();
    var other = new ScoredResponse.Key(key.born(), key.prompt(), sample);
    return Page.neighbour(
        way, GroupView.response(request, response.run(), other), "Sample " + sample);
  }

  private static List<List<?>> facts(PageRequest request, Response response, RowFilter filter) {
    List<List<?>> facts = new ArrayList<>();
    var moment = request.moment();
    var detail =
        moment
            .table(Rewards.TABLE)
            .rows(
                filter,
                Rewards.VERIFIER,
                Rewards.DETAIL,
                Rewards.RAW,
                Rewards.LENGTH_TERM,
                Rewards.REPEAT_TERM,
                Rewards.CAUSE,
                Rewards.AUDIT_VERDICT)
            .stream()
            .findFirst();
    if (response.scored().isEmpty() || detail.isEmpty()) {
      facts.add(List.of("verdict", "not scored yet"));
      return facts;
    }
    var scored = response.scored().get();
    Row row = detail.get();
    facts.add(List.of("verdict", GroupView.verdict(scored.verdict())));
    facts.add(List.of("verifier", text(row, Rewards.VERIFIER)));
    facts.add(List.of("detail", GroupView.cut(text(row, Rewards.DETAIL), 2_000)));
    if (!text(row, Rewards.CAUSE).isEmpty()) {
      facts.add(List.of("failed because", text(row, Rewards.CAUSE)));
    }
    if (!text(row, Rewards.AUDIT_VERDICT).isEmpty()) {
      facts.add(List.of("audit's verdict", text(row, Rewards.AUDIT_VERDICT)));
    }
    facts.add(
        List.of(
            "reward",
            "%s = %s of the verifier, %s for the length, %s for repeating"
                .formatted(
                    Figures.fixed(scored.reward(), 3),
                    figure(row, Rewards.RAW),
                    figure(row, Rewards.LENGTH_TERM),
                    figure(row, Rewards.REPEAT_TERM))));
    facts.add(List.of("gate", scored.gate()));
    facts.add(List.of("advantage", scored.advantage()));
    RunRows.iteration(moment, response.run(), scored.iteration())
        .ifPresent(
            m ->
                facts.add(
                    List.of(
                        "trainer's log-prob gap",
                        "iteration %d: %s".formatted(m.iteration(), IterationView.gap(m)))));
    return facts;
  }

  private static String text(Row row, String column) {
    String text = row.getAs(column);
    return text == null ? "" : text;
  }

  private static String figure(Row row, String column) {
    Double value = row.getAs(column);
    return Figures.fixed(value == null ? Double.NaN : value, 3);
  }

  private static TokenColours colours(PageRequest request) {
    String name = request.optional("colour").orElse(TokenColours.LOGPROB.key());
    return TokenColours.of(name)
        .orElseThrow(() -> new UserError("colour=%s: there is no such".formatted(name)));
  }

  private Html tokens(PageRequest request, Response response) {
    TokenColours colours = colours(request);
    int all = response.logprobs().size();
    int from = Math.min(request.number("from").orElse(0), Math.max(0, all - 1));
    int to = Math.min(all, from + LISTED);
    var tokens = Html.all(Html.el("h2", "Tokens"), choice(request, response, colours));
    tokens.add(
        Html.el(
            "ul",
            Html.style("legend"),
            Html.attribute("aria-label", colours.label()),
            colours.legend()));
    int start = 0;
    for (ViewedSegment segment : response.segments()) {
      int size = segment.tokenIds().size();
      int first = Math.max(from, start);
      int last = Math.min(to, start + size);
      if (first < last || size == 0) {
        tokens.add(segment(request, response, segment, start, first, last));
      }
      start += size;
    }
    List<Html> more = new ArrayList<>();
    if (from > 0) {
      more.add(
          Html.link(
              request.address().replacing("from", Math.max(0, from - LISTED)), "Tokens before"));
    }
    if (to < all) {
      more.add(
          Html.link(
              request.address().replacing("from", to), "%,d more tokens".formatted(all - to)));
    }
    return tokens.add(more.isEmpty() ? Html.all() : Html.el("p", more));
  }

  private static Html choice(PageRequest request, Response response, TokenColours chosen) {
    List<Object> links = new ArrayList<>();
    for (TokenColours one : TokenColours.values()) {
      if (one == TokenColours.TEACHER && response.teacher().isEmpty()
          || one == TokenColours.TRAINER && response.read().none()) {
        continue;
      }
      links.add(
          one == chosen
              ? Html.el("strong", one.label())
              : Html.link(request.address().replacing("colour", one.key()), one.label()));
      links.add(" ");
    }
    String note =
        chosen == TokenColours.ENTROPY && !response.read().whole()
            ? "Not read again by `tokens`, so this is the mean of minus the log-prob over %d tokens around it."
                .formatted(2 * TokenColours.AROUND + 1)
            : "";
    return Html.el("p", "Coloured by ", links, note);
  }

  private Html segment(
      PageRequest request,
      Response response,
      ViewedSegment segment,
      int start,
      int first,
      int last) {
    TokenColours colours = colours(request);
    var ids = segment.tokenIds().subList(first - start, Math.max(first, last) - start);
    Optional<List<String>> texts =
        Optional.ofNullable(response.folders().get(segment.policyVersion()))
            .flatMap(folder -> tokenTexts.of(folder, ids));
    List<Html> spans =
        IntStream.range(0, ids.size())
            .mapToObj(
                i ->
                    token(
                        texts.map(found -> found.get(i)).orElse("⟨" + ids.get(i) + "⟩"),
                        ids.get(i),
                        first + i,
                        response.logprobs().get(first + i),
                        colours.style(response.value(colours, first + i))))
            .toList();
    return Html.el(
        "section",
        Html.style("segment"),
        Html.el(
            "h3",
            "Segment %d · policy %d · iteration %d · %,d tokens · ended by %s · temperature %s"
                .formatted(
                    segment.segment(),
                    segment.policyVersion(),
                    segment.iteration(),
                    segment.tokens(),
                    segment.stopReason(),
                    segment.temperature())),
        texts.isEmpty() && !ids.isEmpty()
            ? Html.el(
                "p", "The policy's folder with its tokenizer is gone, so ids stand for the tokens.")
            : Html.all(),
        Html.el("pre", Html.style("tokens"), spans));
  }

  private static Html token(String text, int id, int index, float logprob, String style) {
    return Html.el(
        "span",
        Html.style("t " + style),
        Html.attribute(
            "title",
            "token %d, id %d, log-prob %.4f, %.1f%%"
                .formatted(index, id, logprob, 100 * Math.exp(logprob))),
        text.isEmpty() ? "·" : text.replace("\n", "↵\n"));
  }

  /** The tokens that the policy held least likely: what the colours say, for those who read. */
  private Html leastLikely(Response response) {
    var order =
        IntStream.range(0, response.logprobs().size())
            .boxed()
            .sorted(Comparator.comparing(response.logprobs()::get))
            .limit(LEAST_LIKELY)
            .toList();
    List<List<?>> rows = new ArrayList<>();
    for (int token : order) {
      rows.add(
          List.of(
              token,
              tokenText(response, token),
              "%.4f".formatted(response.logprobs().get(token)),
              Figures.percent(Math.exp(response.logprobs().get(token)))));
    }
    return Html.el(
        "details",
        Html.el("summary", "Its least likely tokens"),
        Html.table(
            "Least likely tokens", List.of("token", "text", "log-prob", "probability"), rows));
  }

  private Object tokenText(Response response, int token) {
    int start = 0;
    for (ViewedSegment segment : response.segments()) {
      int within = token - start;
      if (within < segment.tokenIds().size()) {
        var id = segment.tokenIds().subList(within, within + 1);
        return Html.el(
            "code",
            Optional.ofNullable(response.folders().get(segment.policyVersion()))
                .flatMap(folder -> tokenTexts.of(folder, id))
                .map(found -> found.get(0).replace("\n", "↵"))
                .orElse("⟨" + id.get(0) + "⟩"));
      }
      start += segment.tokenIds().size();
    }
    return "";
  }

  private static Html text(List<ViewedSegment> segments) {
    return Html.el(
        "details",
        Html.attribute("open", "open"),
        Html.el("summary", "Its text as table " + Trajectories.TABLE.name() + " has it"),
        Page.quoted(
            segments.stream().map(ViewedSegment::text).collect(Collectors.joining()), TEXT));
  }
}
