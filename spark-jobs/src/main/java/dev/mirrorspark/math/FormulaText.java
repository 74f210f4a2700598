package dev.mirrorspark.math;

/**
 * LaTeX formulas in a form in which those that differ in their typesetting alone are equal texts.
 */
final class FormulaText {
  private FormulaText() {}

  static String normal(String formula) {
    return formula
        .replaceAll("\\\\(left|right)(?![A-Za-z])", "")
        .replaceAll("\\\\[dt]frac(?![A-Za-z])", "\\\\frac")
        .replaceAll("\\\\(text|mathrm)\\{([^{}]*)\\}", "$2")
        .replaceAll("\\\\!", "")
        .replaceAll("\\\\[!,:; ]", " ")
        .replaceAll("\\\\(quad|qquad)(?![A-Za-z])", "")
        .replaceAll("\\\\?\\$", "")
        .strip()
        .replaceAll("(?<=[0-9.])\\s+(?=[0-9])", "~")
        .replaceAll("\\s+", "")
        .replaceAll("\\.$", "")
        .replaceAll("\\\\frac(\\d)(\\d)(?!\\d)", "\\\\frac{$1}{$2}")
        .replaceAll("([_^])\\{(\\w)\\}", "$1$2");
  }
}
