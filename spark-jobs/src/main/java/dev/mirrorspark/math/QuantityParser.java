package dev.mirrorspark.math;

import dev.mirrorspark.math.Answer.Scalar;
import dev.mirrorspark.math.Expr.Product;
import dev.mirrorspark.math.Expr.Sym;
import dev.mirrorspark.math.Token.Kind;
import dev.mirrorspark.math.Units.Unit;
import java.util.List;
import java.util.Optional;
import org.hipparchus.fraction.BigFraction;

/** Parses what stands behind the number of a quantity: percent, currency, unit, other words. */
final class QuantityParser {
  private static final String CURRENCIES = "$€£¥₹";

  private final Cursor cursor;
  private final ExprParser numbers;

  QuantityParser(Cursor cursor, ExprParser numbers) {
    this.cursor = cursor;
    this.numbers = numbers;
  }

  static boolean isCurrency(Token token) {
    return token.kind() == Kind.SIGN && CURRENCIES.contains(token.text());
  }

  /**
   * The value with its unit.
   *
   * @param currency the sign before the value, if one is
   */
  Scalar withUnit(Expr value, Optional<String> currency) {
    Scalar read = withUnit(value);
    return currency.isEmpty() || read.unit().isPresent()
        ? read
        : new Scalar(read.value(), Units.of(currency.get()), read.qualifier());
  }

  private Scalar withUnit(Expr value) {
    if (cursor.pass("%")) {
      return new Scalar(value, Optional.of(Unit.PERCENT));
    }
    if (isCurrency(cursor.peek()) || cursor.at("¢")) {
      return new Scalar(value, Units.of(cursor.next().text()));
    }
    Optional<Expr> degrees = degrees(value);
    if (degrees.isPresent() && cursor.peek().kind() != Kind.WORDS) {
      return temperature(degrees.get())
          .orElseGet(() -> new Scalar(degrees.get(), Optional.of(Unit.DEGREE)));
    }
    if (cursor.peek().kind() != Kind.WORDS) {
      return new Scalar(value, Optional.empty());
    }
    String phrase = phrase();
    Expr scaled = value;
    for (var by = Units.multiplier(phrase); by.isPresent(); by = Units.multiplier(phrase)) {
      scaled = Exprs.multiply(scaled, Exprs.number(by.get()));
      phrase = Units.withoutMultiplier(phrase);
    }
    if (degrees.isPresent()) {
      scaled = degrees.get();
      phrase = phrase.equals("C") ? "celsius" : phrase.equals("F") ? "fahrenheit" : "degree";
    }
    Optional<Unit> unit = Units.of(phrase);
    String qualifier = unit.isEmpty() && Wording.changes(phrase) ? phrase : "";
    if (unit.isPresent() && cursor.peek().kind() == Kind.NUMBER) {
      return mixed(scaled, unit.get());
    }
    return new Scalar(scaled, unit, qualifier);
  }

  /** 7 feet 3 inches. */
  private Scalar mixed(Expr first, Unit unit) {
    Scalar rest = withUnit(numbers.expression());
    boolean alike = rest.unit().filter(u -> u.dimension().equals(unit.dimension())).isPresent();
    if (!alike) {
      throw new Unreadable("two quantities side by side");
    }
    Expr sum =
        Exprs.add(
            Exprs.multiply(first, unit.size()),
            Exprs.multiply(rest.value(), rest.unit().get().size()));
    return new Scalar(sum, Optional.of(new Unit(unit.dimension(), Exprs.ONE)));
  }

  private String phrase() {
    var phrase = new StringBuilder();
    while (cursor.peek().kind() == Kind.WORDS) {
      phrase.append(phrase.length() > 0 ? " " : "").append(cursor.next().text());
      if (cursor.pass("^")) {
        boolean braced = cursor.pass("{");
        phrase.append('^').append(cursor.pass("-") ? "-" : "").append(cursor.next().text());
        if (braced) {
          cursor.expect("}");
        }
      }
      boolean over = cursor.at("/") && cursor.peek(1).kind() == Kind.WORDS;
      if (over || cursor.at("*") && cursor.peek(1).kind() == Kind.WORDS) {
        phrase.append(' ').append(cursor.next().text());
      }
    }
    return phrase.toString();
  }

  /** What is before the sign of degrees, where a value is so many degrees and nothing else. */
  private static Optional<Expr> degrees(Expr value) {
    if (value instanceof Product product && product.factors().contains(Exprs.DEGREE)) {
      List<Expr> others =
          product.factors().stream().filter(factor -> !factor.equals(Exprs.DEGREE)).toList();
      return Optional.of(Exprs.product(others));
    }
    return value.equals(Exprs.DEGREE) ? Optional.of(Exprs.ONE) : Optional.empty();
  }

  /** 20 °C, whose letter was taken for a factor. */
  private static Optional<Scalar> temperature(Expr degrees) {
    for (String letter : List.of("C", "F")) {
      Sym symbol = new Sym(letter);
      boolean factor = degrees instanceof Product product && product.factors().contains(symbol);
      if (factor) {
        Expr value = Exprs.divide(degrees, symbol);
        return Optional.of(
            new Scalar(value, Units.of(letter.equals("C") ? "celsius" : "fahrenheit")));
      }
    }
    return Optional.empty();
  }

  /** So many degrees in radians. */
  static Expr inRadians(Expr degrees) {
    return Exprs.product(List.of(degrees, new Sym("π"), Exprs.number(new BigFraction(1, 180))));
  }
}
