/**
 * What the tables tell a person: learning curve, cost of an iteration, summary, comparison of runs
 * row by row, the watch on reward hacking, the live progress, and tables as text or Markdown. Reads
 * only.
 */
package dev.mirrorspark.report;
