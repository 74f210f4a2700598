package dev.mirrorspark.template;

/** The backslash escapes of Python's text literals. */
final class Escapes {
  private Escapes() {}

  /**
   * Reads one escape.
   *
   * @param at the character after the backslash
   * @return the last character that belongs to it
   */
  static int read(String source, int at, StringBuilder text) {
    char c = source.charAt(at);
    switch (c) {
      case '\n' -> {}
      case '\\', '\'', '"' -> text.append(c);
      case 'n' -> text.append('\n');
      case 't' -> text.append('\t');
      case 'r' -> text.append('\r');
      case 'a' -> text.append('\u0007');
      case 'b' -> text.append('\b');
      case 'f' -> text.append('\f');
      case 'v' -> text.append('\u000b');
      case 'x' -> {
        return code(source, at, 2, text);
      }
      case 'u' -> {
        return code(source, at, 4, text);
      }
      case 'U' -> {
        return code(source, at, 8, text);
      }
      case '0', '1', '2', '3', '4', '5', '6', '7' -> {
        int end = at;
        while (end < at + 3
            && end < source.length()
            && "01234567".indexOf(source.charAt(end)) >= 0) {
          end++;
        }
        text.append((char) Integer.parseInt(source.substring(at, end), 8));
        return end - 1;
      }
      default -> text.append('\\').append(c);
    }
    return at;
  }

  private static int code(String source, int at, int digits, StringBuilder text) {
    try {
      text.appendCodePoint(Integer.parseInt(source.substring(at + 1, at + 1 + digits), 16));
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      throw new TemplateError("\\" + source.charAt(at) + " wants " + digits + " hex digits");
    }
    return at + digits;
  }
}
