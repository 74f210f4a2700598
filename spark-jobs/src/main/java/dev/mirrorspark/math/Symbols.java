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
          "ceil");

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
          "underline",
          "mathcal",
          "mathbb");

  /** Commands with arguments, by the name that the parser knows. */
  static final Map<String, String> COMMANDS =
      Map.of(
          "frac", "frac", "dfrac", "frac", "tfrac", "frac", "cfrac", "frac", "sqrt", "sqrt",
          "binom", "binom", "tbinom", "binom", "dbinom", "binom");

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
          Map.entry("land", ","),
          Map.entry("lor", ","));

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
          "<=", "≤", ">=", "≥", "!=", "≠", "==", "=", "**", "^", "+-", "±", "=<", "≤", "=>", "≥");

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
    for (char same : "+*/^_!%$()[]{},;:|=<>≤≥≠±∓∪∈°&⌊⌋⌈⌉∅∖√".toCharArray()) {
      CHARACTERS.put(same, String.valueOf(same));
    }
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
  }

  private Symbols() {}

  /** Whether a sign stands for a symbol of an expression. */
  static boolean isName(String sign) {
    return Character.isLetter(sign.charAt(0)) || sign.equals("∞");
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
