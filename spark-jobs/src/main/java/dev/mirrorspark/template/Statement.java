package dev.mirrorspark.template;

/** A part of a template that writes text or sets variables. */
@FunctionalInterface
interface Statement {
  /** How it goes on afterwards. */
  enum Flow {
    NEXT,
    BREAK,
    CONTINUE
  }

  Flow run(Scope scope, StringBuilder out);

  /** This statement, its errors placed in a line. */
  default Statement in(int line) {
    return (scope, out) -> {
      try {
        return run(scope, out);
      } catch (TemplateError e) {
        throw e.at(line);
      }
    };
  }
}
