package dev.mirrorspark.view;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.report.Picture;
import dev.mirrorspark.report.RunPictures;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The charts as SVG, light and dark, kept for as long as they are asked for. */
final class ChartImage {
  /** Points of a curve at most. */
  static final int POINTS = 300;

  /** Columns of a stacked chart at most. */
  private static final int COLUMNS = 60;

  private static final int KEPT = 64;

  /** The charts of what an iteration is made of. */
  static final Map<String, String> PARTS = parts();

  private final Map<String, String> kept = new LinkedHashMap<>(16, 0.75f, true);

  private static Map<String, String> parts() {
    Map<String, String> parts = new LinkedHashMap<>();
    parts.put("stop-reasons", "segments by stop reason, %");
    parts.put("gate-reasons", "responses that the gate rejected, by reason");
    parts.put("seconds", "seconds by stage");
    return parts;
  }

  /**
   * The chart of an address.
   *
   * @throws UserError if there is none of this name
   */
  String svg(PageRequest request) {
    String key = request.address().toString();
    synchronized (kept) {
      if (kept.containsKey(key)) {
        return kept.get(key);
      }
    }
    String svg = drawn(request);
    synchronized (kept) {
      kept.put(key, svg);
      if (kept.size() > KEPT) {
        kept.remove(kept.keySet().iterator().next());
      }
    }
    return svg;
  }

  private static String drawn(PageRequest request) {
    String name = request.text("name");
    List<String> runs = request.all("run");
    if (runs.isEmpty() || runs.size() > CompareView.MOST) {
      throw new UserError("run=…: a chart shows 1 to %d runs".formatted(CompareView.MOST));
    }
    boolean part = PARTS.containsKey(name);
    var figures =
        runs.stream()
            .map(run -> RunRows.figures(request.moment(), run, part ? COLUMNS : POINTS, part))
            .toList();
    String wanted = part ? name + "-" + runs.get(0) : name;
    List<Picture> pictures =
        part ? RunPictures.parts(figures.get(0)) : new RunPictures(figures).curves();
    Optional<Picture> picture =
        pictures.stream().filter(one -> one.name().equals(wanted)).findFirst();
    boolean dark = request.optional("dark").isPresent();
    return picture
        .map(one -> dark ? one.dark().svg() : one.svg())
        .orElse(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"720\" height=\"360\"><text x=\"24\""
                + " y=\"40\" fill=\"#767676\" font-family=\"sans-serif\">nothing to show: "
                + PARTS.getOrDefault(name, "no chart of this name")
                + "</text></svg>");
  }
}
