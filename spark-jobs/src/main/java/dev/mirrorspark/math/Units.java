package dev.mirrorspark.math;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.hipparchus.fraction.BigFraction;

/** The units that answers carry, and the words behind numbers that are none. */
final class Units {
  /**
   * A unit of measurement.
   *
   * @param dimension units of one dimension convert into each other
   * @param size in the dimension's base unit
   */
  record Unit(String dimension, Expr size) {
    static final Unit PERCENT = new Unit("percent", Exprs.ONE);
    static final Unit DEGREE = new Unit("angle", Exprs.ONE);
  }

  /** A unit as powers of base units. */
  private record Measure(Map<String, Integer> powers, Expr size) {
    Measure times(Measure other, int power) {
      Map<String, Integer> all = new TreeMap<>(powers);
      other.powers.forEach((base, exponent) -> all.merge(base, exponent * power, Integer::sum));
      all.values().removeIf(exponent -> exponent == 0);
      return new Measure(all, Exprs.multiply(size, Exprs.power(other.size, Exprs.number(power))));
    }

    Measure scaled(BigFraction by) {
      return new Measure(powers, Exprs.multiply(size, Exprs.number(by)));
    }
  }

  private static final Measure NONE = new Measure(Map.of(), Exprs.ONE);
  private static final Map<String, Measure> KNOWN = new HashMap<>();

  /** Signs that take prefixes, as {@code m} in {@code km}, and names, as meter in kilometer. */
  private static final Map<String, Measure> PREFIXED = new HashMap<>();

  private static final Map<String, BigFraction> MULTIPLIERS =
      Map.of(
          "hundred", new BigFraction(100),
          "thousand", new BigFraction(1_000),
          "million", new BigFraction(1_000_000),
          "billion", new BigFraction(1_000_000_000L),
          "trillion", new BigFraction(1_000_000_000_000L),
          "dozen", new BigFraction(12),
          "百", new BigFraction(100),
          "千", new BigFraction(1_000),
          "万", new BigFraction(10_000),
          "亿", new BigFraction(100_000_000));

  private static final Map<String, BigFraction> PREFIXES = new HashMap<>();
  private static final Map<String, BigFraction> LONG_PREFIXES = new HashMap<>();
  private static final Pattern POWER = Pattern.compile("(.*?)\\s*\\^?\\s*\\{?\\s*(-?\\d)\\s*\\}?");
  private static final Pattern STOPS = Pattern.compile("\\.(?=[a-zA-Z]|$|\\s)");
  private static final Pattern BLANKS = Pattern.compile("\\s+");
  private static final Pattern OF = Pattern.compile("^(?:of|in) ");
  private static final Pattern DEGREES = Pattern.compile("^degrees? (?=[cC]elsius|[fF]ahrenheit)");
  private static final Pattern SQUARED = Pattern.compile("(\\w+) squared\\b");
  private static final Pattern CUBED = Pattern.compile("(\\w+) cubed\\b");
  private static final Pattern PARTS =
      Pattern.compile("\\s*(/|\\bper\\b)\\s*|\\s*[*·⋅×]\\s*|\\s+|-");

  static {
    String[] prefixes = {
      "k", "kilo", "M", "mega", "G", "giga", "T", "tera", "m", "milli", "u", "micro", "µ", "micro",
      "μ", "micro", "n", "nano", "p", "pico", "c", "centi", "d", "deci", "h", "hecto"
    };
    int[] powers = {3, 6, 9, 12, -3, -6, -6, -6, -9, -12, -2, -1, 2};
    for (int i = 0; i < powers.length; i++) {
      BigFraction size = new BigFraction(10).pow(powers[i]);
      PREFIXES.put(prefixes[2 * i], size);
      LONG_PREFIXES.put(prefixes[2 * i + 1], size);
    }
    metric("length", 1, 1, "m", "meter", "metre");
    metric("mass", 1, 1000, "g", "gram", "gm", "gramme");
    metric("time", 1, 1, "s", "sec", "second");
    metric("current", 1, 1, "A", "ampere", "amp");
    metric("temperature", 1, 1, "K", "kelvin");
    metric("amount", 1, 1, "mol", "mole");
    metric("light", 1, 1, "cd", "candela");
    metric("information", 1, 1, "bit");
    metric("information", 8, 1, "B", "byte");
    metric("length^3", 1, 1000, "l", "L", "liter", "litre");
    metric("mass length time^-2", 1, 1, "N", "newton");
    metric("mass length^2 time^-2", 1, 1, "J", "joule");
    metric("mass length^2 time^-3", 1, 1, "W", "watt");
    metric("mass length^-1 time^-2", 1, 1, "Pa", "pascal");
    metric("time^-1", 1, 1, "Hz", "hertz");
    metric("current time", 1, 1, "C", "coulomb");
    metric("mass length^2 time^-3 current^-1", 1, 1, "V", "volt");
    metric("mass length^2 time^-3 current^-2", 1, 1, "Ω", "ohm");
    metric("mass^-1 length^-2 time^4 current^2", 1, 1, "F", "farad");
    metric("mass time^-2 current^-1", 1, 1, "T", "tesla");
    metric("mass length^2 time^-2 current^-1", 1, 1, "Wb", "weber");
    metric("mass length^2 time^-2 current^-2", 1, 1, "H", "henry");
    metric("mass length^2 time^-2", 4184, 1000, "cal", "calorie");
    metric("electronvolt", 1, 1, "eV", "electronvolt");
    put("mass", 1000, 1, "t", "tonne", "ton");
    put("length", 254, 10_000, "in", "inch", "inches");
    put("length", 3048, 10_000, "ft", "foot", "feet");
    put("length", 9144, 10_000, "yd", "yard");
    put("length", 1_609_344, 1000, "mi", "mile");
    put("length^3", 3_785_411_784L, 1_000_000_000_000L, "gal", "gallon");
    put("length^2", 10_000, 1, "ha", "hectare");
    put("length^2", 40_468_564_224L, 10_000_000L, "acre");
    put("mass", 45_359_237, 100_000_000, "lb", "lbs", "pound");
    put("mass", 45_359_237, 1_600_000_000, "oz", "ounce");
    put("time", 60, 1, "min", "mins", "minute");
    put("time", 3600, 1, "h", "hr", "hrs", "hour");
    put("time", 86_400, 1, "day");
    put("time", 604_800, 1, "week", "wk");
    put("months", 1, 1, "month");
    put("months", 12, 1, "year", "yr", "yrs");
    put("months", 120, 1, "decade");
    put("months", 1200, 1, "century", "centuries");
    put("mass length^2 time^-2", 3_600_000, 1, "kWh");
    put("mass length^-1 time^-2", 101_325, 1, "atm", "atmosphere");
    put("mass length^-1 time^-2", 100_000, 1, "bar");
    put("dollar", 1, 1, "dollar", "usd", "USD", "$", "buck");
    put("dollar", 1, 100, "cent", "¢");
    put("euro", 1, 1, "euro", "EUR", "€");
    put("sterling", 1, 1, "GBP", "£", "quid");
    put("yen", 1, 1, "yen", "¥", "JPY", "yuan", "RMB", "CNY", "元");
    put("rupee", 1, 1, "rupee", "₹", "Rs", "INR");
    put("angle", 1, 1, "degree", "deg");
    put("angle", 360, 1, "revolution", "rev");
    put("length^3", 946_352_946L, 1_000_000_000_000L, "quart", "qt");
    put("length^3", 473_176_473L, 1_000_000_000_000L, "pint", "pt");
    put("length^3", 2_365_882_365L, 10_000_000_000_000L, "cup");
    put("length time^-1", 1852, 3600, "knot");
    put("time^-1", 1, 60, "rpm");
    put("sound", 1, 1, "dB", "decibel");
    put("length", 1, 10_000_000_000L, "angstrom", "Å");
    put("length", 9_460_730_472_580_800L, 1, "ly", "lightyear");
    put("angle", 1, 60, "arcmin", "arcminute");
    put("angle", 1, 3600, "arcsec", "arcsecond");
    put("percent", 1, 1, "percent", "percents", "pct");
    put("celsius", 1, 1, "celsius", "℃");
    put("fahrenheit", 1, 1, "fahrenheit", "℉");
    put("morning", 1, 1, "am");
    put("afternoon", 1, 1, "pm");
    put("length time^-1", 1_609_344, 3_600_000, "mph");
    put("length time^-1", 1000, 3600, "kph", "kmh", "kmph");
    Expr radian = Exprs.divide(Exprs.number(180), new Expr.Sym("π"));
    for (String name : new String[] {"rad", "radian", "rads"}) {
      KNOWN.put(name, new Measure(Map.of("angle", 1), radian));
    }
  }

  private Units() {}

  private static Measure measure(String dimension, long size, long of) {
    Map<String, Integer> powers = new TreeMap<>();
    for (String part : dimension.split(" ")) {
      int caret = part.indexOf('^');
      powers.put(
          caret < 0 ? part : part.substring(0, caret),
          caret < 0 ? 1 : Integer.parseInt(part.substring(caret + 1)));
    }
    return new Measure(powers, Exprs.number(new BigFraction(size, of)));
  }

  private static void put(String dimension, long size, long of, String... names) {
    for (String name : names) {
      KNOWN.put(name, measure(dimension, size, of));
    }
  }

  private static void metric(String dimension, long size, long of, String... names) {
    put(dimension, size, of, names);
    for (String name : names) {
      PREFIXED.put(name, measure(dimension, size, of));
    }
  }

  /** Whether a word of at least two letters is the name of a unit, in the singular or plural. */
  static boolean isKnown(String word) {
    return word.length() >= 2
        && (single(word).isPresent() || MULTIPLIERS.containsKey(word.toLowerCase(Locale.ROOT)));
  }

  private static Optional<Measure> single(String word) {
    String lower = word.toLowerCase(Locale.ROOT);
    return exact(word)
        .or(() -> word.length() >= 2 ? exact(lower) : Optional.empty())
        .or(
            () ->
                word.length() > 3 && lower.endsWith("s")
                    ? exact(lower.substring(0, lower.length() - 1))
                        .or(() -> exact(word.substring(0, word.length() - 1)))
                    : Optional.empty());
  }

  private static Optional<Measure> exact(String word) {
    Measure known = KNOWN.get(word);
    if (known != null) {
      return Optional.of(known);
    }
    for (int end : new int[] {1, 4, 5}) {
      if (word.length() > end) {
        String prefix = word.substring(0, end);
        BigFraction size = (end == 1 ? PREFIXES : LONG_PREFIXES).get(prefix);
        Measure base = PREFIXED.get(word.substring(end));
        boolean symbol = word.length() - end <= 3;
        if (size != null && base != null && (end == 1) == symbol) {
          return Optional.of(base.scaled(size));
        }
      }
    }
    return Optional.empty();
  }

  /** The multiplier that a phrase starts with, such as 1,000,000 for {@code million dollars}. */
  static Optional<BigFraction> multiplier(String phrase) {
    String first = phrase.split(" ", 2)[0].toLowerCase(Locale.ROOT);
    BigFraction exact = MULTIPLIERS.get(first);
    return Optional.ofNullable(
        exact == null && first.endsWith("s")
            ? MULTIPLIERS.get(first.substring(0, first.length() - 1))
            : exact);
  }

  /** What follows the multiplier of a phrase. */
  static String withoutMultiplier(String phrase) {
    String[] parts = phrase.split(" ", 2);
    return parts.length > 1 ? parts[1] : "";
  }

  /**
   * The unit that a phrase names, such as {@code square feet}, {@code km/h}, {@code kg m/s^2} or
   * {@code miles per hour}; empty for other words ({@code apples}, {@code units}).
   */
  static Optional<Unit> of(String phrase) {
    String plain = STOPS.matcher(phrase.strip()).replaceAll("");
    plain = OF.matcher(BLANKS.matcher(plain).replaceAll(" ")).replaceFirst("");
    String unit = DEGREES.matcher(plain).replaceFirst("");
    return measure(unit)
        .or(() -> beside(unit))
        .filter(found -> !found.powers.isEmpty())
        .map(found -> new Unit(dimension(found), found.size()));
  }

  /** The unit of "hours of work" and of "full hours". */
  private static Optional<Measure> beside(String phrase) {
    String[] words = phrase.split(" ");
    if (words.length < 2 || Wording.changes(phrase) || phrase.indexOf('/') >= 0) {
      return Optional.empty();
    }
    String first = words[0];
    String last = words[words.length - 1];
    return first.length() > 2 && (words[1].equals("of") || words[1].equals("in"))
        ? single(first)
        : last.length() > 2 ? single(last) : Optional.empty();
  }

  private static String dimension(Measure measure) {
    var text = new StringBuilder();
    measure.powers.forEach(
        (base, power) ->
            text.append(text.length() > 0 ? " " : "")
                .append(base)
                .append(power == 1 ? "" : "^" + power));
    return text.toString();
  }

  private static Optional<Measure> measure(String phrase) {
    String plain = SQUARED.matcher(phrase).replaceAll("$1^2");
    plain = CUBED.matcher(plain).replaceAll("$1^3");
    Measure all = NONE;
    int sign = 1;
    int power = 1;
    var parts = PARTS.matcher(plain);
    int from = 0;
    boolean more = true;
    while (more) {
      more = parts.find();
      String part = plain.substring(from, more ? parts.start() : plain.length());
      from = more ? parts.end() : plain.length();
      switch (part) {
        case "" -> {
          // between two separators
        }
        case "square", "sq" -> power = 2;
        case "cubic", "cu" -> power = 3;
        default -> {
          Optional<Measure> one = raised(part);
          if (one.isEmpty()) {
            return one;
          }
          all = all.times(one.get(), power * sign);
          power = 1;
          sign = 1;
        }
      }
      sign = more && parts.group(1) != null ? -1 : sign;
    }
    return Optional.of(all);
  }

  private static Optional<Measure> raised(String part) {
    Optional<Measure> plain = single(part);
    if (plain.isPresent()) {
      return plain;
    }
    var power = POWER.matcher(part.replace("²", "^2").replace("³", "^3"));
    return power.matches()
        ? single(power.group(1)).map(base -> NONE.times(base, Integer.parseInt(power.group(2))))
        : Optional.empty();
  }
}
