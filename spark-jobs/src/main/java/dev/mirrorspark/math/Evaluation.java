package dev.mirrorspark.math;

import dev.mirrorspark.math.Expr.Call;
import dev.mirrorspark.math.Expr.Num;
import dev.mirrorspark.math.Expr.Power;
import dev.mirrorspark.math.Expr.Product;
import dev.mirrorspark.math.Expr.Sum;
import dev.mirrorspark.math.Expr.Sym;
import java.util.List;
import java.util.Map;
import org.hipparchus.complex.Complex;
import org.hipparchus.special.Gamma;

/**
 * Values of expressions at points, in double precision and by principal branches; not a number
 * where there is none.
 */
final class Evaluation {
  private final Map<String, Double> point;

  /**
   * @param point the values of the variables
   */
  Evaluation(Map<String, Double> point) {
    this.point = point;
  }

  Complex of(Expr expr) {
    if (expr instanceof Num num) {
      return new Complex(num.value().doubleValue());
    }
    if (expr instanceof Sym sym) {
      return symbol(sym.name());
    }
    if (expr instanceof Sum sum) {
      Complex total = Complex.ZERO;
      for (Expr term : sum.terms()) {
        total = total.add(of(term));
      }
      return total;
    }
    if (expr instanceof Product product) {
      Complex total = Complex.ONE;
      for (Expr factor : product.factors()) {
        total = total.multiply(of(factor));
      }
      return total;
    }
    return expr instanceof Power power ? power(power) : call((Call) expr);
  }

  private Complex symbol(String name) {
    return switch (name) {
      case "π" -> new Complex(Math.PI);
      case "e" -> new Complex(Math.E);
      case "i" -> Complex.I;
      case "°" -> new Complex(Math.toRadians(1));
      case "∞" -> Complex.NaN;
      default -> new Complex(point.getOrDefault(name, Double.NaN));
    };
  }

  private Complex power(Power power) {
    Complex base = of(power.base());
    if (power.exponent() instanceof Num num && num.value().getDenominator().bitLength() == 1) {
      return integerPower(base, num.value().getNumerator().intValue());
    }
    Complex exponent = of(power.exponent());
    if (base.isReal() && exponent.isReal() && base.getReal() >= 0) {
      return new Complex(Math.pow(base.getReal(), exponent.getReal()));
    }
    return base.pow(exponent);
  }

  private static Complex integerPower(Complex base, int exponent) {
    if (base.isReal()) {
      return new Complex(Math.pow(base.getReal(), exponent));
    }
    Complex result = Complex.ONE;
    Complex square = exponent < 0 ? base.reciprocal() : base;
    for (int left = Math.abs(exponent); left > 0; left >>= 1) {
      if ((left & 1) == 1) {
        result = result.multiply(square);
      }
      square = square.multiply(square);
    }
    return result;
  }

  private Complex call(Call call) {
    List<Complex> arguments = call.arguments().stream().map(this::of).toList();
    Complex x = arguments.get(0);
    return switch (call.function()) {
      case "sin" -> x.sin();
      case "cos" -> x.cos();
      case "tan" -> x.tan();
      case "cot" -> x.tan().reciprocal();
      case "sec" -> x.cos().reciprocal();
      case "csc" -> x.sin().reciprocal();
      case "arcsin" -> x.asin();
      case "arccos" -> x.acos();
      case "arctan" -> x.isReal() ? new Complex(Math.atan(x.getReal())) : x.atan();
      case "sinh" -> x.sinh();
      case "cosh" -> x.cosh();
      case "tanh" -> x.tanh();
      case "log" -> arguments.get(1).log().divide(x.log());
      case "abs" -> new Complex(x.norm());
      case "floor" -> x.isReal() ? new Complex(Math.floor(x.getReal())) : Complex.NaN;
      case "ceil" -> x.isReal() ? new Complex(Math.ceil(x.getReal())) : Complex.NaN;
      case "factorial" -> factorial(x);
      case "binomial" -> {
        Complex below =
            factorial(arguments.get(1)).multiply(factorial(x.subtract(arguments.get(1))));
        yield factorial(x).divide(below);
      }
      case "f", "g" -> unknown(call.function(), arguments);
      default -> Complex.NaN;
    };
  }

  private static Complex factorial(Complex of) {
    return of.isReal() ? new Complex(Gamma.gamma(of.getReal() + 1)) : Complex.NaN;
  }

  /** A function of which nothing is known: some smooth one. */
  private static Complex unknown(String function, List<Complex> arguments) {
    Complex sum = new Complex(function.equals("f") ? 0.37 : 0.91);
    for (Complex argument : arguments) {
      sum = sum.multiply(1.7).add(argument.multiply(0.61)).add(argument.multiply(1.13).sin());
    }
    return sum;
  }
}
