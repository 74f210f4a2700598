package dev.mirrorspark.report;

import dev.mirrorspark.report.SampleResponses.SampleResponse;
import dev.mirrorspark.report.SampleResponses.Shown;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.apache.commons.text.StringEscapeUtils;

/**
 * A page on one run, or on several laid over each other: one HTML file that loads nothing and runs
 * nothing. Texts of models stand in it as text, whatever they hold.
 *
 * @param planned iterations that a run is to have; 0: not known
 * @param summaries the evaluations of each run, in the order of the runs
 * @param samples responses of each run
 * @param read when the tables were read
 */
public record RunPage(
    List<RunFigures> runs,
    int planned,
    List<Summary> summaries,
    List<List<SampleResponse>> samples,
    Instant read) {
  /** Characters of a response or a problem that are shown. */
  static final int SHOWN = 20_000;

  /** Characters of problems' pictures that a page holds; later ones are told of. */
  static final int PICTURES = 16 << 20;

  /** Pixels up to which a small picture is magnified, by a whole number. */
  private static final int MAGNIFIED = 320;

  private static final int WIDEST = 960;

  private static final String HEAD =
      """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8"/>
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"/>
      <meta name="viewport" content="width=device-width, initial-scale=1"/>
      <title>%s</title>
      <style>
      :root { color-scheme: light dark; --ink: #1b1f24; --paper: #ffffff; --soft: #57606a; --line: #d0d7de; --card: #f6f8fa; }
      @media (prefers-color-scheme: dark) {
        :root { --ink: #e6edf3; --paper: #0d1117; --soft: #9198a1; --line: #3d444d; --card: #161b22; }
      }
      body { margin: 0 auto; padding: 1.5rem; max-width: 96rem; background: var(--paper); color: var(--ink);
        font: 1rem/1.5 system-ui, sans-serif; }
      .pictures { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(min(100%%, 30rem), 1fr)); }
      figure { margin: 0; border: 1px solid var(--line); background: #ffffff; }
      img { display: block; width: 100%%; height: auto; }
      img.problem { width: auto; max-width: 100%%; image-rendering: pixelated; }
      .wide { overflow-x: auto; }
      table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
      th, td { padding: 0.25rem 0.75rem; border-bottom: 1px solid var(--line); text-align: left; white-space: nowrap; }
      details { margin: 0.5rem 0; padding: 0.5rem 0.75rem; border: 1px solid var(--line); background: var(--card); }
      summary { cursor: pointer; overflow-wrap: anywhere; }
      pre { margin: 0.5rem 0; white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: isolate; }
      .soft { color: var(--soft); }
      </style>
      </head>
      <body>
      """;

  public RunPage {
    runs = List.copyOf(runs);
    summaries = List.copyOf(summaries);
    samples = List.copyOf(samples);
  }

  /** The charts of the page, in its order. */
  public List<Picture> pictures() {
    List<Picture> pictures = new ArrayList<>(new RunPictures(runs).curves());
    runs.forEach(run -> pictures.addAll(RunPictures.parts(run)));
    return pictures;
  }

  /** The page. */
  public String html() {
    String names = String.join(", ", runs.stream().map(RunFigures::run).toList());
    var page = new StringBuilder(HEAD.formatted(escaped(names)));
    page.append("<h1>").append(escaped(names)).append("</h1>\n<p class=\"soft\">");
    for (var run : runs) {
      int finished = run.iterations().size();
      page.append(escaped(run.run())).append(": ").append(finished);
      page.append(planned > finished ? " of " + planned : "").append(" iterations finished. ");
    }
    page.append("Read ").append(read.truncatedTo(ChronoUnit.SECONDS)).append(".</p>\n");
    page.append("<h2>Learning</h2>\n");
    pictures(page, new RunPictures(runs).curves());
    for (int i = 0; i < runs.size(); i++) {
      run(page, i);
    }
    return page.append("</body>\n</html>\n").toString();
  }

  private void run(StringBuilder page, int index) {
    var run = runs.get(index);
    page.append("<h2>Run ").append(escaped(run.run())).append("</h2>\n");
    var summary = summaries.get(index);
    if (!summary.evals().isEmpty()) {
      page.append("<h3>Evaluations</h3>\n");
      table(page, summary.header(), summary.rows());
    }
    page.append("<h3>Iterations</h3>\n");
    pictures(page, RunPictures.parts(run));
    var rows = new IterationRows(run.iterations());
    table(page, rows.header(), rows.rows());
    page.append("<h3>Responses</h3>\n");
    int room = PICTURES / runs.size();
    for (var sample : samples.get(index)) {
      String picture = sample.picture().map(Shown::base64).orElse("");
      room -= picture.length();
      response(page, sample, room >= 0);
    }
  }

  private static void pictures(StringBuilder page, List<Picture> pictures) {
    page.append("<div class=\"pictures\">\n");
    for (var picture : pictures) {
      var svg = picture.svg().getBytes(StandardCharsets.UTF_8);
      page.append("<figure><img alt=\"")
          .append(escaped(picture.says()))
          .append("\" src=\"data:image/svg+xml;base64,")
          .append(Base64.getEncoder().encodeToString(svg))
          .append("\"/></figure>\n");
    }
    page.append("</div>\n");
  }

  private static void table(StringBuilder page, List<String> header, List<List<String>> rows) {
    page.append("<div class=\"wide\" tabindex=\"0\"><table>\n<tr>");
    header.forEach(cell -> page.append("<th>").append(escaped(cell)).append("</th>"));
    page.append("</tr>\n");
    for (var row : rows) {
      page.append("<tr>");
      row.forEach(cell -> page.append("<td>").append(escaped(cell)).append("</td>"));
      page.append("</tr>\n");
    }
    page.append("</table></div>\n");
  }

  private static void response(StringBuilder page, SampleResponse sample, boolean room) {
    String reward = sample.reward().map(value -> ", reward " + Figures.fixed(value, 3)).orElse("");
    page.append("<details><summary>")
        .append(
            escaped(
                "iteration %d, prompt %s, sample %d: %s%s, %d tokens"
                    .formatted(
                        sample.iteration(),
                        sample.promptId(),
                        sample.sample(),
                        sample.verdict(),
                        reward,
                        sample.tokens())))
        .append("</summary>\n<div class=\"soft\">problem (answer ")
        .append(escaped(cut(sample.answer(), 200)))
        .append(")</div><pre>")
        .append(escaped(cut(sample.problem(), SHOWN)))
        .append("</pre>\n")
        .append(sample.picture().map(picture -> picture(picture, room)).orElse(""))
        .append("<div class=\"soft\">response</div><pre>")
        .append(escaped(cut(sample.text(), SHOWN)))
        .append("</pre>\n<div class=\"soft\">verifier: ")
        .append(escaped(cut(sample.detail(), 500)))
        .append("</div></details>\n");
  }

  /** A problem's picture, or, where it is too large for a page, what there is to see. */
  private static String picture(Shown picture, boolean room) {
    String says = "picture of %d × %d pixels".formatted(picture.width(), picture.height());
    if (picture.base64().isEmpty() || !room) {
      return "<div class=\"soft\">%s, %,d bytes: left out, the page would grow too large; view shows it</div>\n"
          .formatted(says, picture.bytes());
    }
    String type = picture.type();
    int zoom = Math.max(1, MAGNIFIED / Math.max(1, Math.max(picture.width(), picture.height())));
    return "<img class=\"problem\" alt=\"%s\" width=\"%d\" src=\"data:image/%s;base64,%s\"/>\n"
        .formatted(
            says,
            Math.min(WIDEST, zoom * picture.width()),
            escaped(type),
            escaped(picture.base64()));
  }

  private static String cut(String text, int most) {
    return text.length() <= most
        ? text
        : "%s … (%,d characters in all)".formatted(text.substring(0, most), text.length());
  }

  private static String escaped(String text) {
    return StringEscapeUtils.escapeXml10(PlainText.of(text));
  }
}
