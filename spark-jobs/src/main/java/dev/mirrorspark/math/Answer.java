package dev.mirrorspark.math;

import dev.mirrorspark.math.Units.Unit;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.hipparchus.fraction.BigFraction;

/** An answer as a mathematical value. */
sealed interface Answer {

  /** The form's name, as the tables of verdicts call it. */
  String form();

  /** Text that is equal for answers that are the same after simple rewriting. */
  String canonical();

  /**
   * A number or an expression, perhaps with a unit.
   *
   * @param qualifier words beside it that make another statement of it, such as "or more"
   */
  record Scalar(Expr value, Optional<Unit> unit, String qualifier) implements Answer {
    Scalar(Expr value, Optional<Unit> unit) {
      this(value, unit, "");
    }

    @Override
    public String form() {
      return value instanceof Expr.Num ? "number" : "expression";
    }

    @Override
    public String canonical() {
      String behind =
          unit.map(
                  known ->
                      known.dimension().equals("percent")
                          ? "\\%"
                          : " " + known.size().key() + " " + known.dimension())
              .orElse("");
      return value.key() + behind + (qualifier.isEmpty() ? "" : " " + qualifier);
    }
  }

  /**
   * A time of the day.
   *
   * @param half {@code am}, {@code pm} or nothing
   */
  record Clock(int hour, int minute, int second, String half) implements Answer {
    @Override
    public String form() {
      return "time";
    }

    @Override
    public String canonical() {
      return "%d:%02d:%02d%s".formatted(hour, minute, second, half);
    }
  }

  /**
   * A date.
   *
   * @param month a number; or nothing where day is a text such as {@code 5/6}
   */
  record Day(String year, String month, String day) implements Answer {
    @Override
    public String form() {
      return "date";
    }

    @Override
    public String canonical() {
      return year + "-" + month + "-" + day.replaceFirst("^0", "");
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

  /**
   * Several answers, or a set; their order says nothing.
   *
   * @param braces whether it is a set, in which nothing counts twice
   * @param either whether they are parted by "or"
   */
  record Many(List<Answer> members, boolean braces, boolean either) implements Answer {
    Many(List<Answer> members) {
      this(members, false, false);
    }

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

  /**
   * Sets combined.
   *
   * @param sign ∪, ∩ or ∖
   */
  record Combination(char sign, List<Answer> members) implements Answer {
    @Override
    public String form() {
      return "interval";
    }

    @Override
    public String canonical() {
      return String.join(
          String.valueOf(sign), members.stream().map(Answer::canonical).sorted().toList());
    }
  }

  /** What a value says besides itself: form and text are the value's. */
  sealed interface Annotated extends Answer {
    /** The value. */
    Answer value();

    @Override
    default String form() {
      return value().form();
    }

    @Override
    default String canonical() {
      return value().canonical();
    }
  }

  /** A value with what is known of its letters, such as k ∈ ℤ. */
  record Conditioned(Answer value, List<Answer> conditions) implements Annotated {}

  /** An exact value with its approximation. */
  record Approximated(Answer value, Answer approximation) implements Annotated {}

  /** A value up to multiples of a modulus. */
  record Congruence(Expr value, Expr modulus) implements Answer {
    @Override
    public String form() {
      return "congruence";
    }

    @Override
    public String canonical() {
      return value.key() + " mod " + modulus.key();
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

  /** A variable or a quantity with its value, or with the set it lies in. */
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

  /** One of the answers to choose from, with its letter. */
  record Choice(String letter, Answer value) implements Answer {
    @Override
    public String form() {
      return "choice";
    }

    @Override
    public String canonical() {
      return letter.toLowerCase(Locale.ROOT);
    }

    /** The letter that an answer is or begins with. */
    static Optional<String> letterOf(Answer answer) {
      if (answer instanceof Choice choice) {
        return Optional.of(choice.letter());
      }
      if (answer instanceof Words words) {
        return Optional.of(words.words().replaceAll("[()\\s.]", ""))
            .filter(text -> text.matches("[A-J]"));
      }
      return answer instanceof Scalar scalar && scalar.value() instanceof Expr.Sym sym
          ? Optional.of(sym.name()).filter(text -> text.matches("[A-J]"))
          : Optional.empty();
    }
  }

  /** Words. */
  record Words(String words) implements Answer {
    private static final Pattern UNSAID = Pattern.compile("[\\s.\\-]+|^\\(|\\)$");

    @Override
    public String form() {
      return "text";
    }

    /** Without case, spacing and the full stops of abbreviations. */
    @Override
    public String canonical() {
      return UNSAID.matcher(words.toLowerCase(Locale.ROOT)).replaceAll("");
    }
  }

  private static String joined(List<Answer> members, String separator) {
    return String.join(separator, members.stream().map(Answer::canonical).toList());
  }
}
