package dev.mirrorspark.template;

/**
 * A token of a template.
 *
 * @param text an operator or name as written; the text of a string or of what stands between tags
 * @param number the value of a number, else 0
 */
record TemplateToken(Kind kind, String text, Number number, int line) {
  enum Kind {
    TEXT,
    BLOCK_BEGIN,
    BLOCK_END,
    VALUE_BEGIN,
    VALUE_END,
    NAME,
    STRING,
    NUMBER,
    OPERATOR,
    END
  }

  boolean is(Kind kind, String text) {
    return this.kind == kind && this.text.equals(text);
  }

  /** As a message names it. */
  String shown() {
    return switch (kind) {
      case TEXT -> "text";
      case BLOCK_BEGIN -> "'{%'";
      case BLOCK_END -> "'%}'";
      case VALUE_BEGIN -> "'{{'";
      case VALUE_END -> "'}}'";
      case END -> "the end of the template";
      case STRING -> "the text \"" + text + "\"";
      case NAME, NUMBER, OPERATOR -> "'" + text + "'";
    };
  }
}
