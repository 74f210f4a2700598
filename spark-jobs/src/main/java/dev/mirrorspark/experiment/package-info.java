/**
 * A grid of runs, arms × seeds, from one file: runs them one after another (a warm-up that arms
 * share is made once), then draws a picture for each question and a table with intervals.
 */
package dev.mirrorspark.experiment;
