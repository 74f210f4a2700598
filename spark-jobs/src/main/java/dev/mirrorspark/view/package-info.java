/**
 * A warehouse in a browser: pages on runs, iterations, groups and single responses, served from
 * this machine. Reads the tables' logs and files itself, without Spark, each page as of one version
 * of every table; writes nothing.
 */
package dev.mirrorspark.view;
