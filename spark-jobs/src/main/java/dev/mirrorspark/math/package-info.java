/**
 * Whether two answers are equal as mathematics: a lexer and a parser of LaTeX and plain text, a
 * normal form over exact rationals, and values as intervals that hold them for certain, within a
 * budget of computing. Where nothing can be decided it says so.
 */
package dev.mirrorspark.math;
