package dev.mirrorspark.scenes;

import dev.mirrorspark.prompts.Problem;
import dev.mirrorspark.vision.Pixels;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.SplittableRandom;

/** Problems of every generator of this package side by side, with their questions and answers. */
public final class ContactSheet {
  private static final int COLUMNS = 6;
  private static final int ZOOM = 2;
  private static final int CARD = 270;
  private static final int CARD_HEIGHT = 190;
  private static final int MARGIN = 12;
  private static final int LINE = 16;
  private static final int MOST = 132;

  private ContactSheet() {}

  /** A sheet that is the same for the same seed. */
  public static BufferedImage draw(long seed) {
    List<SceneGenerator> generators =
        List.of(
            new CountGenerator(),
            new RelationGenerator(),
            new AttributeGenerator(),
            new BarsGenerator(),
            new SumPictureGenerator());
    var sheet =
        new BufferedImage(
            COLUMNS * CARD, generators.size() * CARD_HEIGHT, BufferedImage.TYPE_INT_RGB);
    Graphics2D pen = sheet.createGraphics();
    pen.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    pen.setColor(Color.WHITE);
    pen.fillRect(0, 0, sheet.getWidth(), sheet.getHeight());
    for (int row = 0; row < generators.size(); row++) {
      var rng = new SplittableRandom(seed + row);
      for (int column = 0; column < COLUMNS; column++) {
        int level = 1 + column * 3 / COLUMNS;
        card(pen, generators.get(row).problem(level, rng), column * CARD, row * CARD_HEIGHT);
      }
    }
    pen.dispose();
    return sheet;
  }

  private static void card(Graphics2D pen, Problem problem, int x, int y) {
    Pixels pixels = Scene.pixels(problem.picture());
    int zoom = Math.min(2 * ZOOM, MOST / Math.max(pixels.width(), pixels.height()));
    for (int row = 0; row < pixels.height(); row++) {
      for (int column = 0; column < pixels.width(); column++) {
        pen.setColor(new Color(Scene.colour(pixels, column, row).rgb()));
        pen.fillRect(x + MARGIN + column * zoom, y + 3 * LINE + row * zoom, zoom, zoom);
      }
    }
    pen.setColor(Color.BLACK);
    pen.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, LINE - 4));
    pen.drawString(problem.prompt().replace(">", ""), x + MARGIN, y + LINE);
    pen.setFont(new Font(Font.SANS_SERIF, Font.BOLD, LINE - 4));
    pen.drawString(
        "%s   (%s, level %d)".formatted(problem.answer(), problem.domain(), problem.level()),
        x + MARGIN,
        y + 2 * LINE);
  }
}
