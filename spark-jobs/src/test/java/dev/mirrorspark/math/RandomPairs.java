package dev.mirrorspark.math;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * Random expressions, each with another form of itself and one that differs by a small change. All
 * three are written from hidden numbers, whose relations are computed here in whole numbers:
 * nothing of the package under test takes part.
 */
final class RandomPairs {
  /**
   * Texts in LaTeX.
   *
   * @param same equal to the reference
   * @param other not equal to it
   */
  record Pair(String kind, String reference, String same, String other) {}

  private final Random random;
  private int made;

  RandomPairs(long seed) {
    this.random = new Random(seed);
  }

  Pair next() {
    return switch (made++ % 9) {
      case 0 -> factored();
      case 1 -> twoVariables();
      case 2 -> powerOfSurd();
      case 3 -> rationalised();
      case 4 -> nested();
      case 5 -> productOfWaves();
      case 6 -> multipleAngle();
      case 7 -> partialFractions();
      default -> cancelled();
    };
  }

  private int upTo(int most) {
    return 1 + random.nextInt(most);
  }

  private int signed(int most) {
    return random.nextBoolean() ? upTo(most) : -upTo(most);
  }

  private BigInteger bit() {
    return BigInteger.valueOf(random.nextBoolean() ? 1 : -1);
  }

  // polynomials, the lowest coefficient first

  private static BigInteger[] times(BigInteger[] a, BigInteger[] b) {
    var product = new BigInteger[a.length + b.length - 1];
    Arrays.fill(product, BigInteger.ZERO);
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < b.length; j++) {
        product[i + j] = product[i + j].add(a[i].multiply(b[j]));
      }
    }
    return product;
  }

  private static BigInteger[] of(long... coefficients) {
    var all = new BigInteger[coefficients.length];
    for (int i = 0; i < all.length; i++) {
      all[i] = BigInteger.valueOf(coefficients[i]);
    }
    return all;
  }

  private BigInteger[] changed(BigInteger[] coefficients) {
    BigInteger[] other = coefficients.clone();
    int at = random.nextInt(other.length);
    other[at] =
        random.nextInt(4) == 0 && other[at].signum() != 0
            ? other[at].negate()
            : other[at].add(bit());
    return other;
  }

  private String written(BigInteger[] coefficients, String variable) {
    List<String> terms = new ArrayList<>();
    for (int i = coefficients.length - 1; i >= 0; i--) {
      BigInteger c = coefficients[i];
      if (c.signum() == 0) {
        continue;
      }
      String power = i == 0 ? "" : i == 1 ? variable : variable + "^{" + i + "}";
      String size = c.abs().equals(BigInteger.ONE) && i > 0 ? "" : c.abs().toString();
      terms.add((c.signum() < 0 ? "-" : "+") + size + power);
    }
    if (random.nextInt(3) == 0) {
      Collections.shuffle(terms, random);
    }
    return joined(terms);
  }

  private static String joined(List<String> terms) {
    if (terms.isEmpty()) {
      return "0";
    }
    String text = String.join("", terms);
    return text.startsWith("+") ? text.substring(1) : text;
  }

  private Pair factored() {
    BigInteger[] product = of(1);
    var text = new StringBuilder();
    int factors = 2 + random.nextInt(3);
    for (int i = 0; i < factors; i++) {
      BigInteger[] factor =
          random.nextInt(4) == 0
              ? of(signed(9), signed(9), upTo(3))
              : of(signed(12), random.nextInt(3) == 0 ? upTo(7) : 1);
      int power = random.nextInt(5) == 0 ? 2 + random.nextInt(4) : 1;
      text.append("(").append(written(factor, "x")).append(")");
      text.append(power == 1 ? "" : "^" + power);
      for (int p = 0; p < power; p++) {
        product = times(product, factor);
      }
    }
    return pair(
        "polynomial", text.toString(), written(product, "x"), written(changed(product), "x"));
  }

  private Pair pair(String kind, String one, String same, String other) {
    return random.nextBoolean() || one.contains("pm")
        ? new Pair(kind, one, same, other)
        : new Pair(kind, same, one, other);
  }

  /** (ax + by)^n by the binomial theorem. */
  private Pair twoVariables() {
    int a = signed(5);
    int b = signed(5);
    int n = 2 + random.nextInt(6);
    List<BigInteger> coefficients = new ArrayList<>();
    BigInteger choose = BigInteger.ONE;
    for (int k = 0; k <= n; k++) {
      coefficients.add(
          choose.multiply(BigInteger.valueOf(a).pow(n - k)).multiply(BigInteger.valueOf(b).pow(k)));
      choose = choose.multiply(BigInteger.valueOf(n - k)).divide(BigInteger.valueOf(k + 1));
    }
    String same = inTwo(coefficients, n);
    int at = random.nextInt(n + 1);
    coefficients.set(at, coefficients.get(at).add(bit()));
    String one = "(" + a + "x" + (b < 0 ? "" : "+") + b + "y)^{" + n + "}";
    return pair("two variables", one, same, inTwo(coefficients, n));
  }

  private static String inTwo(List<BigInteger> coefficients, int n) {
    List<String> terms = new ArrayList<>();
    for (int k = 0; k <= n; k++) {
      BigInteger c = coefficients.get(k);
      if (c.signum() != 0) {
        String x = n - k == 0 ? "" : "x^{" + (n - k) + "}";
        String y = k == 0 ? "" : "y^{" + k + "}";
        terms.add((c.signum() < 0 ? "-" : "+") + c.abs() + x + y);
      }
    }
    return joined(terms);
  }

  private int squareFree() {
    int[] roots = {2, 3, 5, 6, 7, 10, 11, 13, 14, 15, 17, 19, 21, 22, 23};
    return roots[random.nextInt(roots.length)];
  }

  private static String surd(BigInteger whole, BigInteger times, int root) {
    List<String> terms = new ArrayList<>();
    if (whole.signum() != 0) {
      terms.add((whole.signum() < 0 ? "-" : "+") + whole.abs());
    }
    if (times.signum() != 0) {
      String size = times.abs().equals(BigInteger.ONE) ? "" : times.abs().toString();
      terms.add((times.signum() < 0 ? "-" : "+") + size + "\\sqrt{" + root + "}");
    }
    return joined(terms);
  }

  /** (a + b√d)^n. */
  private Pair powerOfSurd() {
    int d = squareFree();
    BigInteger a = BigInteger.valueOf(signed(9));
    BigInteger b = BigInteger.valueOf(signed(4));
    int n = 2 + random.nextInt(11);
    BigInteger whole = BigInteger.ONE;
    BigInteger times = BigInteger.ZERO;
    for (int i = 0; i < n; i++) {
      BigInteger next = whole.multiply(a).add(times.multiply(b).multiply(BigInteger.valueOf(d)));
      times = whole.multiply(b).add(times.multiply(a));
      whole = next;
    }
    boolean first = random.nextBoolean();
    return pair(
        "power of a surd",
        "(" + surd(a, b, d) + ")^{" + n + "}",
        surd(whole, times, d),
        surd(first ? whole.add(bit()) : whole, first ? times : times.add(bit()), d));
  }

  /** c / (a + b√d) with a whole denominator. */
  private Pair rationalised() {
    int d = squareFree();
    int a = signed(9);
    int b = signed(5);
    int c = signed(30);
    long below = (long) a * a - (long) b * b * d;
    BigInteger whole = BigInteger.valueOf((long) c * a);
    BigInteger times = BigInteger.valueOf(-(long) c * b);
    String one = "\\frac{" + c + "}{" + surd(BigInteger.valueOf(a), BigInteger.valueOf(b), d) + "}";
    String over = "}{" + below + "}";
    boolean first = random.nextBoolean();
    return pair(
        "rationalised",
        one,
        "\\frac{" + surd(whole, times, d) + over,
        "\\frac{"
            + surd(first ? whole.add(bit()) : whole, first ? times : times.add(bit()), d)
            + over);
  }

  /** √(a + b + 2√(ab)) = √a + √b. */
  private Pair nested() {
    int a = squareFree();
    int b = a;
    while (b == a) {
      b = squareFree();
    }
    int scale = upTo(6);
    String one = scale + "\\sqrt{" + (a + b) + "+2\\sqrt{" + a * b + "}}";
    int off = random.nextBoolean() ? 1 : -1;
    return pair(
        "nested roots",
        one,
        scale + "\\sqrt{" + a + "}+" + scale + "\\sqrt{" + b + "}",
        scale + "\\sqrt{" + a + "}+" + scale + "\\sqrt{" + (b + off) + "}");
  }

  /** 2 sin mx cos nx = sin (m+n)x + sin (m−n)x, times a number. */
  private Pair productOfWaves() {
    int m = 2 + random.nextInt(9);
    int n = upTo(m - 1);
    int c = upTo(9);
    String one = 2 * c + "\\sin(" + m + "x)\\cos(" + n + "x)";
    String same = c + "\\sin(" + (m + n) + "x)+" + c + "\\sin(" + (m - n) + "x)";
    String other =
        switch (random.nextInt(3)) {
          case 0 -> c + "\\sin(" + (m + n) + "x)-" + c + "\\sin(" + (m - n) + "x)";
          case 1 -> c + "\\sin(" + (m + n) + "x)+" + (c + 1) + "\\sin(" + (m - n) + "x)";
          default -> c + "\\sin(" + (m + n + 1) + "x)+" + c + "\\sin(" + (m - n) + "x)";
        };
    return pair("product of waves", one, same, other);
  }

  /** cos nx as a polynomial of cos x, by Chebyshev's recursion. */
  private Pair multipleAngle() {
    int n = 2 + random.nextInt(7);
    BigInteger[] before = of(1);
    BigInteger[] last = of(0, 1);
    for (int k = 2; k <= n; k++) {
      BigInteger[] twice = times(of(0, 2), last);
      for (int i = 0; i < before.length; i++) {
        twice[i] = twice[i].subtract(before[i]);
      }
      before = last;
      last = twice;
    }
    return pair("multiple angle", "\\cos(" + n + "x)", waves(last), waves(changed(last)));
  }

  private static String waves(BigInteger[] coefficients) {
    List<String> terms = new ArrayList<>();
    for (int i = coefficients.length - 1; i >= 0; i--) {
      BigInteger c = coefficients[i];
      if (c.signum() != 0) {
        String power = i == 0 ? "" : i == 1 ? "\\cos x" : "\\cos^{" + i + "} x";
        terms.add((c.signum() < 0 ? "-" : "+") + c.abs() + power);
      }
    }
    return joined(terms);
  }

  private String linear(int root) {
    return root == 0 ? "x" : "x" + (root > 0 ? "-" : "+") + Math.abs(root);
  }

  /** a/(x−p) + b/(x−q) over one denominator. */
  private Pair partialFractions() {
    int p = signed(9);
    int q = p;
    while (q == p) {
      q = signed(9);
    }
    int a = signed(12);
    int b = signed(12);
    String one = "\\frac{" + a + "}{" + linear(p) + "}+\\frac{" + b + "}{" + linear(q) + "}";
    BigInteger[] top = of(-(long) a * q - (long) b * p, a + b);
    BigInteger[] below = times(of(-p, 1), of(-q, 1));
    String denominator =
        random.nextBoolean() ? written(below, "x") : "(" + linear(p) + ")(" + linear(q) + ")";
    BigInteger[] off = changed(top);
    while (Arrays.equals(off, top)) {
      off = changed(top);
    }
    return pair(
        "partial fractions",
        one,
        "\\frac{" + written(top, "x") + "}{" + denominator + "}",
        "\\frac{" + written(off, "x") + "}{" + denominator + "}");
  }

  /** A quotient whose parts have a common factor. */
  private Pair cancelled() {
    BigInteger[] common = of(signed(9), upTo(3));
    BigInteger[] top = of(signed(9), signed(9), upTo(2));
    BigInteger[] below = of(signed(9), upTo(5));
    String one =
        "\\frac{"
            + written(times(top, common), "x")
            + "}{"
            + written(times(below, common), "x")
            + "}";
    return pair(
        "cancelled",
        one,
        "\\frac{" + written(top, "x") + "}{" + written(below, "x") + "}",
        "\\frac{" + written(changed(top), "x") + "}{" + written(below, "x") + "}");
  }
}
