package dev.mirrorspark.math;

import dev.mirrorspark.math.Expr.Call;
import dev.mirrorspark.math.Expr.Num;
import dev.mirrorspark.math.Expr.Sym;
import dev.mirrorspark.math.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.hipparchus.fraction.BigFraction;

/** Parses an expression at a cursor; stops where none goes on. */
final class ExprParser {

  /** f and g, and their derivatives. */
  static final Pattern UNKNOWN_FUNCTION = Pattern.compile("[fg]'*|h'+");

  private static final int MAX_TERMS = 1_000;

  private final Cursor cursor;
  private final Signs signs;
  private int bars;

  /**
   * @param signs what ± and ∓ stand for
   */
  ExprParser(Cursor cursor, Signs signs) {
    this.cursor = cursor;
    this.signs = signs;
  }

  /** A sum. */
  Expr expression() {
    cursor.enter();
    List<Expr> terms = new ArrayList<>();
    boolean first = true;
    while (first || cursor.atAny("+-±∓") && !cursor.atDifferenceOfSets()) {
      boolean negative = false;
      while (cursor.atAny("+-±∓")) {
        negative ^= isMinus(cursor.next().text());
      }
      Expr term = term();
      terms.add(negative ? Exprs.negate(term) : term);
      first = false;
    }
    cursor.leave();
    return terms.size() == 1 ? terms.get(0) : Exprs.sum(terms);
  }

  private boolean isMinus(String sign) {
    return switch (sign) {
      case "-" -> true;
      case "±" -> signs.isMinus(cursor, true);
      case "∓" -> signs.isMinus(cursor, false);
      default -> false;
    };
  }

  private Expr term() {
    List<Expr> factors = new ArrayList<>();
    factors.add(power());
    while (true) {
      if (cursor.atAny("*/")) {
        boolean division = cursor.next().text().equals("/");
        boolean negative = false;
        while (cursor.atAny("+-")) {
          negative ^= cursor.next().text().equals("-");
        }
        Expr factor = power();
        factors.add(division ? Exprs.power(factor, Exprs.MINUS_ONE) : factor);
        if (negative) {
          factors.add(Exprs.MINUS_ONE);
        }
      } else if (cursor.peek().isCommand("bmod")) {
        cursor.next();
        Expr value = Exprs.product(factors);
        factors.clear();
        factors.add(Functions.apply("mod", List.of(value, power())));
      } else if (startsFactor()) {
        factors.add(power());
      } else {
        return factors.size() == 1 ? factors.get(0) : Exprs.product(factors);
      }
    }
  }

  private boolean startsFactor() {
    Token token = cursor.peek();
    return switch (token.kind()) {
      case NUMBER -> numberMayFollow();
      case NAME, FUNCTION -> true;
      case COMMAND ->
          switch (token.text()) {
            case "begin", "end", "mod", "bmod", "choose" -> false;
            default -> true;
          };
      case SIGN ->
          switch (token.text()) {
            case "(" -> !cursor.peek(1).isCommand("mod");
            case "{", "⌊", "⌈", "√" -> true;
            case "|" -> bars == 0;
            default -> false;
          };
      case WORDS, END -> false;
    };
  }

  /** Two numbers side by side are no product, but {@code x^1 2} is. */
  private boolean numberMayFollow() {
    Token before = cursor.token(cursor.position() - 1);
    boolean exponent = cursor.position() > 1 && cursor.token(cursor.position() - 2).is("^");
    return before.kind() != Kind.NUMBER || exponent;
  }

  private Expr power() {
    Expr base = postfix();
    if (!cursor.at("^")) {
      return base;
    }
    cursor.next();
    cursor.enter();
    Expr result;
    if (cursor.pass("°")) {
      result = Exprs.multiply(base, Exprs.DEGREE);
    } else if (cursor.at("{") && cursor.peek(1).is("°") && cursor.peek(2).is("}")) {
      cursor.next();
      cursor.next();
      cursor.next();
      result = Exprs.multiply(base, Exprs.DEGREE);
    } else {
      result = Exprs.power(base, exponent());
    }
    cursor.leave();
    return result;
  }

  private Expr exponent() {
    boolean negative = false;
    while (cursor.atAny("+-")) {
      negative ^= cursor.next().text().equals("-");
    }
    Expr exponent = power();
    return negative ? Exprs.negate(exponent) : exponent;
  }

  private Expr postfix() {
    Expr expr = primary();
    while (cursor.atAny("!°")) {
      expr =
          cursor.next().text().equals("!")
              ? Exprs.factorial(expr)
              : Exprs.multiply(expr, Exprs.DEGREE);
    }
    return expr;
  }

  private Expr primary() {
    Token token = cursor.peek();
    cursor.enter();
    Expr expr =
        switch (token.kind()) {
          case NUMBER -> numeral();
          case NAME -> symbol();
          case FUNCTION -> function();
          case COMMAND -> command();
          case SIGN -> bracketed();
          case WORDS, END -> throw new Unreadable("no value before " + Cursor.shown(token));
        };
    cursor.leave();
    return expr;
  }

  private Expr numeral() {
    Token token = cursor.next();
    String digits = token.text();
    boolean leading = digits.charAt(0) != '0';
    while (leading && digits.length() <= 3 && isDigits(digits, 3) && groupFollows()) {
      // 10 000 000
      var all = new StringBuilder(digits);
      while (groupFollows()) {
        all.append(cursor.next().text());
      }
      digits = all.toString();
    }
    Expr number = Exprs.number(Digits.value(digits));
    return digits.indexOf('.') < 0 && digits.indexOf('e') < 0 ? mixed(number) : number;
  }

  private boolean groupFollows() {
    Token next = cursor.peek();
    return next.kind() == Kind.NUMBER
        && next.spaced()
        && next.text().length() == 3
        && isDigits(next.text(), 3)
        && !cursor.peek(1).is("/");
  }

  private static boolean isDigits(String text, int most) {
    return text.length() <= most && text.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  /** 2\frac{1}{3} and 2 1/3 are sums. */
  private Expr mixed(Expr whole) {
    int start = cursor.position();
    boolean exponent = start > 1 && cursor.token(start - 2).is("^");
    if (exponent) {
      return whole;
    }
    Token next = cursor.peek();
    if (next.isCommand("frac")) {
      boolean plain = isFractionOfNumbers();
      Expr part = plain ? command() : whole;
      if (plain && part instanceof Num num && num.value().compareTo(BigFraction.ONE) < 0) {
        return Exprs.add(whole, part);
      }
      cursor.goTo(start);
    } else if (next.kind() == Kind.NUMBER
        && next.spaced()
        && cursor.peek(1).is("/")
        && cursor.peek(2).kind() == Kind.NUMBER
        && isDigits(next.text(), 9)
        && isDigits(cursor.peek(2).text(), 9)) {
      Expr top = Exprs.number(Integer.parseInt(cursor.next().text()));
      cursor.next();
      return Exprs.add(whole, Exprs.divide(top, Exprs.number(Digits.value(cursor.next().text()))));
    }
    return whole;
  }

  /** Whether the fraction here is of numerals in braces, or of single digits. */
  private boolean isFractionOfNumbers() {
    int at = 1;
    for (int argument = 0; argument < 2; argument++) {
      if (cursor.peek(at).is("{")) {
        if (cursor.peek(at + 1).kind() != Kind.NUMBER || !cursor.peek(at + 2).is("}")) {
          return false;
        }
        at += 3;
      } else if (cursor.peek(at).kind() == Kind.NUMBER) {
        if (cursor.peek(at).text().length() == 2 && argument == 0) {
          return true;
        }
        at++;
      } else {
        return false;
      }
    }
    // not where digits had to be split, which going back would not undo
    return !(cursor.peek(1).kind() == Kind.NUMBER && cursor.peek(1).text().length() > 1);
  }

  private Expr symbol() {
    String name = cursor.next().text();
    if (cursor.at("_")) {
      cursor.next();
      name += "_" + subscript();
    }
    boolean applied = UNKNOWN_FUNCTION.matcher(name).matches() && cursor.at("(");
    if (!applied) {
      return new Sym(name);
    }
    cursor.next();
    List<Expr> arguments = new ArrayList<>();
    do {
      arguments.add(expression());
    } while (cursor.pass(","));
    cursor.expect(")");
    return new Call(name, arguments);
  }

  private String subscript() {
    if (!cursor.at("{")) {
      Token token = cursor.next();
      if (token.kind() != Kind.NUMBER && token.kind() != Kind.NAME) {
        throw new Unreadable("the subscript " + Cursor.shown(token) + " is not known");
      }
      return token.text();
    }
    cursor.next();
    var subscript = new StringBuilder();
    while (!cursor.at("}")) {
      if (cursor.atEnd()) {
        throw new Unreadable("a brace is not closed");
      }
      subscript.append(cursor.next().text());
    }
    cursor.next();
    return subscript.toString();
  }

  private Expr function() {
    String name = cursor.next().text();
    if (Symbols.OF_SEVERAL.contains(name)) {
      return Functions.apply(name, severalArguments());
    }
    Expr base = null;
    Expr exponent = null;
    for (int i = 0; i < 2 && cursor.atAny("_^"); i++) {
      if (cursor.next().text().equals("_")) {
        base = argument();
      } else {
        exponent = cursor.at("{") || cursor.at("(") ? argument() : exponent();
      }
    }
    boolean inverse = Exprs.MINUS_ONE.equals(exponent);
    Expr result =
        Functions.apply(
            inverse ? "arc" + name : name, Optional.ofNullable(base), functionArgument());
    return exponent == null || inverse ? result : Exprs.power(result, exponent);
  }

  private List<Expr> severalArguments() {
    String close = cursor.pass("\\{") ? "\\}" : cursor.pass("{") ? "}" : ")";
    if (close.equals(")")) {
      cursor.expect("(");
    }
    List<Expr> arguments = new ArrayList<>();
    do {
      arguments.add(expression());
    } while (cursor.pass(","));
    cursor.expect(close);
    return arguments;
  }

  /** \sum_{k=1}^{4} k, computed where the limits are whole numbers. */
  private Expr series(boolean sum) {
    Sym index = null;
    Expr low = null;
    Expr high = null;
    for (int i = 0; i < 2 && cursor.atAny("_^"); i++) {
      if (cursor.next().text().equals("_")) {
        cursor.expect("{");
        if (cursor.peek().kind() != Kind.NAME) {
          throw new Unreadable("a sum without its index");
        }
        index = new Sym(cursor.next().text());
        cursor.expect("=");
        low = expression();
        cursor.expect("}");
      } else {
        high = cursor.at("{") ? argument() : exponent();
      }
    }
    Expr of = term();
    boolean known =
        low instanceof Num from
            && high instanceof Num to
            && Rationals.isWhole(from.value())
            && Rationals.isWhole(to.value());
    if (!known) {
      throw new Unreadable("a sum whose limits are not numbers");
    }
    BigFraction first = ((Num) low).value();
    BigFraction count = ((Num) high).value().subtract(first).add(BigFraction.ONE);
    if (count.compareTo(new BigFraction(MAX_TERMS)) > 0) {
      throw new TooLarge("a sum of more than " + MAX_TERMS + " terms");
    }
    cursor.make(count.getNumerator().longValue() * Constants.size(of));
    List<Expr> terms = new ArrayList<>();
    for (int i = 0; i < count.getNumerator().intValue(); i++) {
      Expr at = Exprs.number(first.add(new BigFraction(i)));
      terms.add(Substitution.of(of, index, at));
    }
    return sum ? Exprs.sum(terms) : Exprs.product(terms);
  }

  /** In brackets; or what follows up to the next sign or function, as in {@code \sin 3x}. */
  private Expr functionArgument() {
    if (cursor.at("(") || cursor.at("{") || cursor.at("[")) {
      return argument();
    }
    List<Expr> factors = new ArrayList<>();
    boolean negative = cursor.pass("-");
    factors.add(negative ? Exprs.negate(power()) : power());
    while (startsFactor() && cursor.peek().kind() != Kind.FUNCTION && !cursor.at("(")) {
      factors.add(power());
    }
    return Exprs.product(factors);
  }

  private Expr command() {
    String command = cursor.next().text();
    switch (command) {
      case "frac":
        Expr top = argument();
        return Exprs.divide(top, argument());
      case "binom":
        Expr of = argument();
        return Exprs.binomial(of, argument());
      case "sum", "prod":
        return series(command.equals("sum"));
      case "sqrt":
        Expr degree = Exprs.number(2);
        if (cursor.pass("[")) {
          degree = expression();
          cursor.expect("]");
        }
        Expr radicand = cursor.peek().kind() == Kind.NUMBER ? plainNumeral() : argument();
        return Exprs.power(radicand, Exprs.divide(Exprs.ONE, degree));
      default:
        throw new Unreadable("\\" + command + " is out of place");
    }
  }

  private Expr plainNumeral() {
    return Exprs.number(Digits.value(cursor.next().text()));
  }

  /** The argument of a command: in braces or round brackets, one digit, or one symbol. */
  private Expr argument() {
    Token token = cursor.peek();
    if (token.kind() == Kind.NUMBER) {
      return Exprs.number(Digits.value(cursor.firstDigit()));
    }
    if (token.is("-")) {
      cursor.next();
      return Exprs.negate(argument());
    }
    return primary();
  }

  private Expr bracketed() {
    String open = cursor.next().text();
    String close =
        switch (open) {
          case "(" -> ")";
          case "{" -> "}";
          case "[" -> "]";
          case "|" -> "|";
          case "⌊" -> "⌋";
          case "⌈" -> "⌉";
          case "√" -> "";
          default -> throw new Unreadable("'" + open + "' is out of place");
        };
    if (close.isEmpty()) {
      Expr radicand = cursor.peek().kind() == Kind.NUMBER ? plainNumeral() : argument();
      return Exprs.power(radicand, Exprs.HALF);
    }
    if (open.equals("{") && cursor.pass("}")) {
      return Exprs.ONE;
    }
    bars += open.equals("|") ? 1 : 0;
    Expr inner = expression();
    bars -= open.equals("|") ? 1 : 0;
    if (open.equals("{") && cursor.peek().isCommand("choose")) {
      cursor.next();
      inner = Exprs.binomial(inner, expression());
    }
    cursor.expect(close);
    return switch (open) {
      case "|" -> Functions.apply("abs", Optional.empty(), inner);
      case "⌊" -> Functions.apply("floor", Optional.empty(), inner);
      case "⌈" -> Functions.apply("ceil", Optional.empty(), inner);
      default -> inner;
    };
  }
}
