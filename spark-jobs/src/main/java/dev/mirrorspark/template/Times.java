package dev.mirrorspark.template;

import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** {@code strftime_now} at a fixed time, so that a prompt is the same whenever it is rendered. */
final class Times {
  private Times() {}

  static String format(LocalDateTime now, String format) {
    var out = new StringBuilder();
    for (int i = 0; i < format.length(); i++) {
      char c = format.charAt(i);
      if (c != '%') {
        out.append(c);
        continue;
      }
      boolean unpadded = format.startsWith("%-", i);
      i += unpadded ? 2 : 1;
      char kind = i < format.length() ? format.charAt(i) : ' ';
      String pattern =
          switch (kind) {
            case 'Y' -> "uuuu";
            case 'y' -> "uu";
            case 'm' -> unpadded ? "M" : "MM";
            case 'd' -> unpadded ? "d" : "dd";
            case 'e' -> "ppd";
            case 'H' -> unpadded ? "H" : "HH";
            case 'I' -> unpadded ? "h" : "hh";
            case 'M' -> unpadded ? "m" : "mm";
            case 'S' -> unpadded ? "s" : "ss";
            case 'f' -> "SSSSSS";
            case 'j' -> unpadded ? "D" : "DDD";
            case 'p' -> "a";
            case 'A' -> "EEEE";
            case 'a' -> "EEE";
            case 'B' -> "MMMM";
            case 'b', 'h' -> "MMM";
            case 'F' -> "uuuu-MM-dd";
            case 'T' -> "HH:mm:ss";
            case 'R' -> "HH:mm";
            case 'D' -> "MM/dd/uu";
            case '%' -> "'%'";
            default ->
                throw new TemplateError(
                    "strftime_now: '%" + kind + "' in '" + format + "' is not known");
          };
      out.append(now.format(DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH)));
    }
    return out.toString();
  }
}
