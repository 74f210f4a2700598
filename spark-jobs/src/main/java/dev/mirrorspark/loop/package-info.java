/**
 * The order of things: an iteration from sampling to commit, the warm-up, evaluation, replay, and
 * what else a command runs on a session. Where a run stands is read from the tables; there is no
 * other state.
 */
package dev.mirrorspark.loop;
