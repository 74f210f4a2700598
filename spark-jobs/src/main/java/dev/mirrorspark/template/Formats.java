package dev.mirrorspark.template;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Python's {@code "%s" % x} and {@code "{}".format(x)}, as far as chat templates use them. */
final class Formats {
  private static final Pattern PERCENT = Pattern.compile("%(?:([sdr%])|(.?))");
  private static final Pattern BRACES = Pattern.compile("\\{\\{|\\}\\}|\\{(\\w*)\\}|[{}]");

  private Formats() {}

  static String printf(String format, Arguments arguments) {
    var out = new StringBuilder();
    Matcher at = PERCENT.matcher(format);
    int next = 0;
    while (at.find()) {
      if (at.group(1) == null) {
        throw new TemplateError("the format '" + format + "': only %s, %d, %r and %% are known");
      }
      if (!at.group(1).equals("%") && next >= arguments.positional().size()) {
        throw new TemplateError("the format '" + format + "' wants more values");
      }
      String value =
          switch (at.group(1)) {
            case "%" -> "%";
            case "r" -> Values.shown(arguments.positional().get(next++));
            case "d" -> Values.text(Filters.whole(arguments.positional().get(next++)));
            default -> Values.text(arguments.positional().get(next++));
          };
      at.appendReplacement(out, Matcher.quoteReplacement(value));
    }
    if (next < arguments.positional().size()) {
      throw new TemplateError("the format '" + format + "' wants fewer values");
    }
    return at.appendTail(out).toString();
  }

  static String braces(String format, Arguments arguments) {
    var out = new StringBuilder();
    Matcher at = BRACES.matcher(format);
    int next = 0;
    while (at.find()) {
      String value;
      String name = at.group(1);
      if (name == null) {
        if (at.group().length() < 2) {
          throw new TemplateError("the format '" + format + "': only {}, {0} and {name} are known");
        }
        value = at.group().substring(1);
      } else if (name.isEmpty() || name.matches("\\d+")) {
        int index = name.isEmpty() ? next++ : Integer.parseInt(name);
        if (index >= arguments.positional().size()) {
          throw new TemplateError("the format '" + format + "' wants more values");
        }
        value = Values.text(arguments.positional().get(index));
      } else if (arguments.named().containsKey(name)) {
        value = Values.text(arguments.named().get(name));
      } else {
        throw new TemplateError("the format '" + format + "' wants a value of " + name);
      }
      at.appendReplacement(out, Matcher.quoteReplacement(value));
    }
    return at.appendTail(out).toString();
  }
}
