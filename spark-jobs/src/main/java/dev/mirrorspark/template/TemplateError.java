package dev.mirrorspark.template;

/** What is wrong with a template, or with what it was given, and in which of its lines. */
public final class TemplateError extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int line;

  TemplateError(String message, int line) {
    super(message);
    this.line = line;
  }

  /** An error whose line the statement adds in which it arises. */
  TemplateError(String message) {
    this(message, 0);
  }

  /** This error, in this line unless it has one. */
  TemplateError at(int line) {
    return this.line > 0 ? this : new TemplateError(getMessage(), line);
  }

  /** The line of the template, from 1. */
  public int line() {
    return line;
  }
}
