package dev.mirrorspark.math;

import dev.mirrorspark.math.Units.Unit;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.hipparchus.fraction.BigFraction;

/** An answer as a mathematical value. */
sealed interface Answer {

  /** The form's name, as the tables of verdicts call it. */
  String form();

  /** Text that is equal for answers that are the same after simple rewriting. */
  String canonical();

  /** A number or an expression, perhaps with a unit. */
  record Scalar(Expr value, Optional<Unit> unit) implements Answer {
    @Override
    public String form() {
      return value instanceof Expr.Num ? "number" : "expression";
    }

    @Override
    public String canonical() {
      return value.key()
          + unit.map(
                  known ->
                      known.dimension().equals("percent")
                          ? "\\%"
                          : " " + known.size().toString().replace(" ", "") + known.dimension())
              .orElse("");
    }
  }

  /** A numeral to a base that is written behind it. */
  record Numeral(String digits, int base, BigFraction value) implements Answer {
    @Override
    public String form() {
      return "base";
    }

    @Override
    public String canonical() {
      return digits + "_" + base;
    }
  }

  /** A point, a vector in round brackets, or an interval. */
  record Tuple(char open, List<Answer> members, char close) implements Answer {
    @Override
    public String form() {
      return "tuple";
    }

    @Override
    public String canonical() {
      return open + joined(members, ",") + close;
    }
  }

  /** Several answers, or a set; their order says nothing. */
  record Many(List<Answer> members) implements Answer {
    @Override
    public String form() {
      return "list";
    }

    @Override
    public String canonical() {
      return "{"
          + String.join(",", members.stream().map(Answer::canonical).sorted().toList())
          + "}";
    }
  }

  /** A union of intervals and sets. */
  record Union(List<Answer> members) implements Answer {
    @Override
    public String form() {
      return "interval";
    }

    @Override
    public String canonical() {
      return String.join("∪", members.stream().map(Answer::canonical).sorted().toList());
    }
  }

  /** A matrix, or a vector that is written as one. */
  record Matrix(List<List<Expr>> rows) implements Answer {
    @Override
    public String form() {
      return "matrix";
    }

    @Override
    public String canonical() {
      return "matrix" + rows.stream().map(row -> row.stream().map(Expr::key).toList()).toList();
    }
  }

  /** A variable with its value, or with the set it lies in. */
  record Named(Expr variable, Answer value) implements Answer {
    @Override
    public String form() {
      return "equation";
    }

    @Override
    public String canonical() {
      return variable.key() + "=" + value.canonical();
    }
  }

  /**
   * A chain of equations and inequalities.
   *
   * @param signs one less than the sides, each one of = ≠ < ≤ > ≥
   */
  record Relation(List<Expr> sides, List<String> signs) implements Answer {
    @Override
    public String form() {
      return "equation";
    }

    @Override
    public String canonical() {
      var text = new StringBuilder(sides.get(0).key());
      for (int i = 0; i < signs.size(); i++) {
        text.append(signs.get(i)).append(sides.get(i + 1).key());
      }
      return text.toString();
    }
  }

  /** A ratio a : b : c. */
  record Ratio(List<Expr> parts) implements Answer {
    @Override
    public String form() {
      return "ratio";
    }

    @Override
    public String canonical() {
      return String.join(":", parts.stream().map(Expr::key).toList());
    }
  }

  /** Words. */
  record Words(String words) implements Answer {
    @Override
    public String form() {
      return "text";
    }

    /** Without case, spacing and the full stops of abbreviations. */
    @Override
    public String canonical() {
      return words.toLowerCase(Locale.ROOT).replaceAll("[\\s.]+|^\\(|\\)$", "");
    }
  }

  private static String joined(List<Answer> members, String separator) {
    return String.join(separator, members.stream().map(Answer::canonical).toList());
  }
}
