package dev.mirrorspark.config;

import java.io.Serializable;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a folder's chat template is given besides the problem.
 *
 * @param variables by name, such as {@code enable_thinking}: texts, numbers, truth values, and
 *     lists and sections of them
 * @param date the day that the template takes for today, {@code YYYY-MM-DD}
 */
public record ChatConfig(Map<String, Object> variables, String date) implements Serializable {
  /** No variables, and the day of the defaults. */
  public static final ChatConfig NONE = new ChatConfig(Map.of(), "2025-01-01");

  private static final Set<String> OURS = Set.of("messages", "add_generation_prompt");

  /** Keeps the order of the variables. */
  public ChatConfig {
    variables = Collections.unmodifiableMap(new LinkedHashMap<>(variables));
  }

  /** The day that the template takes for today. */
  public LocalDate today() {
    return LocalDate.parse(date);
  }

  List<RunRanges.Violation> violations() {
    var found = new ArrayList<RunRanges.Violation>();
    for (String name : variables.keySet()) {
      String key = "model.chat.variables." + name;
      if (!name.matches("[A-Za-z_]\\w*")) {
        found.add(new RunRanges.Violation(key, "a name of letters, digits and underscores"));
      } else if (OURS.contains(name)) {
        found.add(new RunRanges.Violation(key, "any other name: this one is given already"));
      }
    }
    try {
      today();
    } catch (DateTimeParseException e) {
      found.add(new RunRanges.Violation("model.chat.date", "a day as YYYY-MM-DD"));
    }
    return found;
  }
}
