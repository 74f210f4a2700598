package dev.mirrorspark.math;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.hipparchus.fraction.BigFraction;

/** The units that answers carry, and the words behind numbers that are none. */
final class Units {
  /**
   * A unit of measurement.
   *
   * @param dimension units of one dimension convert into each other
   * @param size in the dimension's base unit
   */
  record Unit(String dimension, BigFraction size) {
    static final Unit PERCENT = new Unit("percent", BigFraction.ONE);
    static final Unit DEGREE = new Unit("angle", BigFraction.ONE);
    static final Unit DOLLAR = new Unit("dollar", BigFraction.ONE);
  }

  private static final Map<String, Unit> KNOWN = new HashMap<>();
  private static final Map<String, BigFraction> MULTIPLIERS =
      Map.of(
          "thousand", new BigFraction(1_000),
          "million", new BigFraction(1_000_000),
          "billion", new BigFraction(1_000_000_000L),
          "trillion", new BigFraction(1_000_000_000_000L),
          "dozen", new BigFraction(12));

  static {
    put("length", 1, 1000, "mm", "millimeter", "millimetre");
    put("length", 1, 100, "cm", "centimeter", "centimetre");
    put("length", 1, 1, "m", "meter", "metre");
    put("length", 1000, 1, "km", "kilometer", "kilometre");
    put("length", 254, 10_000, "in", "inch", "inches");
    put("length", 3048, 10_000, "ft", "foot", "feet");
    put("length", 9144, 10_000, "yd", "yard");
    put("length", 1_609_344, 1000, "mi", "mile");
    put("length^3", 1, 1000, "l", "L", "liter", "litre");
    put("length^3", 1, 1_000_000, "ml", "mL", "milliliter", "millilitre");
    put("mass", 1, 1000, "mg", "milligram");
    put("mass", 1, 1, "g", "gm", "gram");
    put("mass", 1000, 1, "kg", "kilogram");
    put("mass", 45_359_237, 100_000, "lb", "lbs", "pound");
    put("mass", 45_359_237, 1_600_000, "oz", "ounce");
    put("time", 1, 1, "s", "sec", "secs", "second");
    put("time", 60, 1, "min", "mins", "minute");
    put("time", 3600, 1, "h", "hr", "hrs", "hour");
    put("time", 86_400, 1, "day");
    put("time", 604_800, 1, "week", "wk");
    put("months", 1, 1, "month");
    put("months", 12, 1, "year", "yr", "yrs");
    put("dollar", 1, 1, "dollar", "usd", "USD");
    put("dollar", 1, 100, "cent");
    put("euro", 1, 1, "euro");
    put("angle", 1, 1, "degree", "deg");
    put("percent", 1, 1, "percent", "percents");
    put("celsius", 1, 1, "degree celsius", "celsius");
    put("fahrenheit", 1, 1, "degree fahrenheit", "fahrenheit");
    put("morning", 1, 1, "am");
    put("afternoon", 1, 1, "pm");
    put("length/time", 1_609_344, 3_600_000, "mph");
    put("length/time", 1000, 3600, "kph", "kmh");
  }

  private Units() {}

  private static void put(String dimension, long size, long of, String... names) {
    for (String name : names) {
      KNOWN.put(name, new Unit(dimension, new BigFraction(size, of)));
    }
  }

  /** Whether a word of at least two letters is the name of a unit, in the singular or plural. */
  static boolean isKnown(String word) {
    return word.length() >= 2 && (single(word).isPresent() || MULTIPLIERS.containsKey(word));
  }

  private static Optional<Unit> single(String word) {
    Unit exact = KNOWN.get(word);
    if (exact == null) {
      exact = KNOWN.get(word.toLowerCase(Locale.ROOT));
    }
    if (exact == null && word.length() > 3 && word.endsWith("s")) {
      exact = KNOWN.get(word.substring(0, word.length() - 1).toLowerCase(Locale.ROOT));
    }
    return Optional.ofNullable(exact);
  }

  /** The multiplier that a phrase starts with, such as 1,000,000 for {@code million dollars}. */
  static Optional<BigFraction> multiplier(String phrase) {
    return Optional.ofNullable(MULTIPLIERS.get(phrase.split(" ", 2)[0].toLowerCase(Locale.ROOT)));
  }

  /** What follows the multiplier of a phrase. */
  static String withoutMultiplier(String phrase) {
    String[] parts = phrase.split(" ", 2);
    return parts.length > 1 ? parts[1] : "";
  }

  /**
   * The unit that a phrase names, such as {@code square feet}, {@code km/h} or {@code miles per
   * hour}; empty for other words ({@code apples}, {@code units}), which say nothing of the value.
   */
  static Optional<Unit> of(String phrase) {
    String plain = phrase.strip().replaceAll("\\.(?=[a-zA-Z]|$)", "").replaceAll("\\s+", " ");
    String[] parts = plain.split(" ?/ ?| per ");
    if (parts.length == 2) {
      Optional<Unit> top = of(parts[0]);
      Optional<Unit> bottom = of(parts[1]);
      return top.isPresent() && bottom.isPresent()
          ? Optional.of(
              new Unit(
                  top.get().dimension() + "/" + bottom.get().dimension(),
                  top.get().size().divide(bottom.get().size())))
          : Optional.empty();
    }
    int power = 1;
    String base = plain;
    if (plain.startsWith("square ") || plain.startsWith("sq ")) {
      power = 2;
    } else if (plain.startsWith("cubic ") || plain.startsWith("cu ")) {
      power = 3;
    }
    if (power > 1) {
      base = plain.substring(plain.indexOf(' ') + 1);
    } else if (plain.endsWith("^2") || plain.endsWith("^3")) {
      power = plain.charAt(plain.length() - 1) - '0';
      base = plain.substring(0, plain.length() - 2).strip();
    }
    int exponent = power;
    return single(base)
        .map(
            unit ->
                exponent == 1
                    ? unit
                    : new Unit(unit.dimension() + "^" + exponent, unit.size().pow(exponent)));
  }
}
