package dev.mirrorspark.curate;

import java.util.List;
import java.util.regex.Pattern;

/** Gives problems without a domain one by the words they use. */
final class DomainTags {
  /** A domain and the words that speak for it; of two with as many, the earlier one. */
  private record Tag(String domain, Pattern words) {
    static Tag of(String domain, String words) {
      return new Tag(domain, Pattern.compile("\\b(?:" + words + ")", Pattern.CASE_INSENSITIVE));
    }
  }

  private static final List<Tag> TAGS =
      List.of(
          Tag.of(
              "geometry",
              "triang|circle|radius|radii|diameter|circumference|perimeter|polygon|rectang"
                  + "|quadrilateral|trapezoid|rhombus|parallelogram|hexagon|octagon|pentagon"
                  + "|angle|perpendicular|diagonal|sphere|cylinder|cone\\b|cube\\b|prism|pyramid"
                  + "|tangent to|chord|area of|volume of|hypotenuse|bisect|congruent to|asy\\]"
                  + "|overline"),
          Tag.of(
              "probability",
              "probabilit|dice\\b|die\\b|expected value|fair coin|at random|randomly"
                  + "|coin is (?:flipped|tossed)|likely"),
          Tag.of(
              "counting",
              "how many (?:different |distinct |possible )?ways|in how many|permutation|combination"
                  + "|arrange|committee|binom|choose |rearrang|how many (?:different|distinct)"
                  + "|subset|seated"),
          Tag.of(
              "number_theory",
              "prime|divisor|divisible|remainder|modulo|pmod|gcd|greatest common|least common"
                  + "|multiple of|multiples of|integers?\\b|base[ -]\\d|digit|factors? of"
                  + "|congruen|residue|units digit|perfect square"),
          Tag.of(
              "calculus",
              "derivative|integral|\\\\int\\b|\\\\lim\\b|limit of|differentiable|d/dx|maximi[sz]e"
                  + "|rate of change"),
          Tag.of(
              "algebra",
              "equation|polynomial|quadratic|solve for|root|function|f\\(x\\)|simplif|factor"
                  + "|expand|expression|inequalit|sequence|logarithm|\\\\log|exponent|slope|matri"
                  + "|vector|complex number|coefficient|parabola|graph"),
          Tag.of(
              "word_problem",
              "dollars?|\\\\?\\$\\d|cents|bought|buys?|sells?|sold|costs?|price|paid|pays?|earns?"
                  + "|hours?|minutes?|days?|weeks?|months?|years?|miles|apples?|cookies|books?"
                  + "|each|total|left|times as|twice|half|friends?|school|students?|he|she|her|his"
                  + "|they"));

  private DomainTags() {}

  /** The domain that most words of a text speak for; {@code other} without any. */
  static String domain(String text) {
    String best = "other";
    long most = 0;
    for (Tag tag : TAGS) {
      // What a story is about tells more than that it is one.
      long weight = tag.domain().equals("word_problem") ? 1 : 3;
      long hits = weight * tag.words().matcher(text).results().count();
      if (hits > most) {
        most = hits;
        best = tag.domain();
      }
    }
    return best;
  }
}
