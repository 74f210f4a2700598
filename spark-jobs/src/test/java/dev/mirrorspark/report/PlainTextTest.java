package dev.mirrorspark.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class PlainTextTest {
  @Test
  void nothingThatATerminalObeysIsLeft() {
    for (int c = 0; c < 0xffff; c++) {
      if (Character.isSurrogate((char) c)) {
        continue;
      }
      String shown = PlainText.of("a" + (char) c + "b");
      boolean obeyed =
          (Character.isISOControl(c) && c != '\n' && c != '\t')
              || (c >= 0x202a && c <= 0x202e)
              || (c >= 0x2066 && c <= 0x2069)
              || c == 0x2028
              || c == 0x2029;
      assertEquals(!obeyed, shown.equals("a" + (char) c + "b"), Integer.toHexString(c));
      assertEquals(3, shown.length());
    }
  }

  @Test
  void textStaysAsItIs() {
    String text = "line\n\ttab ∑ é 中 😀\n";
    assertEquals(text, PlainText.of(text));
    assertEquals("a\nb", PlainText.of("a\r\nb"));
    assertEquals("passed␍wrong", PlainText.of("passed\rwrong"));
    String title = PlainText.of("\u001b]0;owned\u0007\u001b[2J\u009b1A");
    assertEquals("␛]0;owned␇␛[2J\ufffd1A", title);
    assertTrue(PlainText.of("").isEmpty());
  }
}
