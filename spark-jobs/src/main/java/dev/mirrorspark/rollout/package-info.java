/**
 * The rollout of an iteration: requests for the sampled problems and for the responses that an
 * earlier iteration put off (partial rollouts, Kimi k1.5, 2.6.2), decoded on the executors and
 * written to {@code trajectories} in one commit.
 */
package dev.mirrorspark.rollout;
