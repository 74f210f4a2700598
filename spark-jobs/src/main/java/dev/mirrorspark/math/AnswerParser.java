package dev.mirrorspark.math;

import dev.mirrorspark.math.Answer.Many;
import dev.mirrorspark.math.Answer.Matrix;
import dev.mirrorspark.math.Answer.Scalar;
import dev.mirrorspark.math.Answer.Words;
import dev.mirrorspark.math.Expr.Sym;
import dev.mirrorspark.math.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Parses an answer: lists of items, each a relation, a combination of intervals and sets, a tuple,
 * a matrix, an expression with its unit, or words.
 */
final class AnswerParser {
  /** Longest answer, in characters. */
  static final int MAX_LENGTH = 2_000;

  /** Most members of a list, a tuple or a matrix. */
  static final int MAX_MEMBERS = 200;

  /** Most signs ± in one item that are each their own: 32 answers. */
  private static final int MAX_PLUS_MINUS = 5;

  private static final String RELATIONS = "=<>≤≥≠∈≈≡";

  private static final Pattern ALL_REALS =
      Pattern.compile("(?:the set of )?(?:all )?real(?:s| numbers)", Pattern.CASE_INSENSITIVE);

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
      if (ALL_REALS.matcher(words).matches()) {
        return new Scalar(new Sym("ℝ"), Optional.empty());
      }
      boolean letters = words.chars().allMatch(Character::isLetter) && words.length() > 1;
      // \text{A, C} and \text{13} are what they would be without \text
      return words.length() < text.length() && !letters ? parse(words, reading) : new Words(words);
    }
    Listing list = list("");
    if (!cursor.atEnd()) {
      throw new Unreadable(Cursor.shown(cursor.peek()) + " is out of place");
    }
    return list.joined(cursor.budget());
  }

  /** Items up to a closing bracket or the end. */
  private Listing list(String close) {
    cursor.enter();
    List<Answer> items = new ArrayList<>();
    List<String> separators = new ArrayList<>();
    if (!close.isEmpty() && cursor.at(close)) {
      cursor.leave();
      return new Listing(items, separators);
    }
    do {
      String separator = "";
      while (cursor.atSeparator()) {
        // "1, 2, and 3"
        String next = cursor.next().text();
        separator = separator.isEmpty() || separator.equals(",") ? next : separator;
      }
      if (!items.isEmpty()) {
        separators.add(separator);
      }
      List<Answer> item = item();
      for (int i = 1; i < item.size(); i++) {
        separators.add("or");
      }
      items.addAll(item);
      if (items.size() > MAX_MEMBERS) {
        throw new TooLarge("more than " + MAX_MEMBERS + " members");
      }
    } while (cursor.atSeparator());
    cursor.leave();
    return new Listing(items, separators);
  }

  /** One item; with ± one for each choice of signs. */
  private List<Answer> item() {
    int start = cursor.position();
    Answer upper = relation(Signs.upper(start));
    int end = cursor.position();
    int signs = cursor.plusMinusBetween(start, end);
    if (signs == 0) {
      return List.of(upper);
    }
    boolean tied = cursor.anyBetween(start, end, "∓");
    if (!tied && signs > MAX_PLUS_MINUS) {
      throw new TooLarge("more than " + MAX_PLUS_MINUS + " signs ±");
    }
    List<Answer> all = new ArrayList<>(List.of(upper));
    for (int choice = 1; choice < (tied ? 2 : 1 << signs); choice++) {
      cursor.goTo(start);
      Answer other = relation(new Signs(start, choice, tied));
      if (all.stream().noneMatch(known -> known.canonical().equals(other.canonical()))) {
        all.add(other);
      }
    }
    boolean sets = all.stream().allMatch(answer -> answer instanceof Many);
    return sets ? List.of(merged(all)) : all;
  }

  private static Many merged(List<Answer> sets) {
    List<Answer> members = new ArrayList<>();
    for (Answer set : sets) {
      ((Many) set)
          .members().stream()
              .filter(
                  member ->
                      members.stream().noneMatch(m -> m.canonical().equals(member.canonical())))
              .forEach(members::add);
    }
    return new Many(members, true, false);
  }

  private Answer relation(Signs choice) {
    Answer first = cursor.peek().kind() == Kind.WORDS ? words() : union(choice);
    if (!cursor.atAny(RELATIONS)) {
      return first;
    }
    List<Answer> sides = new ArrayList<>(List.of(quantityName(first)));
    List<String> signs = new ArrayList<>();
    while (cursor.atAny(RELATIONS)) {
      signs.add(cursor.next().text());
      sides.add(cursor.peek().kind() == Kind.WORDS ? words() : union(choice));
    }
    return new Relations(cursor.budget()).of(sides, signs);
  }

  /** {@code \text{Area}} before a sign of equality is a name. */
  private static Answer quantityName(Answer side) {
    return side instanceof Words words && !Wording.changes(words.words())
        ? new Scalar(new Sym(words.words().toLowerCase(Locale.ROOT)), Optional.empty())
        : side;
  }

  /** An item that starts with words is words, whatever follows. */
  private Answer words() {
    var all = new StringBuilder();
    while (!cursor.atEnd() && !cursor.atSeparator() && !cursor.atAny(")]=") && !cursor.at("\\}")) {
      Token token = cursor.next();
      all.append(all.length() > 0 && token.spaced() ? " " : "").append(token.text());
    }
    return new Words(all.toString());
  }

  private Answer union(Signs signs) {
    Answer all = piece(signs);
    while (true) {
      char sign;
      if (cursor.atAny("∪∩∖")) {
        sign = cursor.next().text().charAt(0);
      } else if (passUnionLetter(all)) {
        sign = '∪';
      } else if (cursor.at("-") && cursor.peek(1).is("\\{")) {
        cursor.next();
        sign = '∖';
      } else {
        return all;
      }
      all = new Answer.Combination(sign, List.of(all, piece(signs)));
    }
  }

  private boolean passUnionLetter(Answer before) {
    boolean set = before instanceof Answer.Tuple || before instanceof Answer.Combination;
    boolean here =
        set
            && cursor.peek().kind() == Kind.NAME
            && cursor.peek().text().equals("U")
            && cursor.peek(1).kind() == Kind.SIGN;
    if (here) {
      cursor.next();
    }
    return here;
  }

  private Answer piece(Signs signs) {
    if (cursor.pass("∅")) {
      return new Many(List.of(), true, false);
    }
    if (cursor.at("\\{") || cursor.at("{") && isSet()) {
      String close = cursor.next().text().equals("{") ? "}" : "\\}";
      Optional<Answer> described = described(close, signs);
      if (described.isPresent()) {
        return described.get();
      }
      List<Answer> members = list(close).items();
      cursor.expect(close);
      return new Many(members, true, false);
    }
    if ((cursor.at("(") || cursor.at("[")) && cursor.peek(1).isCommand("begin")) {
      cursor.next();
      Answer matrix = matrix(new ExprParser(cursor, signs), Exprs.ONE);
      cursor.next();
      return matrix;
    }
    if (cursor.at("(") || cursor.at("[")) {
      Optional<Answer> tuple = tuple(signs);
      if (tuple.isPresent()) {
        return tuple.get();
      }
    }
    return quantity(signs);
  }

  /** Whether the bare braces here are those of a set: a comma in them, and nothing behind. */
  private boolean isSet() {
    int close = cursor.afterMatching();
    if (close < 0 || !cursor.commaBefore(close)) {
      return false;
    }
    Token behind = cursor.token(close);
    return behind.kind() == Kind.END
        || behind.kind() == Kind.SIGN && ",∪∩∖".contains(behind.text());
  }

  /** {@code {x | x > 2}} behind its first brace; empty where it is no such set. */
  private Optional<Answer> described(String close, Signs signs) {
    int start = cursor.position();
    if (cursor.peek().kind() != Kind.NAME) {
      return Optional.empty();
    }
    var name = new Sym(cursor.next().text());
    if (cursor.pass("∈") && !cursor.next().text().equals("ℝ")) {
      cursor.goTo(start);
      return Optional.empty();
    }
    if (!cursor.pass("|") && !cursor.pass(":")) {
      cursor.goTo(start);
      return Optional.empty();
    }
    Answer condition = list(close).joined(cursor.budget());
    cursor.expect(close);
    if (condition instanceof Answer.Named named && named.variable().equals(name)) {
      return Optional.of(
          named.value() instanceof Scalar value
              ? new Many(List.of(value), true, false)
              : named.value());
    }
    throw new Unreadable("a set by a condition that is not solved");
  }

  /** A tuple, or an item in superfluous brackets; empty where the brackets are an expression's. */
  private Optional<Answer> tuple(Signs signs) {
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
      while (cursor.atSeparator()) {
        cursor.next();
      }
      members.add(relation(signs));
    } while (cursor.atSeparator());
    if (!cursor.atAny(")]")) {
      throw new Unreadable(Cursor.shown(cursor.peek()) + " is out of place");
    }
    char end = cursor.next().text().charAt(0);
    return Optional.of(members.size() == 1 ? members.get(0) : new Answer.Tuple(open, members, end));
  }

  /** A matrix, a ratio, a congruence, or an expression with its unit. */
  private Answer quantity(Signs signs) {
    var parser = new ExprParser(cursor, signs);
    if (cursor.peek().isCommand("begin")) {
      return matrix(parser, Exprs.ONE);
    }
    boolean negative = cursor.at("-") && QuantityParser.isCurrency(cursor.peek(1));
    if (negative) {
      cursor.next();
    }
    Optional<String> currency =
        QuantityParser.isCurrency(cursor.peek())
            ? Optional.of(cursor.next().text())
            : Optional.empty();
    Expr value = parser.expression();
    if (negative) {
      value = Exprs.negate(value);
    }
    if (cursor.peek().isCommand("begin")) {
      return matrix(parser, value);
    }
    if (cursor.at(":")) {
      List<Expr> parts = new ArrayList<>(List.of(value));
      while (cursor.pass(":")) {
        parts.add(parser.expression());
      }
      return new Answer.Ratio(parts);
    }
    if (cursor.peek().isCommand("mod") || cursor.at("(") && cursor.peek(1).isCommand("mod")) {
      boolean bracket = cursor.pass("(");
      cursor.next();
      Expr modulus = parser.expression();
      if (bracket) {
        cursor.expect(")");
      }
      return new Answer.Congruence(value, modulus);
    }
    return new QuantityParser(cursor, parser).withUnit(value, currency);
  }

  private Answer matrix(ExprParser parser, Expr factor) {
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
}
