package dev.mirrorspark.template;

import dev.mirrorspark.template.TemplateToken.Kind;
import java.util.List;

/** Where the parser stands among the tokens. */
final class TokenCursor {
  private final List<TemplateToken> tokens;
  private int at;

  TokenCursor(List<TemplateToken> tokens) {
    this.tokens = tokens;
  }

  TemplateToken here() {
    return tokens.get(at);
  }

  TemplateToken ahead() {
    return tokens.get(Math.min(at + 1, tokens.size() - 1));
  }

  int line() {
    return here().line();
  }

  TemplateToken next() {
    TemplateToken token = here();
    if (token.kind() != Kind.END) {
      at++;
    }
    return token;
  }

  boolean isOperator(String text) {
    return here().is(Kind.OPERATOR, text);
  }

  boolean isName(String text) {
    return here().is(Kind.NAME, text);
  }

  boolean skipOperator(String text) {
    boolean is = isOperator(text);
    at += is ? 1 : 0;
    return is;
  }

  boolean skipName(String text) {
    boolean is = isName(text);
    at += is ? 1 : 0;
    return is;
  }

  void operator(String text) {
    if (!skipOperator(text)) {
      throw error("'" + text + "' is expected");
    }
  }

  void name(String text) {
    if (!skipName(text)) {
      throw error("'" + text + "' is expected");
    }
  }

  /** Any name. */
  String name() {
    return kind(Kind.NAME, "a name").text();
  }

  TemplateToken kind(Kind kind, String what) {
    if (here().kind() != kind) {
      throw error(what + " is expected");
    }
    return next();
  }

  TemplateError error(String message) {
    return new TemplateError(message + ", not " + here().shown(), line());
  }
}
