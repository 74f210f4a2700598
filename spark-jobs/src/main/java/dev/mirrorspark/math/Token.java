package dev.mirrorspark.math;

/**
 * A token of an answer.
 *
 * @param text digits of a number, name of a symbol, function or command, words, or a sign
 * @param spaced whether white space stands before it
 */
record Token(Kind kind, String text, boolean spaced) {
  /** What a token is. */
  enum Kind {
    NUMBER,
    NAME,
    FUNCTION,
    /** A LaTeX command that takes arguments, without its backslash. */
    COMMAND,
    WORDS,
    SIGN,
    END
  }

  boolean is(String sign) {
    return kind == Kind.SIGN && text.equals(sign);
  }

  boolean isCommand(String name) {
    return kind == Kind.COMMAND && text.equals(name);
  }
}
