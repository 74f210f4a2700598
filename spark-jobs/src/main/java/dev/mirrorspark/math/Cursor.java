package dev.mirrorspark.math;

import dev.mirrorspark.math.Token.Kind;
import java.util.List;

/** A place among tokens; the last one is an END. */
final class Cursor {
  /** Deepest nesting of brackets, arguments and exponents. */
  private static final int MAX_DEPTH = 60;

  /** Most parts of expressions that sums and products over an index may make. */
  private static final int MAX_PARTS = 20_000;

  /** Seconds of computing that reading one answer may take. */
  private static final double SECONDS = 1;

  private final List<Token> tokens;
  private final Budget budget = new Budget(SECONDS);
  private int parts;
  private int at;
  private int depth;

  Cursor(List<Token> tokens) {
    this.tokens = tokens;
  }

  /** What looking at values may cost while the answer is read. */
  Budget budget() {
    return budget;
  }

  /** Counts parts of expressions that are made from one text. */
  void make(long more) {
    if (parts + more > MAX_PARTS) {
      throw new TooLarge("a sum of more than " + MAX_PARTS + " parts");
    }
    parts += (int) more;
  }

  Token peek() {
    return tokens.get(at);
  }

  /** The token that far ahead, END beyond the last. */
  Token peek(int ahead) {
    return tokens.get(Math.min(at + ahead, tokens.size() - 1));
  }

  Token next() {
    Token token = tokens.get(at);
    at = Math.min(at + 1, tokens.size() - 1);
    return token;
  }

  int position() {
    return at;
  }

  void goTo(int position) {
    at = position;
  }

  boolean at(String sign) {
    return peek().is(sign);
  }

  boolean atAny(String signs) {
    return peek().kind() == Kind.SIGN
        && peek().text().length() == 1
        && signs.contains(peek().text());
  }

  boolean atEnd() {
    return peek().kind() == Kind.END;
  }

  /** Whether a set is taken away here, as in ℝ − {0}. */
  boolean atDifferenceOfSets() {
    return at("-") && peek(1).is("\\{");
  }

  /** Whether a comma, "and" or "or" stands here. */
  boolean atSeparator() {
    return isSeparator(peek());
  }

  private static boolean isSeparator(Token token) {
    return token.kind() == Kind.SIGN
        && (token.text().equals(",") || token.text().equals("and") || token.text().equals("or"));
  }

  /** How many of ± and ∓ stand between two positions. */
  int plusMinusBetween(int start, int end) {
    int count = 0;
    for (int i = start; i < end; i++) {
      count += tokens.get(i).is("±") || tokens.get(i).is("∓") ? 1 : 0;
    }
    return count;
  }

  /** Passes the sign if it stands here. */
  boolean pass(String sign) {
    boolean here = at(sign);
    if (here) {
      next();
    }
    return here;
  }

  void expect(String sign) {
    if (!pass(sign)) {
      throw new Unreadable("'%s' is missing before %s".formatted(sign, shown(peek())));
    }
  }

  /** Takes the first digit of the number here; the others become a token of their own. */
  String firstDigit() {
    Token number = peek();
    if (number.text().length() == 1) {
      return next().text();
    }
    tokens.set(at, new Token(Kind.NUMBER, number.text().substring(0, 1), number.spaced()));
    tokens.add(at + 1, new Token(Kind.NUMBER, number.text().substring(1), false));
    return next().text();
  }

  void enter() {
    if (++depth > MAX_DEPTH) {
      throw new TooLarge("nested deeper than " + MAX_DEPTH);
    }
  }

  void leave() {
    depth--;
  }

  static String shown(Token token) {
    return token.kind() == Kind.END ? "the end" : "'" + token.text() + "'";
  }

  /** The position behind the bracket that closes the one here; -1 if none does. */
  int afterMatching() {
    int open = 0;
    for (int i = at; i < tokens.size(); i++) {
      Token token = tokens.get(i);
      if (token.kind() == Kind.SIGN) {
        switch (token.text()) {
          case "(", "[", "\\{", "{" -> open++;
          case ")", "]", "\\}", "}" -> open--;
          default -> {}
        }
        if (open == 0) {
          return i + 1;
        }
      }
    }
    return -1;
  }

  /** Whether a comma stands between here and a position, outside of inner brackets. */
  boolean commaBefore(int end) {
    int open = 0;
    for (int i = at; i < end; i++) {
      Token token = tokens.get(i);
      if (token.kind() == Kind.SIGN) {
        switch (token.text()) {
          case "(", "[", "\\{", "{" -> open++;
          case ")", "]", "\\}", "}" -> open--;
          case ",", "and", "or" -> {
            if (open == 1) {
              return true;
            }
          }
          default -> {}
        }
      }
    }
    return false;
  }

  /** Whether a token with one of these signs stands between two positions. */
  boolean anyBetween(int start, int end, String signs) {
    return tokens.subList(start, end).stream()
        .anyMatch(
            token ->
                token.kind() == Kind.SIGN
                    && token.text().length() == 1
                    && signs.contains(token.text()));
  }

  Token token(int position) {
    return tokens.get(position);
  }
}
