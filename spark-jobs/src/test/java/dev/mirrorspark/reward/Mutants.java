package dev.mirrorspark.reward;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Programs that differ from a Python program in one operator, constant or returned value. */
final class Mutants {
  private static final Map<Pattern, String> CHANGES = new LinkedHashMap<>();

  static {
    change(" == ", " != ");
    change(" != ", " == ");
    change(" <= ", " > ");
    change(" >= ", " < ");
    change(" < ", " >= ");
    change(" > ", " <= ");
    change(" not in ", " in ");
    change("\\bTrue\\b", "False");
    change("\\bFalse\\b", "True");
    change(" \\+ ", " - ");
    change(" - ", " + ");
    change(" \\* ", " + ");
    change(" // ", " * ");
    change(" % ", " // ");
    change(" \\+= ", " -= ");
    change(" and ", " or ");
    change("\\breturn (?=\\S)", "return not ");
    change("\\b0\\b", "1");
    change("\\b1\\b", "2");
    change("\\b2\\b", "3");
  }

  private Mutants() {}

  private static void change(String from, String to) {
    CHANGES.put(Pattern.compile(from), to);
  }

  /** The mutants, always in the same order: kind of change by kind, from the first place on. */
  static List<String> of(String program) {
    Set<String> mutants = new LinkedHashSet<>();
    CHANGES.forEach(
        (from, to) -> {
          for (MatchResult place : from.matcher(program).results().toList()) {
            mutants.add(program.substring(0, place.start()) + to + program.substring(place.end()));
          }
        });
    return new ArrayList<>(mutants);
  }
}
