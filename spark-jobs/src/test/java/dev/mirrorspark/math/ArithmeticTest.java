package dev.mirrorspark.math;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.util.List;
import java.util.Random;
import java.util.function.BiFunction;
import org.hipparchus.fraction.BigFraction;
import org.junit.jupiter.api.Test;

/** Balls hold the numbers that they stand for: digits from tables, and more digits of the same. */
class ArithmeticTest {
  private static final Budget ENOUGH = new Budget(1000);

  private static Arithmetic to(int digits) {
    return new Arithmetic(digits, ENOUGH);
  }

  private static Ball ball(String value) {
    return Ball.exact(new BigDecimal(value));
  }

  private static void assertHolds(String expected, Ball ball, int digits) {
    BigDecimal gap = new BigDecimal(expected).subtract(ball.mid()).abs();
    assertTrue(gap.compareTo(ball.rad().add(new BigDecimal("1e-60"))) <= 0, ball.toString());
    BigDecimal most = ball.magnitude().max(BigDecimal.ONE).scaleByPowerOfTen(2 - digits);
    assertTrue(ball.rad().compareTo(most) <= 0, "wide: " + ball);
  }

  @Test
  void constantsFromTables() {
    var to50 = to(50);
    assertHolds(
        "3.1415926535897932384626433832795028841971693993751058209749445923", to50.pi(), 50);
    assertHolds(
        "2.7182818284590452353602874713526624977572470936999595749669676277",
        to50.exp(Ball.ONE),
        50);
    assertHolds(
        "0.6931471805599453094172321214581765680755001343602552541206800095",
        to50.log(ball("2")),
        50);
    assertHolds(
        "2.3025850929940456840179914546843642076011014886287729760333279009",
        to50.log(ball("10")),
        50);
    assertHolds(
        "0.8414709848078965066525023216302989996225630607983710656727517100",
        to50.sin(Ball.ONE),
        50);
    assertHolds(
        "0.5403023058681397174009366074429766037323104206179222276700972554",
        to50.cos(Ball.ONE),
        50);
    assertHolds(
        "0.7853981633974483096156608458198757210492923498437764552437361481",
        to50.arctan(Ball.ONE),
        50);
    assertHolds(
        "1.4142135623730950488016887242096980785696718753769480731766797380",
        to50.sqrt(ball("2")),
        50);
  }

  @Test
  void fewDigitsHoldWhatManyFind() {
    var random = new Random(5);
    for (int i = 0; i < 300; i++) {
      int exponent = random.nextInt(9) - 4;
      BigDecimal x = new BigDecimal(random.nextDouble() + 0.01).scaleByPowerOfTen(exponent);
      BigDecimal y = new BigDecimal(random.nextDouble() - 0.5).scaleByPowerOfTen(exponent / 2);
      for (var operation : OPERATIONS) {
        Ball few = operation.apply(to(20), new BigDecimal[] {x, y});
        Ball many = operation.apply(to(60), new BigDecimal[] {x, y});
        BigDecimal gap = few.mid().subtract(many.mid()).abs();
        assertTrue(
            gap.compareTo(few.rad().add(many.rad())) <= 0, x + ", " + y + ": " + few + ", " + many);
      }
    }
  }

  private static final List<BiFunction<Arithmetic, BigDecimal[], Ball>> OPERATIONS =
      List.of(
          (a, v) -> a.add(Ball.exact(v[0]), Ball.exact(v[1])),
          (a, v) -> a.multiply(Ball.exact(v[0]), Ball.exact(v[1])),
          (a, v) -> a.divide(Ball.exact(v[1]), Ball.exact(v[0])),
          (a, v) -> a.sqrt(Ball.exact(v[0])),
          (a, v) -> a.exp(Ball.exact(v[1])),
          (a, v) -> a.log(a.exp(a.sin(Ball.exact(v[0])))),
          (a, v) -> a.log(Ball.exact(v[0])),
          (a, v) -> a.cos(a.divide(Ball.exact(v[0]), Ball.exact(v[1]))),
          (a, v) -> a.arctan(Ball.exact(v[1])));

  @Test
  void whatIsNearABorderStaysOpen() {
    Ball aboutZero = new Ball(new BigDecimal("1e-30"), new BigDecimal("1e-29"));
    assertThrows(Unresolved.class, () -> to(20).sqrt(aboutZero));
    assertThrows(Unresolved.class, () -> to(20).divide(Ball.ONE, aboutZero));
    assertThrows(Unresolved.class, () -> to(20).floor(aboutZero));
    assertThrows(Undefined.class, () -> to(20).divide(Ball.ONE, Ball.ZERO));
    assertThrows(Undefined.class, () -> to(20).log(ball("-1")));
    assertEquals(0, aboutZero.sign());
  }

  @Test
  void theBudgetEnds() {
    var poor = new Arithmetic(1000, new Budget(0.001));
    assertThrows(
        TooLarge.class,
        () -> {
          for (int i = 0; i < 1000; i++) {
            poor.of(new BigFraction(1, 3));
          }
        });
  }
}
