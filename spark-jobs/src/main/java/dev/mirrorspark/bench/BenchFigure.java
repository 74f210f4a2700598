package dev.mirrorspark.bench;

import java.util.OptionalDouble;

/**
 * One measured figure.
 *
 * @param part the part of {@code bench} that measured it
 * @param value median over the rounds, in that unit
 * @param unit such as {@code tokens/s}
 * @param spread (largest − smallest) / median over the rounds; 0 where there is one value
 * @param share of the rate that {@code of} names; empty where none compares
 * @param of what the share is of; may be empty
 */
public record BenchFigure(
    String part,
    String name,
    double value,
    String unit,
    double spread,
    OptionalDouble share,
    String of) {

  /** A figure that nothing compares with. */
  static BenchFigure plain(String part, String name, double value, String unit, double spread) {
    return new BenchFigure(part, name, value, unit, spread, OptionalDouble.empty(), "");
  }

  /** A figure as a share of another in the same unit. */
  BenchFigure shareOf(double whole, String name) {
    return shareOf(value, whole, name);
  }

  /** A figure that a rate of another unit stands for. */
  BenchFigure shareOf(double rate, double whole, String name) {
    return new BenchFigure(
        part, this.name, value, unit, spread, OptionalDouble.of(rate / whole), name);
  }
}
