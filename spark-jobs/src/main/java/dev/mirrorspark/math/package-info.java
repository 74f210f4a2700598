/**
 * Whether two answers are equal as mathematics: a lexer and a parser of LaTeX and plain text, exact
 * and numeric comparison in process, symbolic comparison in a worker process with limits on time
 * and memory. Where it cannot decide it says so.
 */
package dev.mirrorspark.math;
