package dev.mirrorspark.template;

import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A chat template, parsed. Safe for several threads at once.
 *
 * <p>It renders what Transformers' {@code apply_chat_template} does: Jinja with {@code
 * trim_blocks}, {@code lstrip_blocks}, loop controls, the tag {@code generation}, {@code tojson}
 * without HTML escapes, {@code raise_exception} and {@code strftime_now}. Not known, and refused by
 * name when a template is parsed: {@code include}, {@code import}, {@code extends}, {@code block},
 * recursive loops, {@code *} in calls, filters that escape for HTML. {@code safe} gives its text.
 */
public final class Template {
  /** Jinja's own limit in its sandbox. */
  private static final long LONGEST_RANGE = 100_000;

  private final Statement whole;

  private Template(Statement whole) {
    this.whole = whole;
  }

  /**
   * Parses a template.
   *
   * @throws TemplateError if it is malformed, or uses what is not known here
   */
  public static Template parse(String template) {
    return new Template(Parser.parse(template));
  }

  /**
   * The text for these variables.
   *
   * @param variables texts, numbers, booleans, null, and lists and maps of them
   * @param now what {@code strftime_now} takes for the present
   * @throws TemplateError if the template refuses them, or asks what they have not
   */
  public String render(Map<String, ?> variables, LocalDateTime now) {
    var all = globals(now);
    variables.forEach((name, value) -> all.put(name, Values.of(value)));
    var out = new StringBuilder();
    try {
      whole.run(new Scope(all), out);
    } catch (StackOverflowError e) {
      throw new TemplateError("the template calls itself too often", 1);
    }
    return out.toString();
  }

  private static Map<String, Object> globals(LocalDateTime now) {
    var globals = new HashMap<String, Object>();
    globals.put("namespace", (Callable) Namespace::of);
    globals.put("range", (Callable) Template::range);
    globals.put("dict", (Callable) Template::dict);
    globals.put(
        "raise_exception",
        (Callable)
            arguments -> {
              Object message = arguments.bind("raise_exception", "message")[0];
              throw new TemplateError("the template refuses: " + Values.text(message));
            });
    globals.put(
        "strftime_now",
        (Callable)
            arguments -> {
              Object format = arguments.bind("strftime_now", "format")[0];
              return Times.format(now, Methods.string("strftime_now", format));
            });
    return globals;
  }

  private static Object range(Arguments arguments) {
    arguments.require("range", 1, 3);
    long[] given =
        arguments.positional().stream().mapToLong(v -> Methods.whole("range", v, 0)).toArray();
    long from = given.length > 1 ? given[0] : 0;
    long to = given.length > 1 ? given[1] : given[0];
    long step = given.length > 2 ? given[2] : 1;
    if (step == 0) {
      throw new TemplateError("range: the step cannot be 0");
    }
    var numbers = new ArrayList<Object>();
    for (long i = from; step > 0 ? i < to : i > to; i += step) {
      if (numbers.size() == LONGEST_RANGE) {
        throw new TemplateError("range: more than " + LONGEST_RANGE + " numbers");
      }
      numbers.add(i);
    }
    return numbers;
  }

  private static Object dict(Arguments arguments) {
    var dict = new LinkedHashMap<Object, Object>();
    dict.putAll(Namespace.of(arguments).values());
    return dict;
  }
}
