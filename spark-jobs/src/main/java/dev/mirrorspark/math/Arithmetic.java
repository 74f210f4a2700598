package dev.mirrorspark.math;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import org.hipparchus.fraction.BigFraction;

/**
 * Arithmetic of {@link Ball balls} to a number of digits: whatever numbers the operands are, the
 * result holds the number that comes out. Rounding and the errors of {@link Elementary} widen the
 * radius, always upwards.
 */
final class Arithmetic {
  static final int SPARE_DIGITS = 4;

  private static final MathContext OF_RADIUS = new MathContext(6, RoundingMode.UP);
  private static final BigDecimal LARGEST_EXPONENT = new BigDecimal(9_000_000);
  private static final int LARGEST_ANGLE = 80;
  private static final int COST_OF_FUNCTION = 60;

  private final int digits;
  private final MathContext context;
  private final BigDecimal epsilon;
  private final Elementary elementary;
  private final Budget budget;
  private int depth;

  /**
   * @param digits significant ones of a middle
   */
  Arithmetic(int digits, Budget budget) {
    this(digits, budget, new Elementary(digits + SPARE_DIGITS));
  }

  /**
   * @param elementary of {@link #SPARE_DIGITS} digits more; it keeps constants for all who share it
   */
  Arithmetic(int digits, Budget budget, Elementary elementary) {
    this.digits = digits;
    this.context = new MathContext(digits + SPARE_DIGITS, RoundingMode.HALF_EVEN);
    this.epsilon = BigDecimal.ONE.scaleByPowerOfTen(-digits);
    this.elementary = elementary;
    this.budget = budget;
  }

  /**
   * How many digits a small number beside a large one, a long number or a small argument of a
   * function was in need of so far.
   */
  int depth() {
    return depth;
  }

  private void needs(long digits) {
    depth = (int) Math.max(depth, Math.min(digits, Integer.MAX_VALUE / 4));
  }

  /**
   * Takes the cost of so many additions of few digits; with many, all costs more than its share.
   */
  private void spend(int additions) {
    budget.spend((long) additions * digits * (1 + digits / 150));
  }

  private static int exponent(BigDecimal value) {
    return value.precision() - value.scale();
  }

  private Ball ball(BigDecimal mid, BigDecimal rad) {
    if (mid.signum() != 0) {
      if (Math.abs((long) exponent(mid)) > 20_000_000L) {
        throw new Undefined();
      }
    }
    return new Ball(mid, rad.round(OF_RADIUS));
  }

  /** An exact middle rounded to the digits. */
  private Ball rounded(BigDecimal exact, BigDecimal rad) {
    BigDecimal mid = exact.round(context);
    return ball(mid, mid.equals(exact) ? rad : rad.add(error(mid)));
  }

  private BigDecimal error(BigDecimal mid) {
    return mid.abs().round(OF_RADIUS).multiply(epsilon);
  }

  Ball of(BigFraction value) {
    spend(1);
    int bits = Math.max(value.getNumerator().bitLength(), value.getDenominator().bitLength());
    needs((long) (bits * 0.302));
    var top = new BigDecimal(value.getNumerator());
    return value.getDenominator().equals(BigInteger.ONE)
        ? rounded(top, BigDecimal.ZERO)
        : divide(Ball.exact(top), Ball.exact(new BigDecimal(value.getDenominator())));
  }

  Ball add(Ball a, Ball b) {
    spend(1);
    if (a.mid().signum() == 0 || b.mid().signum() == 0) {
      BigDecimal mid = a.mid().signum() == 0 ? b.mid() : a.mid();
      return ball(mid, a.rad().add(b.rad()));
    }
    needs(Math.abs((long) exponent(a.mid()) - exponent(b.mid())));
    BigDecimal rad = a.rad().add(b.rad());
    if (Math.abs((long) a.mid().scale() - b.mid().scale()) < 4L * digits) {
      return rounded(a.mid().add(b.mid()), rad);
    }
    BigDecimal mid = a.mid().add(b.mid(), context);
    return ball(mid, rad.add(error(mid)));
  }

  Ball subtract(Ball a, Ball b) {
    return add(a, b.negate());
  }

  Ball multiply(Ball a, Ball b) {
    spend(1);
    BigDecimal rad =
        a.mid()
            .abs()
            .multiply(b.rad())
            .add(b.mid().abs().multiply(a.rad()))
            .add(a.rad().multiply(b.rad()));
    return rounded(a.mid().multiply(b.mid()), rad);
  }

  Ball divide(Ball a, Ball b) {
    spend(2);
    if (b.isZero()) {
      throw new Undefined();
    }
    if (b.holdsZero()) {
      throw new Unresolved();
    }
    BigDecimal mid = a.mid().divide(b.mid(), context);
    BigDecimal lowest = b.mid().abs().subtract(b.rad());
    BigDecimal spread =
        a.mid().abs().multiply(b.rad()).add(b.mid().abs().multiply(a.rad())).round(OF_RADIUS);
    BigDecimal rad =
        spread.signum() == 0
            ? BigDecimal.ZERO
            : spread.divide(
                b.mid().abs().multiply(lowest).round(new MathContext(9, RoundingMode.DOWN)),
                OF_RADIUS);
    return ball(mid, rad.add(error(mid)));
  }

  /** The square root of what is not negative. */
  Ball sqrt(Ball a) {
    spend(10);
    if (a.isZero()) {
      return a;
    }
    if (a.sign() < 0) {
      throw new Undefined();
    }
    if (a.sign() == 0) {
      throw new Unresolved();
    }
    BigDecimal mid = a.mid().sqrt(context);
    BigDecimal rad =
        a.rad().signum() == 0
            ? BigDecimal.ZERO
            : a.rad().divide(a.low().sqrt(new MathContext(9, RoundingMode.DOWN)), OF_RADIUS);
    return ball(mid, rad.add(error(mid)));
  }

  private void smallArgument(Ball a) {
    if (a.mid().signum() != 0 && exponent(a.mid()) < 0) {
      needs(-2L * exponent(a.mid()));
    }
  }

  Ball exp(Ball a) {
    spend(COST_OF_FUNCTION);
    smallArgument(a);
    if (a.mid().abs().compareTo(LARGEST_EXPONENT) > 0) {
      throw new Undefined();
    }
    if (a.rad().compareTo(BigDecimal.ONE) > 0) {
      throw new Unresolved();
    }
    BigDecimal mid = elementary.exp(a.mid()).round(context);
    // e^r − 1 < 2r for r up to 1
    BigDecimal rad = mid.multiply(a.rad()).multiply(BigDecimal.valueOf(2.1));
    return ball(mid, rad.add(error(mid)));
  }

  /** The natural logarithm of what is positive. */
  Ball log(Ball a) {
    spend(3 * COST_OF_FUNCTION);
    if (a.isZero() || a.sign() < 0) {
      throw new Undefined();
    }
    if (a.sign() == 0) {
      throw new Unresolved();
    }
    BigDecimal rad =
        a.rad().signum() == 0
            ? BigDecimal.ZERO
            : a.rad().divide(a.low().round(new MathContext(9, RoundingMode.DOWN)), OF_RADIUS);
    return absolute(elementary.log(a.mid()), rad);
  }

  Ball sin(Ball a) {
    return absolute(sinCos(a)[0], a.rad());
  }

  Ball cos(Ball a) {
    return absolute(sinCos(a)[1], a.rad());
  }

  private BigDecimal[] sinCos(Ball a) {
    spend(COST_OF_FUNCTION);
    smallArgument(a);
    if (exponent(a.mid()) > LARGEST_ANGLE) {
      throw new Undefined();
    }
    return elementary.sinCos(a.mid());
  }

  Ball arctan(Ball a) {
    spend(COST_OF_FUNCTION);
    smallArgument(a);
    return absolute(elementary.arctan(a.mid()), a.rad());
  }

  Ball pi() {
    spend(1);
    return absolute(elementary.piDecimal(), BigDecimal.ZERO);
  }

  /** A value whose error is below 10^-digits, not below that share of it. */
  private Ball absolute(BigDecimal value, BigDecimal rad) {
    BigDecimal mid = value.round(context);
    return ball(mid, rad.add(epsilon).add(error(mid)));
  }

  /** The whole number below; of what is next to a whole number, {@link Unresolved}. */
  Ball floor(Ball a) {
    BigDecimal low = a.low().setScale(0, RoundingMode.FLOOR);
    if (low.compareTo(a.high().setScale(0, RoundingMode.FLOOR)) != 0) {
      throw new Unresolved();
    }
    return rounded(low, BigDecimal.ZERO);
  }
}
