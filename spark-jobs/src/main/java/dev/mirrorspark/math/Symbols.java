package dev.mirrorspark.math;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** The vocabulary of {@link Lexer}: LaTeX commands, plain words and signs. */
final class Symbols {
  static final Set<String> FUNCTIONS =
      Set.of(
          "sin", "cos", "tan", "cot", "sec", "csc", "arcsin", "arccos", "arctan", "asin", "acos",
          "atan", "sinh", "cosh", "tanh", "log", "ln", "lg", "exp", "sqrt", "cbrt", "abs", "floor",
          "ceil", "gcd", "lcm", "max", "min", "arccot", "arcsec", "arccsc");

  /** Functions of several arguments. */
  static final Set<String> OF_SEVERAL = Set.of("gcd", "lcm", "max", "min");

  /** Commands that only set type; they stand for a space. */
  static final Set<String> DROPPED =
      Set.of(
          "left",
          "right",
          "big",
          "Big",
          "bigg",
          "Bigg",
          "bigl",
          "bigr",
          "Bigl",
          "Bigr",
          "biggl",
          "biggr",
          "Biggl",
          "Biggr",
          "displaystyle",
          "textstyle",
          "scriptstyle",
          "limits",
          "quad",
          "qquad",
          "enspace",
          "thinspace",
          "hline",
          "boxed",
          "fbox",
          "boldsymbol",
          "bm",
          "underline",
          "large",
          "Large",
          "small",
          "normalsize",
          "nolimits",
          "allowbreak",
          "middle",
          "ensuremath",
          "mathop",
          "rm",
          "bf",
          "it",
          "hspace",
          "mathstrut",
          "phantom");

  static final Set<String> TEXTS =
      Set.of(
          "text",
          "mbox",
          "mathrm",
          "textrm",
          "textbf",
          "mathbf",
          "textit",
          "mathit",
          "textup",
          "operatorname",
          "hbox",
          "textnormal",
          "mathsf",
          "texttt",
          "emph");

  static final Set<String> ACCENTS =
      Set.of(
          "overline",
          "bar",
          "hat",
          "widehat",
          "vec",
          "tilde",
          "overrightarrow",
          "mathcal",
          "mathbb");

  /** Commands with arguments, by the name that the parser knows. */
  static final Map<String, String> COMMANDS =
      Map.ofEntries(
          Map.entry("frac", "frac"),
          Map.entry("dfrac", "frac"),
          Map.entry("tfrac", "frac"),
          Map.entry("cfrac", "frac"),
          Map.entry("sqrt", "sqrt"),
          Map.entry("binom", "binom"),
          Map.entry("tbinom", "binom"),
          Map.entry("dbinom", "binom"),
          Map.entry("sum", "sum"),
          Map.entry("prod", "prod"),
          Map.entry("pmod", "mod"),
          Map.entry("bmod", "bmod"),
          Map.entry("mod", "mod"),
          Map.entry("choose", "choose"));

  /** Sets of numbers by the letter of {@code \\mathbb}. */
  static final Map<String, String> NUMBERS =
      Map.of("R", "ℝ", "Z", "ℤ", "N", "ℕ", "Q", "ℚ", "C", "ℂ");

  static final Set<String> MATRICES =
      Set.of("pmatrix", "bmatrix", "matrix", "Bmatrix", "smallmatrix", "array");

  static final Map<String, String> SIGNS =
      Map.ofEntries(
          Map.entry("cdot", "*"),
          Map.entry("times", "*"),
          Map.entry("ast", "*"),
          Map.entry("div", "/"),
          Map.entry("pm", "±"),
          Map.entry("mp", "∓"),
          Map.entry("le", "≤"),
          Map.entry("leq", "≤"),
          Map.entry("leqslant", "≤"),
          Map.entry("ge", "≥"),
          Map.entry("geq", "≥"),
          Map.entry("geqslant", "≥"),
          Map.entry("lt", "<"),
          Map.entry("gt", ">"),
          Map.entry("ne", "≠"),
          Map.entry("neq", "≠"),
          Map.entry("in", "∈"),
          Map.entry("cup", "∪"),
          Map.entry("circ", "°"),
          Map.entry("degree", "°"),
          Map.entry("lbrace", "\\{"),
          Map.entry("rbrace", "\\}"),
          Map.entry("langle", "("),
          Map.entry("rangle", ")"),
          Map.entry("lfloor", "⌊"),
          Map.entry("rfloor", "⌋"),
          Map.entry("lceil", "⌈"),
          Map.entry("rceil", "⌉"),
          Map.entry("lvert", "|"),
          Map.entry("rvert", "|"),
          Map.entry("vert", "|"),
          Map.entry("mid", "|"),
          Map.entry("colon", ":"),
          Map.entry("percent", "%"),
          Map.entry("emptyset", "∅"),
          Map.entry("varnothing", "∅"),
          Map.entry("setminus", "∖"),
          Map.entry("backslash", "∖"),
          Map.entry("land", "and"),
          Map.entry("wedge", "and"),
          Map.entry("lor", "or"),
          Map.entry("vee", "or"),
          Map.entry("cap", "∩"),
          Map.entry("approx", "≈"),
          Map.entry("approxeq", "≈"),
          Map.entry("simeq", "≈"),
          Map.entry("equiv", "≡"),
          Map.entry("triangleq", "="),
          Map.entry("coloneqq", "="),
          Map.entry("bullet", "*"),
          Map.entry("euro", "€"),
          Map.entry("texteuro", "€"),
          Map.entry("pounds", "£"),
          Map.entry("textsterling", "£"),
          Map.entry("yen", "¥"),
          Map.entry("textdegree", "°"));

  static final Map<String, String> NAMES = new HashMap<>();

  static final Map<String, String> PLAIN_NAMES =
      Map.of(
          "pi",
          "π",
          "infinity",
          "∞",
          "infty",
          "∞",
          "inf",
          "∞",
          "theta",
          "θ",
          "alpha",
          "α",
          "beta",
          "β",
          "phi",
          "φ",
          "lambda",
          "λ");

  static final Map<String, String> PAIRS =
      Map.of(
          "<=", "≤", ">=", "≥", "!=", "≠", "==", "=", "**", "^", "+-", "±", "=<", "≤", "~=", "≈");

  static final Map<Character, String> CHARACTERS = new HashMap<>();

  static {
    String[] greek = {
      "alpha",
      "α",
      "beta",
      "β",
      "gamma",
      "γ",
      "delta",
      "δ",
      "epsilon",
      "ε",
      "varepsilon",
      "ε",
      "theta",
      "θ",
      "lambda",
      "λ",
      "mu",
      "μ",
      "nu",
      "ν",
      "xi",
      "ξ",
      "rho",
      "ρ",
      "sigma",
      "σ",
      "tau",
      "τ",
      "phi",
      "φ",
      "varphi",
      "φ",
      "psi",
      "ψ",
      "omega",
      "ω",
      "Delta",
      "Δ",
      "Omega",
      "Ω",
      "Phi",
      "Φ",
      "Gamma",
      "Γ",
      "eta",
      "η",
      "zeta",
      "ζ",
      "kappa",
      "κ",
      "chi",
      "χ",
      "pi",
      "π",
      "infty",
      "∞",
      "ell",
      "ℓ",
      "imath",
      "i"
    };
    for (int i = 0; i < greek.length; i += 2) {
      NAMES.put(greek[i], greek[i + 1]);
      if (!greek[i + 1].equals("i")) {
        CHARACTERS.put(greek[i + 1].charAt(0), greek[i + 1]);
      }
    }
    for (char same : "+*/^_!%$()[]{},;:|=<>≤≥≠±∓∪∩∈°&⌊⌋⌈⌉∅∖√≈≡€£¥₹¢∣∧∨º≦≧".toCharArray()) {
      CHARACTERS.put(same, String.valueOf(same));
    }
    CHARACTERS.put('∣', "|");
    CHARACTERS.put('∧', "and");
    CHARACTERS.put('∨', "or");
    CHARACTERS.put('º', "°");
    CHARACTERS.put('≦', "≤");
    CHARACTERS.put('≧', "≥");
    CHARACTERS.put('⩽', "≤");
    CHARACTERS.put('⩾', "≥");
    CHARACTERS.put('≃', "≈");
    CHARACTERS.put('•', "*");
    CHARACTERS.put('∕', "/");
    CHARACTERS.put('-', "-");
    CHARACTERS.put('−', "-");
    CHARACTERS.put('–', "-");
    CHARACTERS.put('×', "*");
    CHARACTERS.put('·', "*");
    CHARACTERS.put('⋅', "*");
    CHARACTERS.put('∗', "*");
    CHARACTERS.put('÷', "/");
    CHARACTERS.put('⁄', "/");
    CHARACTERS.put('⟨', "(");
    CHARACTERS.put('⟩', ")");
    CHARACTERS.put('ℝ', "ℝ");
    CHARACTERS.put('ℤ', "ℤ");
    CHARACTERS.put('ℕ', "ℕ");
    CHARACTERS.put('ℚ', "ℚ");
    CHARACTERS.put('ℂ', "ℂ");
    CHARACTERS.put('∞', "∞");
  }

  private Symbols() {}

  /** Whether a sign stands for a symbol of an expression. */
  static boolean isName(String sign) {
    return sign.length() == 1 && (Character.isLetter(sign.charAt(0)) || sign.equals("∞"));
  }

  /** The function whose name a run of letters starts with, as in {@code sinx}; else empty. */
  static String functionBefore(String run) {
    for (String function : new String[] {"sqrt", "sin", "cos", "tan", "log", "ln"}) {
      if (run.startsWith(function) && run.length() <= function.length() + 2) {
        return function;
      }
    }
    return "";
  }
}
