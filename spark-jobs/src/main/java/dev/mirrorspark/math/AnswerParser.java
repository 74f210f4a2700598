package dev.mirrorspark.math;

import dev.mirrorspark.math.Answer.Many;
import dev.mirrorspark.math.Answer.Matrix;
import dev.mirrorspark.math.Answer.Numeral;
import dev.mirrorspark.math.Answer.Ratio;
import dev.mirrorspark.math.Answer.Scalar;
import dev.mirrorspark.math.Answer.Tuple;
import dev.mirrorspark.math.Answer.Union;
import dev.mirrorspark.math.Answer.Words;
import dev.mirrorspark.math.Expr.Num;
import dev.mirrorspark.math.Expr.Product;
import dev.mirrorspark.math.Expr.Sym;
import dev.mirrorspark.math.Token.Kind;
import dev.mirrorspark.math.Units.Unit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.hipparchus.fraction.BigFraction;

/**
 * Parses an answer: lists of items, each a relation, a union of intervals and sets, a tuple, a
 * matrix, an expression with its unit, or words.
 */
final class AnswerParser {
  /** Longest answer, in characters. */
  static final int MAX_LENGTH = 2_000;

  /** Most members of a list, a tuple or a matrix. */
  private static final int MAX_MEMBERS = 200;

  private static final String RELATIONS = "=<>≤≥≠∈";

  private final Cursor cursor;
  private final Reading reading;
  private final String text;

  private AnswerParser(String text, Reading reading) {
    this.text = text;
    this.reading = reading;
    this.cursor = new Cursor(Lexer.tokens(text, reading));
  }

  /**
   * The answer that a text states.
   *
   * @throws Unreadable if it is none
   * @throws TooLarge if it goes beyond a limit
   */
  static Answer parse(String answer, Reading reading) {
    if (answer.length() > MAX_LENGTH) {
      throw new TooLarge("longer than " + MAX_LENGTH + " characters");
    }
    String text = AnswerText.bare(answer);
    if (text.isEmpty()) {
      throw new Unreadable("it is empty");
    }
    Optional<Answer> special = AnswerText.special(text);
    return special.isPresent() ? special.get() : new AnswerParser(text, reading).whole();
  }

  private Answer whole() {
    if (cursor.peek().kind() == Kind.WORDS && cursor.peek(1).kind() == Kind.END) {
      String words = cursor.peek().text();
      // \text{A, C} and \text{13} are what they would be without \text
      return words.length() < text.length() ? parse(words, reading) : new Words(words);
    }
    List<Answer> items = list("");
    if (!cursor.atEnd()) {
      throw new Unreadable(Cursor.shown(cursor.peek()) + " is out of place");
    }
    return items.size() == 1 ? items.get(0) : new Many(items);
  }

  /** Items up to a closing bracket or the end. */
  private List<Answer> list(String close) {
    cursor.enter();
    List<Answer> items = new ArrayList<>();
    if (!close.isEmpty() && cursor.at(close)) {
      cursor.leave();
      return items;
    }
    do {
      while (cursor.pass(",")) {
        // "1, 2, and 3"
      }
      items.addAll(item());
      if (items.size() > MAX_MEMBERS) {
        throw new TooLarge("more than " + MAX_MEMBERS + " members");
      }
    } while (cursor.at(","));
    cursor.leave();
    return items;
  }

  /** One item; with ± two. */
  private List<Answer> item() {
    int start = cursor.position();
    Answer upper = relation(true);
    int end = cursor.position();
    if (!cursor.anyBetween(start, end, "±∓")) {
      return List.of(upper);
    }
    cursor.goTo(start);
    Answer lower = relation(false);
    boolean set = upper instanceof Many;
    return set ? both((Many) upper, (Many) lower) : List.of(upper, lower);
  }

  private static List<Answer> both(Many upper, Many lower) {
    List<Answer> members = new ArrayList<>(upper.members());
    lower.members().stream().filter(member -> !members.contains(member)).forEach(members::add);
    return List.of(new Many(members));
  }

  private Answer relation(boolean upper) {
    if (cursor.peek().kind() == Kind.WORDS) {
      return words();
    }
    Answer first = union(upper);
    if (!cursor.atAny(RELATIONS)) {
      return first;
    }
    List<Answer> sides = new ArrayList<>(List.of(first));
    List<String> signs = new ArrayList<>();
    while (cursor.atAny(RELATIONS)) {
      signs.add(cursor.next().text());
      sides.add(union(upper));
    }
    return Relations.of(sides, signs);
  }

  /** An item that starts with words is words, whatever follows. */
  private Answer words() {
    var all = new StringBuilder();
    while (!cursor.atEnd() && !cursor.atAny(",)]") && !cursor.at("\\}")) {
      Token token = cursor.next();
      all.append(all.length() > 0 && token.spaced() ? " " : "").append(token.text());
    }
    return new Words(all.toString());
  }

  private Answer union(boolean upper) {
    Answer first = piece(upper);
    List<Answer> members = new ArrayList<>(List.of(first));
    while (cursor.pass("∪") || passUnionLetter(first)) {
      members.add(piece(upper));
    }
    return members.size() == 1 ? first : new Union(members);
  }

  private boolean passUnionLetter(Answer before) {
    boolean here =
        before instanceof Tuple
            && cursor.peek().kind() == Kind.NAME
            && cursor.peek().text().equals("U")
            && cursor.peek(1).kind() == Kind.SIGN;
    if (here) {
      cursor.next();
    }
    return here;
  }

  private Answer piece(boolean upper) {
    if (cursor.pass("∅")) {
      return new Many(List.of());
    }
    if (cursor.at("\\{")) {
      cursor.next();
      List<Answer> members = list("\\}");
      cursor.expect("\\}");
      return new Many(members);
    }
    if ((cursor.at("(") || cursor.at("[")) && cursor.peek(1).isCommand("begin")) {
      cursor.next();
      Answer matrix = matrix(upper, Exprs.ONE);
      cursor.next();
      return matrix;
    }
    if (cursor.at("(") || cursor.at("[")) {
      Optional<Answer> tuple = tuple(upper);
      if (tuple.isPresent()) {
        return tuple.get();
      }
    }
    return quantity(upper);
  }

  /** A tuple, or an item in superfluous brackets; empty where the brackets are an expression's. */
  private Optional<Answer> tuple(boolean upper) {
    int close = cursor.afterMatching();
    if (close < 0) {
      throw new Unreadable("a bracket is not closed");
    }
    boolean comma = cursor.commaBefore(close);
    boolean mixed = !cursor.token(close - 1).is(cursor.at("(") ? ")" : "]");
    boolean words = cursor.peek(1).kind() == Kind.WORDS;
    if (!comma && !mixed && !words) {
      return Optional.empty();
    }
    char open = cursor.next().text().charAt(0);
    List<Answer> members = new ArrayList<>();
    do {
      members.add(relation(upper));
    } while (cursor.pass(","));
    if (!cursor.atAny(")]")) {
      throw new Unreadable(Cursor.shown(cursor.peek()) + " is out of place");
    }
    char end = cursor.next().text().charAt(0);
    return Optional.of(members.size() == 1 ? members.get(0) : new Tuple(open, members, end));
  }

  /** A matrix, a ratio, or an expression with its unit. */
  private Answer quantity(boolean upper) {
    var parser = new ExprParser(cursor, upper);
    if (cursor.peek().isCommand("begin")) {
      return matrix(upper, Exprs.ONE);
    }
    boolean negative = cursor.at("-") && cursor.peek(1).is("$");
    if (negative) {
      cursor.next();
    }
    boolean money = cursor.pass("$");
    Expr value = parser.expression();
    if (negative) {
      value = Exprs.negate(value);
    }
    if (cursor.peek().isCommand("begin")) {
      return matrix(upper, value);
    }
    if (cursor.at(":")) {
      List<Expr> parts = new ArrayList<>(List.of(value));
      while (cursor.pass(":")) {
        parts.add(parser.expression());
      }
      return new Ratio(parts);
    }
    return money ? withMoney(value) : withUnit(value);
  }

  private Scalar withMoney(Expr value) {
    Scalar read = withUnit(value);
    return new Scalar(read.value(), Optional.of(read.unit().orElse(Unit.DOLLAR)));
  }

  private Scalar withUnit(Expr value) {
    if (cursor.pass("%")) {
      return new Scalar(value, Optional.of(Unit.PERCENT));
    }
    if (cursor.pass("$")) {
      return new Scalar(value, Optional.of(Unit.DOLLAR));
    }
    Optional<Expr> degrees = degrees(value);
    if (degrees.isPresent() && cursor.peek().kind() != Kind.WORDS) {
      return new Scalar(degrees.get(), Optional.of(Unit.DEGREE));
    }
    if (cursor.peek().kind() != Kind.WORDS) {
      return new Scalar(value, Optional.empty());
    }
    String phrase = unitPhrase();
    Optional<BigFraction> multiplier = Units.multiplier(phrase);
    if (multiplier.isPresent()) {
      value = Exprs.multiply(value, Exprs.number(multiplier.get()));
      phrase = Units.withoutMultiplier(phrase);
    }
    if (degrees.isPresent()) {
      value = degrees.get();
      phrase = phrase.equals("C") ? "celsius" : phrase.equals("F") ? "fahrenheit" : "degree";
    }
    return new Scalar(value, Units.of(phrase));
  }

  private String unitPhrase() {
    var phrase = new StringBuilder();
    while (cursor.peek().kind() == Kind.WORDS) {
      phrase.append(phrase.length() > 0 ? " " : "").append(cursor.next().text());
      if (cursor.pass("^")) {
        boolean braced = cursor.pass("{");
        phrase.append('^').append(cursor.next().text());
        if (braced) {
          cursor.expect("}");
        }
      }
      if (cursor.at("/") && cursor.peek(1).kind() == Kind.WORDS) {
        cursor.next();
        phrase.append(" /");
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

  private Answer matrix(boolean upper, Expr factor) {
    var parser = new ExprParser(cursor, upper);
    cursor.next();
    List<List<Expr>> rows = new ArrayList<>();
    List<Expr> row = new ArrayList<>();
    int cells = 0;
    while (true) {
      row.add(Exprs.multiply(factor, parser.expression()));
      if (++cells > MAX_MEMBERS) {
        throw new TooLarge("more than " + MAX_MEMBERS + " members");
      }
      if (cursor.pass("&")) {
        continue;
      }
      boolean more = cursor.pass("\\\\");
      rows.add(List.copyOf(row));
      row.clear();
      if (cursor.peek().isCommand("end")) {
        cursor.next();
        break;
      }
      if (!more) {
        throw new Unreadable(Cursor.shown(cursor.peek()) + " is out of place in a matrix");
      }
    }
    int width = rows.get(0).size();
    if (rows.stream().anyMatch(cellsOfRow -> cellsOfRow.size() != width)) {
      throw new Unreadable("the rows of a matrix differ in length");
    }
    return new Matrix(List.copyOf(rows));
  }

  /** A symbol or a number, for those who look at a side of a relation. */
  static boolean isNumber(Answer answer) {
    return answer instanceof Scalar scalar && scalar.value() instanceof Num;
  }

  /** Whether a side of a relation is a name: a symbol, f(x), or capital letters such as AB. */
  static boolean isName(Expr side) {
    if (side instanceof Product product) {
      return product.factors().stream()
          .allMatch(
              factor ->
                  factor instanceof Sym sym
                      && sym.name().length() == 1
                      && Character.isUpperCase(sym.name().charAt(0)));
    }
    return side instanceof Sym sym
        ? !Constants.isConstant(sym)
        : side instanceof Expr.Call call
            && (call.function().equals("f") || call.function().equals("g"));
  }

  static Numeral numeral(String digits, int base, BigFraction value) {
    return new Numeral(digits, base, value);
  }
}
