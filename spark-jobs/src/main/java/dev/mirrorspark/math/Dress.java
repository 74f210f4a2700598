package dev.mirrorspark.math;

import java.util.regex.Pattern;

/** Takes off an answer's text what says nothing: marks of mathematics and of Markdown, colours. */
public final class Dress {
  private static final Pattern COLOURS =
      Pattern.compile(
          "\\\\(?:textcolor|color|colorbox)\\s*(?:\\[[^\\]]*\\])?\\{[^{}]*\\}"
              + "|\\\\fcolorbox\\{[^{}]*\\}\\{[^{}]*\\}|\\\\(?:tag|label)\\*?\\{[^{}]*\\}");
  private static final Pattern OLD_STYLE =
      Pattern.compile("\\{\\s*\\\\(?:rm|bf|it|sf|tt|mathrm)(?![A-Za-z])\\s*([^{}\\\\]*)\\}");
  private static final Pattern OLD_STYLE_OPEN =
      Pattern.compile("\\\\rm(?![A-Za-z])\\s*([A-Za-z/]+)");
  private static final Pattern MARKDOWN =
      Pattern.compile("(\\*\\*\\*|\\*\\*|__|`+|\\*)(?=\\S)((?:(?!\\1).)*\\S)\\1", Pattern.DOTALL);
  private static final Pattern LEADING =
      Pattern.compile(
          "^(?:=(?!=)|:|,|\\\\therefore(?![A-Za-z])|∴|\\\\(?:Rightarrow|implies|to|Longrightarrow)(?![A-Za-z])"
              + "|⇒|→|=>|->|\\\\[,;:! ]|\\\\(?:q?quad)(?![A-Za-z]))\\s*");
  private static final Pattern TRAILING =
      Pattern.compile("(?:\\\\\\\\|\\\\[,;:! ]|[.,;。．、]|\\\\q?quad)$");
  private static final Pattern MONEY = Pattern.compile("\\d[\\d,]*(?:\\.\\d+)?");
  private static final Pattern ONE_BOX = Pattern.compile("\\\\(?:boxed|fbox|ensuremath)\\s*\\{");

  private Dress() {}

  /** The bare text; of one that is dress alone, nothing. */
  public static String off(String answer) {
    String text = narrow(answer).strip();
    if (text.indexOf('\\') >= 0) {
      text = OLD_STYLE.matcher(COLOURS.matcher(text).replaceAll("")).replaceAll("\\\\text{ $1}");
      text = OLD_STYLE_OPEN.matcher(text).replaceAll("\\\\text{ $1}");
    }
    for (String before = ""; !before.equals(text); ) {
      before = text;
      text = layer(text).strip();
    }
    return text;
  }

  private static String layer(String text) {
    if (text.isEmpty()) {
      return text;
    }
    char last = text.charAt(text.length() - 1);
    if (".,;\\。．、 !:".indexOf(last) >= 0 || text.endsWith("quad")) {
      var end = TRAILING.matcher(text);
      boolean escaped = text.endsWith("\\.") || text.endsWith("...");
      if (end.find() && !escaped) {
        return text.substring(0, end.start());
      }
    }
    char first = text.charAt(0);
    if (!Character.isLetterOrDigit(first)) {
      var lead = LEADING.matcher(text);
      if (lead.find()) {
        return text.substring(lead.end());
      }
    }
    if ("*_`".indexOf(first) >= 0) {
      var marked = MARKDOWN.matcher(text);
      if (marked.matches()) {
        return marked.group(2);
      }
    }
    if (text.startsWith("\\(") && text.endsWith("\\)")
        || text.startsWith("\\[") && text.endsWith("\\]")) {
      return text.substring(2, text.length() - 2);
    }
    boolean quoted =
        text.length() > 2
            && (first == '"' && last == '"'
                || first == '\'' && last == '\''
                || first == '“' && last == '”');
    if (quoted) {
      return text.substring(1, text.length() - 1);
    }
    if (text.startsWith("\\displaystyle") || text.startsWith("\\large")) {
      return text.replaceFirst("^\\\\(?:displaystyle|large)(?![A-Za-z])", "");
    }
    var box = ONE_BOX.matcher(text);
    if (box.lookingAt()) {
      var inner = Braces.argument(text, box.end() - 1);
      if (inner.isPresent() && box.end() + inner.get().length() + 1 == text.length()) {
        return inner.get();
      }
    }
    return dollars(text);
  }

  /** Without the dollar signs of mathematics; one that stands for money is the unit. */
  private static String dollars(String text) {
    if (text.indexOf('$') < 0) {
      return text;
    }
    int signs = 0;
    for (int i = 0; i < text.length(); i++) {
      signs += text.charAt(i) == '$' && (i == 0 || text.charAt(i - 1) != '\\') ? 1 : 0;
    }
    boolean money = MONEY.matcher(text.substring(1)).matches();
    return signs > 0 && signs % 2 == 0 && !money
        ? text.replaceAll("(?<!\\\\)\\$", " ").strip()
        : text;
  }

  /** Characters of full width as those of ASCII, and other signs as their usual twins. */
  private static String narrow(String text) {
    StringBuilder narrow = null;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      char twin = c;
      if (c > '\u007f' && Character.isDigit(c)) {
        twin = (char) ('0' + Character.digit(c, 10));
      } else if (c >= '\uff01' && c <= '\uff5e') {
        twin = (char) (c - 0xfee0);
      } else if (c >= '\u2000') {
        twin =
            switch (c) {
              case '\u3000', '\u2009', '\u202f', '\u2003', '\u2002' -> ' ';
              case '、' -> ',';
              case '−', '–', '—', '‐', '‑' -> '-';
              case '’', '′' -> '\'';
              case '【' -> '[';
              case '】' -> ']';
              default -> c;
            };
      }
      if (twin != c && narrow == null) {
        narrow = new StringBuilder(text);
      }
      if (twin != c) {
        narrow.setCharAt(i, twin);
      }
    }
    return narrow == null ? text : narrow.toString();
  }
}
