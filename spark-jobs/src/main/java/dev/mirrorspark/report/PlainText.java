package dev.mirrorspark.report;

/** Text of a program or a model as a terminal or a page may show it: none of it is obeyed. */
public final class PlainText {
  private static final int PICTURES = 0x2400;
  private static final int PICTURE_OF_DELETE = 0x2421;
  private static final int REPLACEMENT = 0xfffd;

  private PlainText() {}

  /**
   * The text with a picture in place of each control character but line end and tab, and with the
   * mark of the unknown in place of those beyond ASCII, of those that turn the direction of writing
   * and of halves of a character.
   */
  public static String of(String text) {
    var plain = new StringBuilder(text.length());
    text.replace("\r\n", "\n").codePoints().map(PlainText::shown).forEach(plain::appendCodePoint);
    return plain.toString();
  }

  private static int shown(int c) {
    if (c == '\n' || c == '\t') {
      return c;
    }
    if (c < ' ') {
      return PICTURES + c;
    }
    if (c == 0x7f) {
      return PICTURE_OF_DELETE;
    }
    boolean turns = (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
    boolean half = Character.getType(c) == Character.SURROGATE;
    return Character.isISOControl(c) || half || turns || c == 0x2028 || c == 0x2029
        ? REPLACEMENT
        : c;
  }
}
