/**
 * The commands: options and help, the Spark session, and how a failure is shown (one line that says
 * the mend, an exit code for its kind). A command opens a session and calls one class of {@code
 * loop} or {@code experiment}; it holds no logic of its own.
 */
package dev.mirrorspark.cli;
