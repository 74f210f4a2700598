package dev.mirrorspark.math;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.math.Comparison.Outcome;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Answers that are made to hang, to exhaust memory or to overflow a stack. */
class HostileAnswersTest {
  private static final double SECONDS = 1.5;

  /** Answers by name; each is compared with 1, or with the reference that is given. */
  static Map<String, String> answers() {
    Map<String, String> hostile = new LinkedHashMap<>();
    hostile.put("tower of powers", "9^9^9^9");
    hostile.put("tower in braces", "9^{9^{9^{9}}}");
    hostile.put("tower of variables", "x^{x^{x^{x^{9999}}}}");
    hostile.put("power of a power", "((9^{9999})^{9999})^{9999}");
    hostile.put("negative tower", "9^{-9^{9^9}}");
    hostile.put("huge exponent", "2^{99999999999999999999}");
    hostile.put("huge exponent of a variable", "x^{99999999}");
    hostile.put("huge decimal exponent", "1e999999999");
    hostile.put("huge negative exponent", "1e-999999999");
    hostile.put("exponent out of any range", "1e99999999999999999999");
    hostile.put("factorial", "99999999!");
    hostile.put("factorials", "9!!!!!!!!");
    hostile.put("factorial of a factorial", "(5000!)!");
    hostile.put("binomial", "\\binom{99999999}{4999999}");
    hostile.put("many digits", "7".repeat(1_900));
    hostile.put("flood of digits", "7".repeat(1_000_000));
    hostile.put("round brackets", "(".repeat(10_000) + "1" + ")".repeat(10_000));
    hostile.put("round brackets within the length", "(".repeat(900) + "1" + ")".repeat(900));
    hostile.put("braces", "{".repeat(900) + "1" + "}".repeat(900));
    hostile.put("sets in sets", "\\{".repeat(450) + "1" + "\\}".repeat(450));
    hostile.put("roots in roots", "\\sqrt{".repeat(240) + "2" + "}".repeat(240));
    hostile.put("fractions in fractions", "\\frac{1}{1+".repeat(120) + "x" + "}".repeat(120));
    hostile.put("functions of functions", "\\sin ".repeat(300) + "x");
    hostile.put("absolute values", "|".repeat(900) + "x" + "|".repeat(900));
    hostile.put("exponents of exponents", "x^{".repeat(400) + "2" + "}".repeat(400));
    hostile.put("signs", "-".repeat(1_900) + "1");
    hostile.put("open brackets", "(".repeat(1_900));
    hostile.put("open box", "\\boxed{".repeat(250));
    hostile.put("list", "1,".repeat(900) + "1");
    hostile.put("matrix", "\\begin{pmatrix}" + "1&".repeat(800) + "1\\end{pmatrix}");
    hostile.put("products of large numbers", "10^{19000}".concat("\\cdot 10^{19000}".repeat(100)));
    hostile.put("long subscript", "x_{" + "9".repeat(1_800) + "}");
    hostile.put("not text", "\u0000\uffff\ud800$$$\\\\\\");
    return hostile;
  }

  /** Answers that pass the limits of size, with references that set evaluation to work. */
  static Map<String, String> heavy() {
    Map<String, String> heavy = new LinkedHashMap<>();
    heavy.put("(a+b+c+d)^{200}", "((a+b)^2+2(a+b)(c+d)+(c+d)^2)^{100}");
    heavy.put("(x+1)^{3000}", "(x^2+2x+1)^{1500}");
    heavy.put("(a+b+c+d+e+f+g+h)^{48}", "((a+b+c+d)^2+2(a+b+c+d)(e+f+g+h)+(e+f+g+h)^2)^{24}");
    heavy.put("(x+y+z)^{9999}-(x+y+z)^{9998}", "(x+y+z)^{9998}(x+y+z-1)");
    heavy.put(
        "\\frac{(x^{500}-1)(x^{499}-1)}{(x-1)(x^7-1)}",
        "\\frac{(1-x^{499})(1-x^{500})}{(1-x)(1-x^7)}");
    return heavy;
  }

  @Test
  void thereAreManyOfThem() {
    assertTrue(answers().size() + heavy().size() >= 38);
  }

  @Test
  @Timeout(value = 400, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void noHostileAnswerIsTakenForTheReference() {
    List<String> wrong = new ArrayList<>();
    answers()
        .forEach(
            (name, answer) -> {
              for (String reference : List.of("1", "x+\\sqrt{7}")) {
                Comparison comparison = compare(reference, answer);
                if (comparison.outcome() == Outcome.EQUAL && !isOne(name)) {
                  wrong.add(name + ": " + comparison);
                }
              }
            });
    assertEquals(List.of(), wrong);
  }

  /** Many signs before 1 are 1 in the end. */
  private static boolean isOne(String name) {
    return name.equals("signs");
  }

  @Test
  void whatGoesBeyondALimitIsWrongAndNamed() {
    assertEquals(
        Comparison.tooLarge("the answer is a power of more than 65536 bits"),
        compare("1", "9^9^9^9"));
    assertEquals(
        Comparison.tooLarge("the answer is nested deeper than 60"),
        compare("1", answers().get("round brackets within the length")));
    assertEquals(
        Comparison.tooLarge("the answer is longer than 2000 characters"),
        compare("1", answers().get("flood of digits")));
    assertEquals(
        Comparison.tooLarge("the answer is a factorial of more than 5000"),
        compare("1", "99999999!"));
  }

  @Test
  void aReferenceBeyondALimitIsTheProblemsFault() {
    assertEquals(Comparison.noReference("an exponent beyond 10000"), compare("x^{99999999}", "1"));
  }

  @Test
  void towersWithinTheLimitsAreSimplyOtherNumbers() {
    assertEquals(Outcome.DIFFERENT, compare("9", "2^{2^{2^{2}}}").outcome());
    assertEquals(Outcome.DIFFERENT, compare("9", "9^{9^{3}}").outcome());
    assertEquals(Outcome.NOT_COMPARABLE, compare("9", "9^{9^{9^{9}}}").outcome());
  }

  @Test
  @Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void heavyOnesEndWithinTheirBudget() {
    heavy()
        .forEach(
            (reference, answer) -> {
              long start = System.nanoTime();
              Comparison comparison = compare(reference, answer);
              double seconds = (System.nanoTime() - start) / 1e9;
              System.out.printf("heavy: %s: %s, %.2f s%n", reference, comparison, seconds);
              assertTrue(seconds < 10, reference + ": " + seconds + " s");
            });
  }

  /** Texts of random pieces: whatever comes, it is compared, and soon. */
  @Test
  @Timeout(value = 200, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void randomPiecesBreakNothing() {
    String[] pieces =
        ("1 2 7 12 0.5 .5 3,000 x y n k i e \\pi \\frac \\frac{1}{2} \\sqrt \\sqrt[3] { } ( ) [ ] \\{ \\}"
                + " | + - * / ^ _ ! = < > \\le \\ge \\ne \\approx \\equiv , ; : . ... \\pm \\mp \\cup \\cap"
                + " \\setminus \\in \\mathbb{R} \\mathbb{} \\mathbb \\infty \\text{and} \\text{or} and or"
                + " \\text{cm} km/h \\text{where} \\% % $ \\circ ^\\circ \\angle \\triangle \\overline{3} \\dot"
                + " \\sum \\sum_{k=1}^{4} \\prod \\binom \\choose \\pmod \\bmod \\gcd \\max \\log \\ln \\sin"
                + " \\arcsin \\begin{pmatrix} \\end{pmatrix} & \\\\ \\left \\right f( ' \\prime \\boxed"
                + " \\color{red} ** ` \" 2024-05-06 9:30 pm (A) C) March 101_2 \\mathrm{ \\text{ 个 答案 ２ €")
            .split(" ");
    var random = new Random(11);
    List<String> broken = new ArrayList<>();
    for (int i = 0; i < 6_000; i++) {
      var text = new StringBuilder();
      int length = 1 + random.nextInt(14);
      for (int j = 0; j < length; j++) {
        text.append(pieces[random.nextInt(pieces.length)])
            .append(random.nextInt(3) == 0 ? " " : "");
      }
      String other = text.toString().replace('2', '3');
      long start = System.nanoTime();
      for (Comparison comparison :
          List.of(compare("x+\\sqrt{7}", text.toString()), compare(text.toString(), other))) {
        if (comparison.detail().contains(MathComparer.BROKE_OFF)) {
          broken.add(text + ": " + comparison.detail());
        }
      }
      if (System.nanoTime() - start > 15e9) {
        broken.add(text + ": slow");
      }
    }
    assertEquals(List.of(), broken);
  }

  private static Comparison compare(String reference, String stated) {
    return new MathComparer(SECONDS).compare(reference, stated);
  }
}
