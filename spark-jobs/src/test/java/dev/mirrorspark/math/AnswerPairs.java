package dev.mirrorspark.math;

import dev.mirrorspark.math.Comparison.Outcome;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The table {@code answer-pairs.tsv}. */
final class AnswerPairs {
  private AnswerPairs() {}

  record Pair(String reference, String answer, Outcome verdict, String form) {}

  static List<Pair> read() throws IOException {
    try (var in = AnswerPairs.class.getResourceAsStream("answer-pairs.tsv")) {
      List<Pair> pairs = new ArrayList<>();
      for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
        if (!line.startsWith("#")) {
          String[] cells = line.split("\t", -1);
          if (cells.length != 4) {
            throw new IOException("not four cells: " + line);
          }
          pairs.add(
              new Pair(
                  cells[0],
                  cells[1],
                  Outcome.valueOf(cells[2].toUpperCase(Locale.ROOT)),
                  cells[3]));
        }
      }
      return pairs;
    }
  }
}
