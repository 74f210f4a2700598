/**
 * The Delta tables of a warehouse: for each its columns, constraints, key and the record of its
 * rows; appends that happen once, reads at a version, older tables that widen, and the lock of a
 * run. Cells are read by position here and nowhere else.
 */
package dev.mirrorspark.table;
