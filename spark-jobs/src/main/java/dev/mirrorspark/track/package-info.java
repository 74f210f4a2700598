/**
 * Trackers: the figures of a run as TensorBoard event files and as an MLflow run, written beside
 * the tables and apart from the run: what a tracker does wrong is said once and stops nothing.
 */
package dev.mirrorspark.track;
