package dev.mirrorspark.template;

import dev.mirrorspark.template.TemplateToken.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Cuts a template into tokens, with {@code trim_blocks} and {@code lstrip_blocks} as Transformers
 * sets them: the newline after a block or comment goes, and so does the space before one that
 * begins a line. One newline at the template's end goes too.
 */
final class TemplateLexer {
  private static final Pattern RAW = Pattern.compile("\\{%[-+]?\\s*raw\\s*(-?)%\\}");
  private static final Pattern END_RAW =
      Pattern.compile("\\{%([-+]?)\\s*endraw\\s*(?:\\+%\\}|(-)%\\}|%\\}\\n?)");
  private static final Pattern NUMBER =
      Pattern.compile(
          "(?:\\d+_)*\\d+(?:(?:\\.(?:\\d+_)*\\d+)?[eE][+-]?(?:\\d+_)*\\d+|\\.(?:\\d+_)*\\d+)?");
  private static final Pattern NAME =
      Pattern.compile("[\\p{L}_][\\p{L}\\p{Mn}\\p{Nd}_]*", Pattern.UNICODE_CHARACTER_CLASS);
  private static final List<String> OPERATORS =
      List.of(
          "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{",
          "}", ">", "<", "=", ".", ":", "|", ",", ";");

  private final String source;
  private final List<TemplateToken> tokens = new ArrayList<>();
  private int at;
  private int line = 1;
  private int counted;
  private boolean lineBegins = true;

  private TemplateLexer(String source) {
    this.source = source;
  }

  /**
   * The tokens of a template, an end token last.
   *
   * @throws TemplateError if a tag, a text or a bracket is not closed
   */
  static List<TemplateToken> tokens(String template) {
    String source = template.replace("\r\n", "\n").replace('\r', '\n');
    if (source.endsWith("\n")) {
      source = source.substring(0, source.length() - 1);
    }
    var lexer = new TemplateLexer(source);
    lexer.read();
    return lexer.tokens;
  }

  private void read() {
    while (at < source.length()) {
      int tag = nextTag();
      if (tag < 0) {
        text(source.substring(at));
        at = source.length();
        break;
      }
      char kind = source.charAt(tag + 1);
      between(tag, kind);
      at = tag;
      switch (kind) {
        case '#' -> comment();
        case '{' -> inside(Kind.VALUE_BEGIN, Kind.VALUE_END, "}}");
        default -> {
          Matcher raw = RAW.matcher(source).region(at, source.length());
          if (raw.lookingAt()) {
            raw(raw);
          } else {
            inside(Kind.BLOCK_BEGIN, Kind.BLOCK_END, "%}");
          }
        }
      }
    }
    add(Kind.END, "");
  }

  private int nextTag() {
    for (int i = at; (i = source.indexOf('{', i)) >= 0 && i + 1 < source.length(); i++) {
      if ("{%#".indexOf(source.charAt(i + 1)) >= 0) {
        return i;
      }
    }
    return -1;
  }

  /** What stands before a tag, less the space that the tag takes away. */
  private void between(int tag, char kind) {
    String text = source.substring(at, tag);
    char sign = tag + 2 < source.length() ? source.charAt(tag + 2) : ' ';
    if (sign == '-') {
      text = Strings.strip(text, false, true);
    } else if (sign != '+' && kind != '{') {
      int begin = text.lastIndexOf('\n') + 1;
      if ((begin > 0 || lineBegins) && Strings.blank(text.substring(begin))) {
        text = text.substring(0, begin);
      }
    }
    text(text);
  }

  private void text(String text) {
    if (!text.isEmpty()) {
      add(Kind.TEXT, text);
    }
  }

  private void comment() {
    int end = source.indexOf("#}", at + 2);
    if (end < 0) {
      throw new TemplateError("a comment is not closed: '#}' is missing", line());
    }
    char sign = end > at + 2 ? source.charAt(end - 1) : ' ';
    at = end + 2;
    closed(sign);
  }

  /** Takes what a closing tag of a block or comment takes after it. */
  private void closed(char sign) {
    int from = at;
    if (sign == '-') {
      skipSpace();
    } else if (sign != '+' && at < source.length() && source.charAt(at) == '\n') {
      at++;
    }
    lineBegins = at > from && source.charAt(at - 1) == '\n';
  }

  private void skipSpace() {
    while (at < source.length() && Strings.isSpace(source.charAt(at))) {
      at++;
    }
  }

  private void raw(Matcher raw) {
    int begun = line();
    at = raw.end();
    if (!raw.group(1).isEmpty()) {
      skipSpace();
    }
    Matcher end = END_RAW.matcher(source);
    if (!end.find(at)) {
      throw new TemplateError("{% raw %} is not closed: {% endraw %} is missing", begun);
    }
    String text = source.substring(at, end.start());
    if (end.group(1).equals("-")) {
      text = Strings.strip(text, false, true);
    } else if (end.group(1).isEmpty()) {
      int begin = text.lastIndexOf('\n') + 1;
      if (begin > 0 && Strings.blank(text.substring(begin))) {
        text = text.substring(0, begin);
      }
    }
    text(text);
    at = end.end();
    lineBegins = source.charAt(at - 1) == '\n';
    if (end.group(2) != null) {
      skipSpace();
    }
  }

  /** The tokens of a tag with an expression. */
  private void inside(Kind begin, Kind end, String close) {
    add(begin, source.substring(at, at + 2));
    int begun = line;
    at += 2;
    if (at < source.length() && "-+".indexOf(source.charAt(at)) >= 0) {
      at++;
    }
    Deque<Character> open = new ArrayDeque<>();
    while (true) {
      skipSpace();
      if (at >= source.length()) {
        throw new TemplateError("a tag is not closed: '" + close + "' is missing", begun);
      }
      if (open.isEmpty() && closes(close, end)) {
        return;
      }
      token(open);
    }
  }

  private boolean closes(String close, Kind end) {
    char sign = source.charAt(at);
    boolean signed = sign == '-' || sign == '+' && end == Kind.BLOCK_END;
    if (!source.startsWith(close, signed ? at + 1 : at)) {
      return false;
    }
    add(end, close);
    at += signed ? 3 : 2;
    if (end == Kind.BLOCK_END) {
      closed(signed ? sign : ' ');
    } else {
      closed(signed ? '-' : '+');
    }
    return true;
  }

  private void token(Deque<Character> open) {
    char c = source.charAt(at);
    if (c == '"' || c == '\'') {
      string(c);
      return;
    }
    Matcher name = NAME.matcher(source).region(at, source.length());
    if (name.lookingAt()) {
      add(Kind.NAME, name.group());
      at = name.end();
      return;
    }
    if (c >= '0' && c <= '9') {
      number();
      return;
    }
    String operator =
        OPERATORS.stream()
            .filter(o -> source.startsWith(o, at))
            .findFirst()
            .orElseThrow(() -> new TemplateError("unexpected character '" + c + "'", line()));
    switch (c) {
      case '(' -> open.push(')');
      case '[' -> open.push(']');
      case '{' -> open.push('}');
      case ')', ']', '}' -> {
        if (open.isEmpty() || open.pop() != c) {
          throw new TemplateError("'" + c + "' closes nothing", line());
        }
      }
      default -> {}
    }
    add(Kind.OPERATOR, operator);
    at += operator.length();
  }

  private void number() {
    boolean afterDot = source.charAt(at - 1) == '.';
    Matcher number = NUMBER.matcher(source).region(at, source.length());
    number.lookingAt();
    String text = afterDot ? number.group().split("[.eE]")[0] : number.group();
    String digits = text.replace("_", "");
    try {
      boolean whole = digits.chars().allMatch(Character::isDigit);
      Number value = whole ? Long.valueOf(digits) : (Number) Double.valueOf(digits);
      tokens.add(new TemplateToken(Kind.NUMBER, text, value, line()));
    } catch (NumberFormatException e) {
      throw new TemplateError("the number " + text + " is beyond 64 bits", line());
    }
    at += text.length();
  }

  private void string(char quote) {
    var text = new StringBuilder();
    int begun = line();
    for (int i = at + 1; i < source.length(); i++) {
      char c = source.charAt(i);
      if (c == quote) {
        add(Kind.STRING, text.toString());
        at = i + 1;
        return;
      }
      i =
          c == '\\' && i + 1 < source.length()
              ? Escapes.read(source, i + 1, text)
              : plain(c, i, text);
    }
    throw new TemplateError("a text is not closed: " + quote + " is missing", begun);
  }

  private static int plain(char c, int i, StringBuilder text) {
    text.append(c);
    return i;
  }

  private void add(Kind kind, String text) {
    tokens.add(new TemplateToken(kind, text, 0, line()));
  }

  private int line() {
    for (; counted < at; counted++) {
      if (source.charAt(counted) == '\n') {
        line++;
      }
    }
    return line;
  }
}
